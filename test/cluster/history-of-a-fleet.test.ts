import { expect, it } from "vitest";
import type { OddsUpdate } from "../../src/protocol/server-messages.js";
import { type WsClient, wsClient } from "../helpers/clients.js";
import { startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { eventually, leaderOf, type Mate, startMate } from "../helpers/fleet.js";
import { livelyBoard, makeLively } from "../helpers/lively-boards.js";
import { withoutLastUpdates } from "../helpers/memory-engine.js";
import { describeWithPostgres, startPostgres } from "../helpers/postgres.js";
import { describeWithRedis, startRedis } from "../helpers/redis.js";
import { closeAfter } from "../helpers/start-app.js";

const SPORT = "basketball_nba";
const KILLS = 2;

interface Changes {
  readonly changes: readonly {
    readonly bookmaker: string;
    readonly market: string;
    readonly at: number;
    readonly after: number | null;
    readonly outcomes: unknown;
  }[];
  readonly coverage: readonly { readonly from: number; readonly to: number; readonly reason?: string }[];
  readonly cursor: string | null;
}

const ask = async <T>(mate: Mate, path: string): Promise<T> =>
  (await (await fetch(`${mate.url}/api/odds/${path}`)).json()) as T;

const describeWithBoth: typeof describeWithRedis = (name, tests) =>
  describeWithRedis(name, () => describeWithPostgres("in PostgreSQL", tests));

describeWithBoth("The history of four processes", () => {
  it("has each change once, and every board that a client saw, though leaders are killed", {
    timeout: 120_000,
  }, async () => {
    const api = closeAfter(await startFakeOddsApi({ [SPORT]: livelyBoard(SPORT, 0) }), (it) => it.close());
    makeLively(api);
    const redis = await startRedis();
    const database = await (await startPostgres()).database();
    const env = { HISTORY: "on", DATABASE_URL: database };
    const start = () => startMate(api, redis.url, env);
    const mates = await Promise.all([1, 2, 3, 4].map(start));
    const clients: WsClient[] = [];
    const watch = async (mate: Mate) => {
      const client = await wsClient(mate);
      clients.push(client);
      client.say({ type: "subscribe", sport: SPORT });
    };
    /** What all clients together saw, by the reading's moment. */
    const seen = () =>
      new Map<number, OddsUpdate>(
        clients.flatMap(({ inbox }) => inbox.all("odds_update").map((update) => [update.fetchedAt, update])),
      );
    for (const mate of mates) await watch(mate);
    for (let kill = 0; kill < KILLS; kill += 1) {
      const reads = seen().size;
      await eventually(() => seen().size > reads + 3 || undefined);
      const leader = await leaderOf(mates);
      leader.process.child.kill("SIGKILL");
      const next = await start();
      mates.splice(mates.indexOf(leader), 1, next);
      await watch(next);
    }
    const before = seen().size;
    await eventually(() => seen().size > before + 4 || undefined, 30_000);
    const boards = seen();
    const asked = mates[0] as Mate;
    const last = Math.max(...boards.keys());
    await eventually(async () => {
      const { readAt } = await ask<{ readAt?: number }>(asked, `at?sport=${SPORT}&at=${last}`);
      return readAt === last || undefined;
    });
    // Every board that a client saw is there as it was, or its time is named as one that nobody kept.
    let uncovered = 0;
    for (const { fetchedAt, odds } of boards.values()) {
      const told = await ask<{ readAt?: number; odds?: unknown; error?: { code: string } }>(
        asked,
        `at?sport=${SPORT}&at=${fetchedAt}`,
      );
      if (told.error?.code === "NOT_COVERED") uncovered += 1;
      else if (told.readAt === fetchedAt) expect(told.odds).toEqual(withoutLastUpdates(odds));
      else uncovered += 1;
    }
    process.stdout.write(
      `${boards.size} boards seen, ${uncovered} of them not kept, ${KILLS} leaders killed\n`,
    );
    // What a leader had read when it was killed: at most the last of each.
    expect(uncovered).toBeLessThanOrEqual(2 * KILLS);
    for (let game = 0; game < 5; game += 1) {
      const { changes } = await ask<Changes>(
        asked,
        `history?sport=${SPORT}&event=${SPORT}-${game}&limit=1000`,
      );
      const values = new Map<string, string>();
      for (const { bookmaker, market, at, after, outcomes } of changes) {
        const series = `${bookmaker} ${market}`;
        expect(values.get(series), "twice the same").not.toBe(JSON.stringify(outcomes));
        values.set(series, JSON.stringify(outcomes));
        if (after !== null) expect(after).toBeLessThan(at);
      }
    }
  });
});

import { expect, it } from "vitest";
import type { OddsUpdate } from "../../src/protocol/server-messages.js";
import { type WsClient, wsClient } from "../helpers/clients.js";
import { startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { eventually, leaderOf, type Mate, startMate } from "../helpers/fleet.js";
import { type FoundChange, found, sorted } from "../helpers/found-changes.js";
import { livelyBoard, makeLively } from "../helpers/lively-boards.js";
import { withoutLastUpdates } from "../helpers/memory-engine.js";
import { describeWithPostgres, startPostgres } from "../helpers/postgres.js";
import { describeWithRedis, startRedis } from "../helpers/redis.js";
import { closeAfter } from "../helpers/start-app.js";

const SPORT = "basketball_nba";
const KILLS = 2;

/** A reading that is later than this after the one before, in ms, leaves a gap: two ticks and a second after it was due. */
const LATE_MS = 4000;

interface Changes {
  readonly changes: readonly FoundChange[];
  readonly coverage: readonly { readonly from: number; readonly to: number; readonly reason?: string }[];
}

const ask = async <T>(mate: Mate, path: string): Promise<T> =>
  (await (await fetch(`${mate.url}/api/odds/${path}`)).json()) as T;

const describeWithBoth: typeof describeWithRedis = (name, tests) =>
  describeWithRedis(name, () => describeWithPostgres("in PostgreSQL", tests));

describeWithBoth("The history of four processes", () => {
  it("has each change once, and misses none but what its coverage names, though leaders are killed", {
    timeout: 120_000,
  }, async () => {
    const api = closeAfter(await startFakeOddsApi({ [SPORT]: livelyBoard(SPORT, 0) }), (it) => it.close());
    makeLively(api);
    const redis = await startRedis();
    const postgres = await startPostgres();
    const database = await postgres.database();
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
    const rows = await postgres.query(database, "select at from live_odds.readings order by at");
    const kept = rows.map(({ at }) => Number(at));
    // At each board that a client saw stands the last one that was kept, as it was.
    let lost = 0;
    for (const { fetchedAt } of boards.values()) {
      const told = await ask<{ readAt?: number; odds?: unknown; error?: { code: string } }>(
        asked,
        `at?sport=${SPORT}&at=${fetchedAt}`,
      );
      if (told.readAt !== fetchedAt) lost += 1;
      if (told.error?.code === "NOT_COVERED") continue;
      expect(told.readAt).toBe(kept.findLast((at) => at <= fetchedAt));
      const then = boards.get(told.readAt ?? 0);
      if (then) expect(told.odds).toEqual(withoutLastUpdates(then.odds));
    }
    process.stdout.write(
      `${boards.size} boards seen, ${kept.length} kept, ${lost} of those seen lost, ${KILLS} leaders killed\n`,
    );
    // What a leader had read when it was killed: at most the last of each.
    expect(lost).toBeLessThanOrEqual(2 * KILLS);
    const told: FoundChange[] = [];
    for (let game = 0; game < 5; game += 1) {
      const { changes, coverage } = await ask<Changes>(
        asked,
        `history?sport=${SPORT}&event=${SPORT}-${game}&limit=1000`,
      );
      for (const { event, bookmaker, market, at, after, outcomes } of changes) {
        told.push({ event, bookmaker, market, at, after, outcomes });
      }
      for (const [i, at] of kept.entries()) {
        const before = kept[i - 1] ?? at;
        if (at - before <= LATE_MS) continue;
        const isNamed = coverage.some((part) => part.reason !== undefined && part.to === at);
        expect(isNamed, `nobody read for ${at - before} ms, and that is not said`).toBe(true);
      }
    }
    // Each reading's changes are what comparing it with the one before finds, each once.
    let compared = 0;
    for (const [i, at] of kept.entries()) {
      const [before, board] = [boards.get(kept[i - 1] ?? 0), boards.get(at)];
      if (!before || !board) continue;
      compared += 1;
      const all = found([before.odds, board.odds], [before.fetchedAt, at]);
      expect(sorted(told.filter((change) => change.at === at))).toEqual(
        sorted(all.filter((change) => change.at === at)),
      );
    }
    expect(compared).toBeGreaterThan(3 * KILLS);
  });
});

import { expect, it } from "vitest";
import { oddsUpdateSchema } from "../../src/protocol/server-messages.js";
import { wsClient } from "../helpers/clients.js";
import { startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { clockAhead, hasFaketime } from "../helpers/faketime.js";
import { leaderOf, startMate } from "../helpers/fleet.js";
import { livelyBoard, makeLively } from "../helpers/lively-boards.js";
import { describeWithRedis, startRedis } from "../helpers/redis.js";
import { closeAfter } from "../helpers/start-app.js";

const SPORT = "basketball_nba";
const TICK_MS = 1000;
/** Of processes on a busy machine, each with its own idea of the common clock. */
const PATIENCE_MS = 1500;

describeWithRedis("Processes whose clocks are 20 s ahead, right, and 20 s behind", () => {
  it.skipIf(!hasFaketime).each(["ahead", "behind"])(
    "tell the same right times, and no board is overdue or of the future, when the one that reads is %s",
    { timeout: 90_000 },
    async (which) => {
      const api = closeAfter(await startFakeOddsApi({ [SPORT]: livelyBoard(SPORT, 0) }), (fake) =>
        fake.close(),
      );
      makeLively(api);
      const redis = await startRedis();
      const first = which === "ahead" ? 20 : -20;
      const mates = [await startMate(api, redis.url, clockAhead(first))];
      mates.push(await startMate(api, redis.url, clockAhead(0)));
      mates.push(await startMate(api, redis.url, clockAhead(-first)));
      expect(await leaderOf(mates)).toBe(mates[0]);
      const clients = await Promise.all(mates.map((mate) => wsClient(mate)));
      const came = clients.map(() => [] as { atMs: number; timestamp: number }[]);
      for (const [i, { inbox, say, socket }] of clients.entries()) {
        socket.on("message", (frame) => {
          const { timestamp } = JSON.parse(String(frame)) as { timestamp: number };
          came[i]?.push({ atMs: Date.now(), timestamp });
        });
        say({ type: "subscribe", sport: SPORT });
        await inbox.first("odds_update");
      }
      await Promise.all(
        clients.map(async ({ inbox }) => {
          for (let tick = 0; tick < 4; tick += 1) await inbox.next("odds_update");
        }),
      );
      for (const [i, { inbox }] of clients.entries()) {
        for (const { status, reason, timestamp, fetchedAt, nextFetchAt, odds } of inbox.all("odds_update")) {
          expect([status, reason], `client ${i}`).toEqual(["live", null]);
          expect(timestamp - fetchedAt).toBeGreaterThanOrEqual(0);
          expect(timestamp - fetchedAt).toBeLessThan(TICK_MS + PATIENCE_MS);
          expect(nextFetchAt - timestamp).toBeLessThan(TICK_MS + PATIENCE_MS);
          const changed = Math.max(
            ...odds.flatMap(({ bookmakers }) =>
              bookmakers.flatMap(({ markets }) => markets.map((market) => Date.parse(market.changed_at))),
            ),
          );
          expect(Math.abs(timestamp - changed)).toBeLessThan(8 * TICK_MS);
        }
        for (const { atMs, timestamp } of came[i] ?? []) {
          expect(Math.abs(atMs - timestamp), `client ${i}`).toBeLessThan(PATIENCE_MS);
        }
      }
      for (const { url } of mates) {
        const board = oddsUpdateSchema.parse(
          await (await fetch(`${url}/api/odds/live?sport=${SPORT}`)).json(),
        );
        expect(board.status).toBe("live");
        expect(Math.abs(Date.now() - board.fetchedAt)).toBeLessThan(TICK_MS + PATIENCE_MS);
      }
      expect(await mates[0]?.process.line("clock differs from Redis'")).toContain('"level":"warn"');
    },
  );
});

import { expect, it } from "vitest";
import type { OddsEvent } from "../../src/board/model.js";
import { wsClient } from "../helpers/clients.js";
import { startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { describeWithRedis, startRedis } from "../helpers/redis.js";
import { closeAfter, startAppOn } from "../helpers/start-app.js";

const SPORT = "soccer_epl";
const READS = 25;
/** What is kept of a sport's steps, in bytes, and Redis' own for it. */
const LIMIT = 512 * 1024;

/** A board each price of which moves with each read: 100 games, 20 bookmakers. */
function restless(read: number): OddsEvent[] {
  return Array.from({ length: 100 }, (_, game) => ({
    id: game.toString(16).padStart(32, "0"),
    commence_time: "2026-11-23T18:00:00Z",
    bookmakers: Array.from({ length: 20 }, (_, book) => ({
      key: `bookmaker${book}`,
      markets: [{ key: "h2h", outcomes: [{ name: "A", price: 2 + read / 100 }] }],
    })),
  }));
}

describeWithRedis("The steps of a board that changes everywhere", () => {
  it("are kept in Redis up to a size, and hold up no young process", {
    timeout: 120_000,
  }, async () => {
    const api = closeAfter(await startFakeOddsApi({ [SPORT]: restless(0) }), (fake) => fake.close());
    let read = 0;
    api.board = () => {
      read += 1;
      api.boards.set(SPORT, restless(read));
      return false;
    };
    const redis = await startRedis();
    const env = { REDIS_URL: redis.url };
    const first = await startAppOn(api, env);
    const client = await wsClient(first);
    client.say({ type: "subscribe", sport: SPORT });
    await client.inbox.first("odds_update", ({ version }) => version > READS);
    const [steps = ""] = (await redis.command("KEYS", "live-odds:*:steps:*")) as string[];
    expect(Number(await redis.command("MEMORY", "USAGE", steps))).toBeLessThan(LIMIT);
    expect(Number(await redis.command("LLEN", steps))).toBeGreaterThan(1);

    const second = await startAppOn(api, env);
    const young = await wsClient(second);
    young.say({ type: "subscribe", sport: SPORT });
    await young.inbox.first("odds_update", ({ version }) => version > READS);
  });
});

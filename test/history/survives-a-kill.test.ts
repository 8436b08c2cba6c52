import path from "node:path";
import { describe, expect, it } from "vitest";
import { SqliteEngine } from "../../src/history/sqlite.js";
import { wsClient } from "../helpers/clients.js";
import { smallBoard, startFakeOddsApi, TEST_KEY } from "../helpers/fake-odds-api.js";
import { boardOf, withoutLastUpdates } from "../helpers/memory-engine.js";
import { startProcess, temporaryFolder } from "../helpers/process.js";
import { closeAfter } from "../helpers/start-app.js";

const SPORT = "basketball_nba";
const TICK_MS = 200;

async function start(api: { url: string }, file: string) {
  const server = startProcess({
    PORT: "0",
    HOST: "127.0.0.1",
    ODDS_POLL_INTERVAL_MS: String(TICK_MS),
    ODDS_CACHE_TTL_MS: String(TICK_MS),
    THE_ODDS_API_KEY: TEST_KEY,
    ODDS_API_BASE_URL: api.url,
    HISTORY: "on",
    HISTORY_PATH: file,
  });
  const port = await server.listening();
  const client = await wsClient({ wsUrl: `ws://127.0.0.1:${port}/odds` });
  client.say({ type: "subscribe", sport: SPORT });
  /** The board that is sent next with this price. */
  const sent = async (price: number) => {
    for (;;) {
      const { odds, fetchedAt } = await client.inbox.next("odds_update");
      const { markets = [] } = odds[0]?.bookmakers[0] ?? {};
      if (markets[0]?.outcomes[0]?.price === price) return { odds, fetchedAt };
    }
  };
  /** When the reading was made that the history has of a moment. */
  const kept = async (at: number) => {
    const answer = await fetch(`http://127.0.0.1:${port}/api/odds/at?sport=${SPORT}&at=${at}`);
    return ((await answer.json()) as { readAt?: number }).readAt;
  };
  return { server, sent, kept };
}

async function stored(file: string) {
  const engine = closeAfter(new SqliteEngine(file, "the-odds-api:decimal"), (it) => it.close());
  await engine.open();
  const last = await engine.last(SPORT);
  if (!last) throw new Error("Nothing is stored");
  const changes = await engine.all(
    `select c.at, c.numbers, s.bookmaker, (select max(r.at) from readings r where r.sport = s.sport and r.at < c.at) as after
     from changes c join series s on s.id = c.series where s.market = 'h2h' order by c.at, s.bookmaker`,
    [],
  );
  const gaps = await engine.all("select from_at, to_at, reason from gaps order by from_at", []);
  const readings = await engine.all("select at, every_ms from readings order by at", []);
  await engine.close();
  return { last, changes, gaps, readings };
}

describe("the history of a server that is killed", () => {
  it("is whole, and its first reading finds what changed meanwhile, with when it was last seen before", async () => {
    const file = path.join(temporaryFolder(), "deep/history.db");
    const api = closeAfter(await startFakeOddsApi(), (it) => it.close());
    const one = await start(api, file);
    await one.sent(1.9);
    api.boards.set(SPORT, smallBoard(1.95));
    const before = await one.sent(1.95);
    await expect.poll(() => one.kept(before.fetchedAt)).toBe(before.fetchedAt);
    one.server.child.kill("SIGKILL");
    await one.server.ended;

    const left = await stored(file);
    expect(boardOf(left.last)).toEqual(withoutLastUpdates(before.odds));
    const lastSeen = left.last.at;
    api.boards.set(SPORT, smallBoard(2.1));
    await new Promise((resolve) => setTimeout(resolve, 4000));

    const other = await start(api, file);
    const after = await other.sent(2.1);
    await other.sent(2.1);
    other.server.child.kill("SIGTERM");
    expect(await other.server.ended).toMatchObject({ code: 0 });

    const { last, changes, gaps, readings } = await stored(file);
    expect(boardOf(last)).toEqual(withoutLastUpdates(after.odds));
    expect(readings.every(({ every_ms }) => every_ms === TICK_MS)).toBe(true);
    // The other bookmaker did not change while the server was away.
    expect(changes.filter(({ at }) => Number(at) > lastSeen)).toEqual([
      { at: after.fetchedAt, after: lastSeen, bookmaker: "fanduel", numbers: "2.1 2.05" },
    ]);
    expect(gaps).toEqual([{ from_at: lastSeen + TICK_MS, to_at: after.fetchedAt, reason: "SERVER_DOWN" }]);
  });
});

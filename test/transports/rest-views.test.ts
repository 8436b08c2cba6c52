import { describe, expect, it } from "vitest";
import type { OddsEvent } from "../../src/board/model.js";
import { VIEW_LIMITS } from "../../src/delivery/view-limits.js";
import { type OddsUpdate, oddsUpdateSchema } from "../../src/protocol/server-messages.js";
import { wsClient } from "../helpers/clients.js";
import { failWith, smallBoard, startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { closeAfter, type Running, startAppOn } from "../helpers/start-app.js";

const SPORT = "basketball_nba";

/** Games of two bookmakers; `prices` are the first of each. */
function games(...prices: number[]): OddsEvent[] {
  return prices.flatMap((price, i) => smallBoard(price).map((event) => ({ ...event, id: `g${i}` })));
}

async function setUp(env: Record<string, string> = {}) {
  const api = closeAfter(await startFakeOddsApi({ [SPORT]: games(1.5, 2, 3) }), (it) => it.close());
  const server = await startAppOn(api, env);
  /** Whoever watches has the sport read, and hears when it was. */
  const watcher = await wsClient(server);
  watcher.say({ type: "subscribe", sport: SPORT, updates: "delta" });
  await watcher.inbox.first("odds_update");
  const moveOn = async (...prices: number[]) => {
    const moved = watcher.inbox.next("odds_delta", ({ changes }) => changes.events !== undefined);
    api.boards.set(SPORT, games(...prices));
    await moved;
  };
  return { api, server, watcher, moveOn };
}

const live = (server: Running, query: string, headers: Record<string, string> = {}) =>
  fetch(`${server.url}/api/odds/live?sport=${SPORT}&${query}`, { headers });
const board = async (response: Response): Promise<OddsUpdate> =>
  oddsUpdateSchema.parse(await response.json());
const tagOf = ({ headers }: Response) => headers.get("etag") ?? expect.fail("there is a tag");

describe("GET /api/odds/live with a view", () => {
  it("gives what is listed, and nothing else", async () => {
    const { server } = await setUp();
    const { odds, version, status } = await board(
      await live(server, "events=g2,g0,nobody&bookmakers=fanduel"),
    );
    expect({ version, status }).toEqual({ version: 1, status: "live" });
    expect(odds.map(({ id, bookmakers }) => [id, ...bookmakers.map(({ key }) => key)])).toEqual([
      ["g0", "fanduel"],
      ["g2", "fanduel"],
    ]);
    const { odds: none } = await board(await live(server, "markets=totals"));
    expect(none[0]?.bookmakers[0]?.markets).toEqual([]);
  });

  it("gives the same compressed", async () => {
    const { server } = await setUp({ ODDS_CACHE_TTL_MS: "60000" });
    const [one, other] = [
      await live(server, "events=g1", { "accept-encoding": "gzip" }),
      await live(server, "events=g1", { "accept-encoding": "identity" }),
    ];
    expect([one, other].map(({ headers }) => headers.get("content-encoding"))).toEqual(["gzip", null]);
    expect((await board(one)).odds).toEqual((await board(other)).odds);
  });

  it("answers 304 while others move, and tells the board's age all the same", async () => {
    const { server, moveOn } = await setUp();
    const first = await live(server, "events=g0");
    const etag = tagOf(first);
    expect(etag).toMatch(/^W\/"[^"]+-live"$/);
    await moveOn(1.5, 2.2, 3.3);
    const later = await live(server, "events=g0", { "if-none-match": etag });
    expect([later.status, tagOf(later)]).toEqual([304, etag]);
    expect(Number(later.headers.get("x-odds-fetched-at"))).toBeGreaterThan(
      Number(first.headers.get("x-odds-fetched-at")),
    );
    const whole = await live(server, "");
    expect(tagOf(whole)).not.toBe(etag);
    await moveOn(1.6, 2.2, 3.3);
    const moved = await live(server, "events=g0", { "if-none-match": etag });
    expect(moved.status).toBe(200);
    expect((await board(moved)).odds[0]?.bookmakers[0]?.markets[0]?.outcomes[0]?.price).toBe(1.6);
    expect(tagOf(moved)).not.toBe(etag);
  });

  it("moves its ETag with the status, and with another view", async () => {
    const { api, server } = await setUp();
    const etag = tagOf(await live(server, "events=g0"));
    expect(tagOf(await live(server, "events=g0,g1"))).not.toBe(etag);
    expect(tagOf(await live(server, "events=g0,g0"))).toBe(etag);
    api.board = failWith(500, "down");
    let later = await live(server, "events=g0", { "if-none-match": etag });
    while (later.status === 304) later = await live(server, "events=g0", { "if-none-match": etag });
    expect(await board(later)).toMatchObject({ version: 1, status: "stale" });
  });

  it("leaves the ETag of the whole board as it is", async () => {
    const { server } = await setUp({ ODDS_CACHE_TTL_MS: "60000" });
    const whole = await live(server, "");
    const { epoch, version, status } = await board(whole);
    expect(tagOf(whole)).toBe(`W/"${epoch}-${version}-${status}"`);
  });

  it("is refused where it would be one too many for a minute, and the whole board is not", async () => {
    const { server } = await setUp({ RATE_LIMIT_MAX: "10000" });
    const polled = tagOf(await live(server, "events=0"));
    for (let n = 1; n < VIEW_LIMITS.ofClient; n += 1) {
      expect((await live(server, `events=${n}`)).status).toBe(200);
    }
    const refused = await live(server, "events=one+too+many");
    expect(refused.status).toBe(429);
    expect(refused.headers.get("retry-after")).toBe("60");
    expect(await refused.json()).toMatchObject({ error: { code: "TOO_MANY_SUBSCRIPTIONS" } });
    expect((await live(server, "events=0", { "if-none-match": polled })).status).toBe(304);
    expect((await live(server, "")).status).toBe(200);
  });

  it("is the same to who asks and to who subscribes", async () => {
    const { server } = await setUp({ ODDS_CACHE_TTL_MS: "60000" });
    const client = await wsClient(server);
    client.say({ type: "subscribe", sport: SPORT, only: { events: ["g1"] } });
    const { odds } = await client.inbox.first("odds_update");
    expect((await board(await live(server, "events=g1"))).odds).toEqual(odds);
  });
});

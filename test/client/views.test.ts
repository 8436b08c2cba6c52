import { describe, expect, it } from "vitest";
import { connectOdds, type SportState } from "../../src/client/index.js";
import { covers, sieveOf, unionOf, View } from "../../src/client/views.js";
import { sport, startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { ack, board, startFakeOddsServer } from "../helpers/fake-odds-server.js";
import { closeAfter, startAppOn } from "../helpers/start-app.js";

const SPORT = "basketball_nba";

const game = (id: string, price: number) => ({
  id,
  sport_key: SPORT,
  sport_title: "NBA",
  commence_time: "2026-11-23T00:10:00Z",
  home_team: `Home ${id}`,
  away_team: `Away ${id}`,
  bookmakers: ["fanduel", "draftkings"].map((key) => ({
    key,
    title: key,
    last_update: "2026-11-22T20:00:00Z",
    markets: ["h2h", "totals"].map((market) => ({
      key: market,
      last_update: "2026-11-22T20:00:00Z",
      outcomes: [
        { name: market === "h2h" ? `Home ${id}` : "Over", price },
        { name: market === "h2h" ? `Away ${id}` : "Under", price: 2 },
      ],
    })),
  })),
});

async function start() {
  const prices = { a: 1.5, b: 1.5, c: 1.5 };
  const boards = () => Object.entries(prices).map(([id, price]) => game(id, price));
  const api = closeAfter(await startFakeOddsApi({ [SPORT]: boards() }, [sport(SPORT)]), (it) => it.close());
  const server = await startAppOn(api);
  const move = (change: Partial<typeof prices>) => {
    Object.assign(prices, change);
    api.boards.set(SPORT, boards());
  };
  return { server, move };
}

const idsOf = (state: SportState | undefined) => state?.board?.odds.map(({ id }) => id);
const priceOf = (state: SportState | undefined, id: string) =>
  state?.board?.odds.find((event) => event.id === id)?.bookmakers[0]?.markets[0]?.outcomes[0]?.price;

describe("listeners that watch parts of a sport", () => {
  it("share one subscription to what all of them watch, and each gets its part", async () => {
    const { server, move } = await start();
    const odds = closeAfter(connectOdds(server.url), (it) => it.close());
    let first: SportState | undefined;
    let second: SportState | undefined;
    odds.subscribe(SPORT, (state) => (first = state), { only: { events: ["a"] } });
    await expect.poll(() => idsOf(first)).toEqual(["a"]);
    expect(odds.peek(SPORT, { only: { events: ["a"] } })).toBe(first);
    // As a listener would be told that watches all.
    expect(odds.peek(SPORT)).toMatchObject({ board: null, status: null, connection: "connected" });
    const leave = odds.subscribe(SPORT, (state) => (second = state), {
      only: { events: ["b", "never"], markets: ["totals"] } as const,
    });
    // What is held lacks it: there is no board yet rather than one without games.
    expect(second?.board ?? null).toBeNull();
    await expect.poll(() => idsOf(second)).toEqual(["b"]);
    expect(second?.board?.odds[0]?.bookmakers.map(({ markets }) => markets.map(({ key }) => key))).toEqual([
      ["totals"],
      ["totals"],
    ]);
    expect(idsOf(first)).toEqual(["a"]);
    const before = second?.board?.odds[0];
    move({ a: 1.7 });
    await expect.poll(() => priceOf(first, "a")).toBe(1.7);
    expect(second?.board?.odds[0]?.bookmakers[0]?.markets[0]?.outcomes).toBe(
      before?.bookmakers[0]?.markets[0]?.outcomes,
    );
    leave();
    await expect.poll(() => odds.peek(SPORT, { only: { events: ["b"] } })?.board).toBeNull();
    move({ a: 1.9, b: 1.9 });
    await expect.poll(() => priceOf(first, "a")).toBe(1.9);
    expect(first?.stale).toBe(false);
  });

  it("get the whole board where one of them watches all, and go on with less when that one leaves", async () => {
    const { server, move } = await start();
    const odds = closeAfter(connectOdds(server.url), (it) => it.close());
    let part: SportState | undefined;
    let all: SportState | undefined;
    odds.subscribe(SPORT, (state) => (part = state), { only: { events: ["c"] } });
    const leave = odds.subscribe(SPORT, (state) => (all = state));
    await expect.poll(() => idsOf(all)).toEqual(["a", "b", "c"]);
    expect(idsOf(part)).toEqual(["c"]);
    leave();
    await expect.poll(() => odds.peek(SPORT)?.board).toBeNull();
    move({ c: 1.8 });
    await expect.poll(() => priceOf(part, "c")).toBe(1.8);
  });
});

it("A listener is told nothing that was on its way to those who watched a part and left", async () => {
  const server = await startFakeOddsServer();
  const odds = closeAfter(connectOdds(server.url), (it) => it.close());
  const leave = odds.subscribe(SPORT, () => {}, { only: { events: ["a"] } });
  await expect.poll(() => odds.peek(SPORT, { only: { events: ["a"] } })?.board).toBeTruthy();
  server.behaviour = ({ event, answer, socket }) => {
    if (event !== "subscribe") return false;
    // Sent before this server knows that somebody else asks.
    socket.emit("odds_update", board(SPORT, { version: 2, odds: [game("a", 1.5)] }));
    answer(ack(SPORT));
    return socket.emit("odds_update", board(SPORT, { version: 3, odds: [game("a", 1.5), game("b", 1.5)] }));
  };
  leave();
  const told: unknown[] = [];
  odds.subscribe(SPORT, (state) => void told.push(idsOf(state)));
  await expect.poll(() => told.at(-1)).toEqual(["a", "b"]);
  expect(told).toEqual([["a", "b"]]);
});

describe("views", () => {
  it("are united to the smallest that holds all, and to the whole where one has no bound", () => {
    const union = unionOf([
      sieveOf({ events: ["b", "a", "a"], markets: ["h2h"] }),
      sieveOf({ events: ["c"], markets: ["totals"] }),
    ]);
    expect(union).toEqual({ events: ["a", "b", "c"], markets: ["h2h", "totals"] });
    expect(unionOf([sieveOf({ events: ["a"] }), sieveOf({ markets: ["h2h"] })])).toBeUndefined();
    expect(unionOf([sieveOf({ events: ["a"] }), undefined])).toBeUndefined();
    const many = (from: number) => sieveOf({ events: Array.from({ length: 60 }, (_, i) => `${from + i}`) });
    expect(unionOf([many(0), many(60)])).toBeUndefined();
    expect(covers(union, sieveOf({ events: ["a"], markets: ["h2h"] }))).toBe(true);
    expect(covers(union, sieveOf({ events: ["a"] }))).toBe(false);
    expect(covers(undefined, undefined)).toBe(true);
  });

  it("leave what stays the same the same object", () => {
    const view = new View(sieveOf({ bookmakers: ["fanduel"], markets: ["h2h"] }));
    const [a, b] = [game("a", 1.5), game("b", 1.5)] as never[];
    const one = view.of([a, b] as never);
    const other = view.of([b, game("a", 1.6)] as never);
    expect(other[0]).toBe(one[1]);
    expect(one[0]?.bookmakers.map(({ key }) => key)).toEqual(["fanduel"]);
  });
});

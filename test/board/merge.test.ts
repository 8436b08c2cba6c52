import { describe, expect, it } from "vitest";
import type { Board, Market, OddsEvent } from "../../src/board/model.js";
import { BoardStore } from "../../src/board/store.js";
import { haveRecordings, NO_RECORDINGS, recordedSequence } from "../helpers/recorded.js";

const T = Date.parse("2026-11-22T20:00:00Z");
const iso = (ms: number) => new Date(ms).toISOString();

const market = (key: string, price: number, lastUpdate: string | number = iso(T)): Market => ({
  key,
  last_update: lastUpdate,
  outcomes: [
    { name: "Boston Celtics", price },
    { name: "Miami Heat", price: 2 },
  ],
});

/** A board of two games, each with two bookmakers and two markets; to be changed at will. */
function reading(): OddsEvent[] {
  return ["e1", "e2"].map((id) => ({
    id,
    commence_time: "2026-11-23T00:10:00Z",
    home_team: "Boston Celtics",
    away_team: "Miami Heat",
    bookmakers: ["fanduel", "draftkings"].map((key) => ({
      key,
      title: key,
      last_update: iso(T),
      markets: [market("h2h", 1.9), market("totals", 1.8)],
    })),
  }));
}

/** The board after `reading()` at `T` and another one five seconds later, changed by `change`. */
function afterTwo(change: (events: OddsEvent[]) => void): { before: Board; after: Board } {
  const boards = new BoardStore();
  const before = boards.put("nba", { events: reading(), fetchedAt: T });
  const events = reading();
  change(events);
  return { before, after: boards.put("nba", { events, fetchedAt: T + 5000 }) };
}

// biome-ignore lint/style/noNonNullAssertion: these are there
const event = (events: readonly OddsEvent[], i = 0) => events[i]!;
// biome-ignore lint/style/noNonNullAssertion: these are there
const bookmaker = (events: readonly OddsEvent[], i = 0) => event(events).bookmakers[i]!;
// biome-ignore lint/style/noNonNullAssertion: these are there
const h2h = (events: readonly OddsEvent[]) => bookmaker(events).markets[0]!;

describe("the version stays", () => {
  it.each<[string, (events: OddsEvent[]) => void]>([
    ["when nothing is different", () => {}],
    [
      "when a market's last_update moves",
      (events) => Object.assign(h2h(events), { last_update: iso(T + 5000) }),
    ],
    ["when a market's last_update goes", (events) => void delete h2h(events).last_update],
    [
      "when a bookmaker's last_update moves",
      (events) => Object.assign(bookmaker(events), { last_update: iso(T + 5000) }),
    ],
    [
      "when times turn into unix ones",
      (events) => Object.assign(bookmaker(events), { last_update: T / 1000 }),
    ],
    ["when the markets of a bookmaker are shuffled", (events) => void bookmaker(events).markets.reverse()],
  ])("%s", (_name, change) => {
    const { before, after } = afterTwo(change);
    expect(after.version).toBe(before.version);
    expect(after.fetchedAt).toBe(T + 5000);
  });
});

describe("the version goes up by one", () => {
  it.each<[string, (events: OddsEvent[]) => void]>([
    [
      "when a price moves",
      (events) => Object.assign(h2h(events).outcomes, [{ name: "Boston Celtics", price: 1.91 }]),
    ],
    [
      "when many prices move",
      (events) => {
        for (const { bookmakers } of events)
          for (const each of bookmakers) each.markets = [market("h2h", 3), market("totals", 3)];
      },
    ],
    ["when a point comes that is 0", (events) => Object.assign(h2h(events).outcomes[0] ?? {}, { point: 0 })],
    ["when an outcome goes", (events) => void h2h(events).outcomes.pop()],
    ["when a market comes", (events) => void bookmaker(events).markets.push(market("spreads", 1.9))],
    ["when a market goes", (events) => void bookmaker(events).markets.pop()],
    ["when a market takes the place of another", (events) => Object.assign(h2h(events), { key: "h2h_lay" })],
    ["when a bookmaker goes", (events) => void event(events).bookmakers.pop()],
    [
      "when a bookmaker's title changes",
      (events) => Object.assign(bookmaker(events), { title: "FanDuel US" }),
    ],
    ["when bookmakers change places", (events) => void event(events).bookmakers.reverse()],
    [
      "when a game begins later",
      (events) => Object.assign(event(events), { commence_time: "2026-11-23T00:40:00Z" }),
    ],
    ["when a game comes", (events) => void events.push({ ...event(reading()), id: "e3" })],
    ["when a game goes", (events) => void events.pop()],
    ["when all games go", (events) => void events.splice(0)],
    ["when games change places", (events) => void events.reverse()],
    [
      "when an unknown key of an event changes",
      (events) => Object.assign(event(events), { venue: "TD Garden" }),
    ],
    ["when an unknown key of a market changes", (events) => Object.assign(h2h(events), { link: "x" })],
  ])("%s", (_name, change) => {
    const { before, after } = afterTwo(change);
    expect(after.version).toBe(before.version + 1);
  });

  it("with the first board, an empty one included", () => {
    expect(new BoardStore().put("nba", { events: [], fetchedAt: T }).version).toBe(1);
  });
});

describe("changed_at", () => {
  it("is when the outcomes were first seen, and moves with them only", () => {
    const { before, after } = afterTwo((events) => {
      h2h(events).outcomes[0] = { name: "Boston Celtics", price: 1.91 };
      for (const { bookmakers } of events) {
        for (const each of bookmakers) for (const one of each.markets) one.last_update = iso(T + 4000);
      }
    });
    const times = (board: Board) =>
      board.events.flatMap(({ bookmakers }) =>
        bookmakers.flatMap(({ markets }) => markets.map((one) => one.changed_at)),
      );
    expect(new Set(times(before))).toEqual(new Set([iso(T)]));
    expect(times(after)).toEqual([iso(T + 5000), ...Array.from({ length: 7 }, () => iso(T))]);
  });

  it("goes with the market's key, not with its place", () => {
    const { after } = afterTwo((events) => {
      bookmaker(events).markets.reverse();
      h2h(events).outcomes.pop();
    });
    const changed = Object.fromEntries(
      after.events[0]?.bookmakers[0]?.markets.map((one) => [one.key, one.changed_at]) ?? [],
    );
    expect(changed).toEqual({ h2h: iso(T), totals: iso(T + 5000) });
  });

  it("begins anew for a market that comes back", () => {
    const boards = new BoardStore();
    const gone = reading();
    bookmaker(gone).markets.shift();
    for (const [i, events] of [reading(), gone, reading()].entries())
      boards.put("nba", { events, fetchedAt: T + i * 5000 });
    const markets = boards.get("nba")?.events[0]?.bookmakers[0]?.markets;
    expect(markets?.find(({ key }) => key === "h2h")?.changed_at).toBe(iso(T + 10_000));
  });
});

describe("a merged board", () => {
  it("holds the reading as it came, unknown keys included, in the order that clients know", () => {
    const { after } = afterTwo((events) => {
      Object.assign(event(events), { venue: { city: "Boston" } });
      Object.assign(bookmaker(events), { link: null });
      Object.assign(h2h(events), { sid: "7" });
      bookmaker(events).markets.reverse();
    });
    const expected = reading();
    Object.assign(event(expected), { venue: { city: "Boston" } });
    Object.assign(bookmaker(expected), { link: null });
    Object.assign(h2h(expected), { sid: "7" });
    const stripped = JSON.parse(
      JSON.stringify(after.events, (key, value) => (key === "changed_at" ? undefined : value)),
    );
    expect(stripped).toEqual(expected);
  });

  it("keeps the identity of whatever did not change", () => {
    const { before, after } = afterTwo((events) =>
      Object.assign(h2h(events).outcomes, [{ name: "Boston Celtics", price: 3 }]),
    );
    expect(after.events[1]).toBe(before.events[1]);
    expect(after.events[0]).not.toBe(before.events[0]);
    expect(after.events[0]?.bookmakers[1]).toBe(before.events[0]?.bookmakers[1]);
    expect(after.events[0]?.bookmakers[0]?.markets[1]).toBe(before.events[0]?.bookmakers[0]?.markets[1]);
  });

  it("does not change the board before it, nor the reading", () => {
    const boards = new BoardStore();
    const before = boards.put("nba", { events: reading(), fetchedAt: T });
    const snapshot = structuredClone(before);
    const events = reading();
    h2h(events).outcomes.pop();
    const given = structuredClone(events);
    boards.put("nba", { events, fetchedAt: T + 5000 });
    expect(before).toEqual(snapshot);
    expect(events).toEqual(given);
  });

  it("is the same one when its own reading comes again", () => {
    const boards = new BoardStore();
    const first = boards.put("nba", { events: reading(), fetchedAt: T });
    expect(boards.put("nba", { events: reading(), fetchedAt: T })).toBe(first);
  });

  it.skipIf(!haveRecordings)(
    `tells of few changes in a recorded hour ${haveRecordings ? "" : NO_RECORDINGS}`,
    () => {
      const boards = new BoardStore();
      const hour = recordedSequence().slice(0, 14);
      for (const [i, { events }] of hour.entries()) boards.put("nfl", { events, fetchedAt: T + i * 5000 });
      const markets =
        boards.get("nfl")?.events.flatMap(({ bookmakers }) => bookmakers.flatMap((one) => one.markets)) ?? [];
      const unchanged = markets.filter(({ changed_at }) => changed_at === iso(T));
      expect(unchanged.length / markets.length).toBeGreaterThan(0.8);
    },
  );
});

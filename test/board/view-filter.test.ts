import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { contentTag } from "../../src/board/content-tag.js";
import { type DirtyKeys, isDirty, noDirtyKeys } from "../../src/board/dirty-keys.js";
import type { BoardEvent } from "../../src/board/model.js";
import { BoardStore } from "../../src/board/store.js";
import { type Only, ViewFilter, weightOf } from "../../src/board/view-filter.js";
import { applyDelta, type ClientBoard } from "../../src/client/apply-delta.js";
import { propertyRuns } from "../helpers/in-full.js";
import { board, edited } from "../helpers/random-boards.js";
import { only } from "../helpers/random-views.js";

const SPORT = "basketball_nba";
const wire = <T>(thing: T): T => JSON.parse(JSON.stringify(thing));
const head = { timestamp: 0, nextFetchAt: 0, source: "simulated", status: "live", reason: null } as const;

const market = (key: string, price: number) => ({
  key,
  last_update: "2026-11-22T20:00:00Z",
  changed_at: "2026-11-22T20:00:00.000Z",
  outcomes: [{ name: "A", price }],
});
const bookmaker = (key: string, price: number, ...markets: string[]) => ({
  key,
  last_update: "2026-11-22T20:00:00Z",
  markets: markets.map((name) => market(name, price)),
});
const game = (id: string, ...bookmakers: BoardEvent["bookmakers"]): BoardEvent => ({
  id,
  commence_time: "2026-11-22T20:10:00Z",
  bookmakers,
});
const GAMES = [
  game("b", bookmaker("fanduel", 2, "h2h", "totals"), bookmaker("bovada", 3, "totals")),
  game("a", bookmaker("bovada", 4, "h2h")),
];

/** A view in short: `event(bookmaker: markets)`. */
const shape = (events: readonly BoardEvent[]) =>
  events.map(({ id, bookmakers }) => {
    const below = bookmakers.map(({ key, markets }) => `${key}: ${markets.map((it) => it.key).join(" ")}`);
    return `${id}(${below.join(", ")})`;
  });
const view = (lists: Only) => shape(new ViewFilter(lists).events(GAMES));

describe("A view", () => {
  it.each<[Only, string[]]>([
    [{ events: ["a"] }, ["a(bovada: h2h)"]],
    [{ events: ["a", "b"] }, ["b(fanduel: h2h totals, bovada: totals)", "a(bovada: h2h)"]],
    [{ bookmakers: ["fanduel"] }, ["b(fanduel: h2h totals)", "a()"]],
    [{ markets: ["h2h"] }, ["b(fanduel: h2h, bovada: )", "a(bovada: h2h)"]],
    [{ events: ["b"], bookmakers: ["bovada"], markets: ["h2h"] }, ["b(bovada: )"]],
    [{ events: ["nobody"] }, []],
    [{ bookmakers: ["nobody"] }, ["b()", "a()"]],
  ])("of %o is the board without the rest, in its order", (lists, expected) => {
    expect(view(lists)).toEqual(expected);
  });

  it("leaves the board itself, and what it keeps of it, as they are", () => {
    const before = wire(GAMES);
    const filter = new ViewFilter({ markets: ["h2h"] });
    const events = filter.events(GAMES);
    expect(GAMES).toEqual(before);
    expect(events[1]?.bookmakers[0]?.markets[0]).toBe(GAMES[1]?.bookmakers[0]?.markets[0]);
    expect(new ViewFilter({ events: ["a"] }).events(GAMES)[0]).toBe(GAMES[1]);
    expect(filter.events(GAMES)).toBe(events);
  });

  it("is the same however its lists are written, and another where one of them is", () => {
    const { key, only } = new ViewFilter({ markets: ["totals", "h2h", "totals"], events: ["b", "a"] });
    expect(only).toEqual({ events: ["a", "b"], markets: ["h2h", "totals"] });
    expect(new ViewFilter({ events: ["a", "b"], markets: ["h2h", "totals"] }).key).toBe(key);
    for (const other of [
      { events: ["a", "b"] },
      { events: ["a", "b"], bookmakers: ["h2h", "totals"] },
      { events: ["a,b"], markets: ["h2h", "totals"] },
    ]) {
      expect(new ViewFilter(other).key).not.toBe(key);
    }
  });

  it("weighs what it holds", () => {
    expect(GAMES.map(weightOf)).toEqual([1 + 2 + 3 + 3, 1 + 1 + 1 + 1]);
    expect(new ViewFilter({ bookmakers: ["nobody"] }).events(GAMES).map(weightOf)).toEqual([1, 1]);
  });
});

const walk = fc.array(fc.nat(), { minLength: 2, maxLength: 5 }).chain((steps) =>
  steps.reduce<fc.Arbitrary<(typeof board extends fc.Arbitrary<infer B> ? B : never)[]>>(
    (walked) => walked.chain((boards) => edited(boards.at(-1) ?? []).map((next) => [...boards, next])),
    board.map((first) => [first]),
  ),
);

describe("A view kept by deltas", () => {
  const viewOf = (store: BoardStore, filter: ViewFilter): ClientBoard => {
    const { epoch, version, fetchedAt, events } = store.get(SPORT) ?? expect.fail("there is a board");
    return wire({ ...head, sport: SPORT, epoch, version, fetchedAt, odds: filter.events(events) });
  };
  const deltaOf = (store: BoardStore, filter: ViewFilter, has: number) => {
    const { epoch, fetchedAt } = store.get(SPORT) ?? expect.fail("there is a board");
    const { from, version, changes } = store.since(SPORT, has, filter) ?? expect.fail("it is known");
    return wire({
      type: "odds_delta" as const,
      ...head,
      sport: SPORT,
      epoch,
      version,
      fetchedAt,
      from,
      changes,
    });
  };

  it("equals the view of the server's board at every step, from every earlier position, however steps merge", () => {
    fc.assert(
      fc.property(walk, fc.array(only, { minLength: 1, maxLength: 3 }), (boards, onlys) => {
        const store = new BoardStore("e");
        const views = onlys.map((lists) => ({
          filter: new ViewFilter(lists),
          clients: [] as { board: ClientBoard }[],
        }));
        for (const [i, events] of boards.entries()) {
          store.put(SPORT, { events: wire(events), fetchedAt: 1000 + i });
          for (const { filter, clients } of views) {
            const now = viewOf(store, filter);
            const oldest = Math.min(now.version, ...clients.map((client) => client.board.version));
            for (const { board } of clients) {
              expect(applyDelta(board, deltaOf(store, filter, board.version))).toEqual(now);
              expect(applyDelta(board, deltaOf(store, filter, oldest))).toEqual(now);
            }
            for (const client of clients.filter((_, at) => at % 2 === i % 2)) client.board = now;
            clients.push({ board: now });
          }
        }
      }),
      { numRuns: propertyRuns(1000) },
    );
  });

  it("is told nothing where nothing of it moved, and no more than is in it where something did", () => {
    const read = (at: number, ...prices: number[]) => ({
      events: prices.map((price, i) => game(`g${i}`, bookmaker(`house${i}`, price, "h2h", "totals"))),
      fetchedAt: at,
    });
    const store = new BoardStore("e");
    store.put(SPORT, read(1, 2, 3));
    store.put(SPORT, read(2, 2, 3.5));
    const changes = (lists: Only) => store.since(SPORT, 1, new ViewFilter(lists))?.changes;
    expect(changes({ events: ["g0"] })).toEqual({});
    expect(changes({ bookmakers: ["house0"] })).toEqual({});
    expect(changes({ markets: ["spreads"] })).toEqual({});
    expect(changes({ markets: ["totals"] })?.events?.[0]?.bookmakers?.[0]?.markets).toMatchObject([
      { key: "totals" },
    ]);
    // A bookmaker that is read anew, but in other games only.
    const [first, second] = read(3, 2, 3.5).events;
    const reread = second?.bookmakers.map((it) => ({ ...it, last_update: "2026-11-22T20:00:41Z" })) ?? [];
    store.put(SPORT, { events: [first, { ...second, bookmakers: reread }] as BoardEvent[], fetchedAt: 3 });
    expect(changes({ events: ["g0"] })).toEqual({});
    expect(changes({ events: ["g1"] })).toHaveProperty("read");
  });

  it("is dirty whenever something of it moved, and else has nothing but places among what is not in it", () => {
    fc.assert(
      fc.property(walk, only, (boards, lists) => {
        const filter = new ViewFilter(lists);
        const store = new BoardStore("e");
        for (const [i, events] of boards.entries()) {
          const reading = { events: wire(events), fetchedAt: 1 + i };
          const { dirty } = store.draft(SPORT, reading);
          const before = filter.events(store.get(SPORT)?.events ?? []);
          const now = filter.events(store.put(SPORT, reading).events);
          const ours = dirty && i > 0 ? filter.dirty(dirty) : noDirtyKeys();
          if (i > 0 && contentTag(before) !== contentTag(now)) expect(isDirty(ours)).toBe(true);
          else expect(withoutPlaces(ours)).toBe(0);
        }
      }),
      { numRuns: propertyRuns(500) },
    );
  });
});

/** How many dirty keys there are, but for those that say where something stands. */
function withoutPlaces({ gone, fresh, fields, below }: DirtyKeys): number {
  const sum = [...below.values()].map(withoutPlaces).reduce((one, other) => one + other, 0);
  return gone.size + fresh.size + fields.size + sum;
}

import { describe, expect, it } from "vitest";
import type { BoardEvent, HistoryLine, HistoryLines } from "../../src/client/index.js";
import { type Course, coursesOf } from "../../src/page/event/event-courses.js";
import { marketsOf, outcomesOf } from "../../src/page/event/event-outcomes.js";
import { type RowsOf, readingsAt, rowsOf } from "../../src/page/event/event-prices.js";

type Moved = readonly (readonly [at: number, price: number | null, point?: number])[];

function course(bookmaker: string, moved: Moved): Course {
  const changes = moved.map(([at, price, point]) => ({
    ...{ bookmaker, market: "spreads", at, after: at - 5 },
    outcomes: price === null ? null : [{ name: "Home", price, ...(point === undefined ? {} : { point }) }],
  }));
  const [made] = coursesOf(changes, "Home", "decimal");
  if (!made) throw new Error("no course");
  return made;
}

const at = (price: number, ms: number) => ({ price, point: null, at: ms });

function line(bookmaker: string, more: Partial<HistoryLine> = {}): HistoryLine {
  return {
    ...{ bookmaker, market: "h2h", name: "Home", description: null, beforeStart: null },
    opening: { ...at(2, 10), after: 5 },
    current: at(2.2, 50),
    highest: at(2.4, 30),
    lowest: at(1.9, 20),
    closing: { reason: "NOT_STARTED" },
    ...more,
  };
}

const lines = (...all: HistoryLine[]): HistoryLines => ({ event: "one", start: 100, readAt: 60, lines: all });

function rows(more: Partial<RowsOf> & Pick<RowsOf, "courses">) {
  return rowsOf({
    ...{ gaps: [], lines: undefined, event: undefined, market: "h2h", outcome: "Home", format: "decimal" },
    ...{ end: 60, isLive: true, start: Number.NaN, readBeforeStart: null },
    ...more,
  });
}

describe("the prices of all bookmakers at a moment", () => {
  it("have those at the line that most offer first, the best of them marked", () => {
    const readings = readingsAt(
      [
        course("a", [[0, 1.9, -3.5]]),
        course("b", [[0, 1.95, -3.5]]),
        course("c", [[0, 2.4, -5.5]]),
        course("d", [[0, 1.95, -3.5]]),
      ],
      [],
      10,
    );
    expect(readings.map(({ bookmaker, isBest }) => [bookmaker, isBest])).toEqual([
      ["b", true],
      ["d", true],
      ["a", false],
      ["c", false],
    ]);
  });

  it("have no best one where all are the same, or where those that are better do not count", () => {
    const same = [course("a", [[0, 1.9]]), course("b", [[0, 1.9]])];
    expect(readingsAt(same, [], 10).some(({ isBest }) => isBest)).toBe(false);
    const other = [...same, course("c", [[0, 2.5]])];
    expect(readingsAt(other, [], 10).find(({ isBest }) => isBest)?.bookmaker).toBe("c");
    expect(readingsAt(other, [], 10, (bookmaker) => bookmaker !== "c").some(({ isBest }) => isBest)).toBe(
      false,
    );
  });

  it("leave out who has none then, and all of them while nobody looked", () => {
    const courses = [
      course("a", [
        [0, 1.9],
        [20, null],
      ]),
      course("b", [[15, 2]]),
    ];
    expect(readingsAt(courses, [], 10).map(({ bookmaker }) => bookmaker)).toEqual(["a"]);
    expect(readingsAt(courses, [], 30).map(({ bookmaker }) => bookmaker)).toEqual(["b"]);
    expect(readingsAt(courses, [{ from: 5, to: 12, reason: "CREDITS" }], 10)).toEqual([]);
  });
});

describe("a bookmaker's row of the table", () => {
  it("has the history's word, and what came since", () => {
    const [row] = rows({
      courses: [
        course("b", [
          [10, 2],
          [50, 2.2],
          [58, 2.6],
        ]),
      ],
      lines: lines(line("b")),
    });
    expect(row).toMatchObject({
      opening: { price: 2, at: 10, after: 5 },
      now: { price: 2.6 },
      highest: { price: 2.6, at: 58 },
      lowest: { price: 1.9, at: 20 },
      closing: { reason: "NOT_STARTED" },
    });
  });

  it("has no opening and no close where there is no history to tell them", () => {
    const [row] = rows({ courses: [course("b", [[10, 2]])] });
    expect(row).toMatchObject({ opening: undefined, closing: undefined, now: { price: 2 } });
  });

  it("has the last price before the start as its close, once the game starts while somebody looks", () => {
    const courses = [
      course("b", [
        [10, 2],
        [98, 2.2],
        [103, 3],
      ]),
    ];
    const told = { courses, lines: lines(line("b")), start: 100, readBeforeStart: 98 };
    expect(rows({ ...told, end: 99 })[0]?.closing).toEqual({ reason: "NOT_STARTED" });
    expect(rows({ ...told, end: 110 })[0]?.closing).toEqual({
      ...{ price: 2.2, point: null, at: 98, seenAt: 98, beforeStartMs: 2, reason: null },
    });
    const gaps = [{ from: 98, to: 103, reason: "SILENT" }];
    expect(rows({ ...told, end: 110, gaps })[0]?.closing).toMatchObject({ price: 2.2, reason: "SILENT" });
  });

  it("has its price where it is off the board only in the past", () => {
    const [row] = rows({
      courses: [
        course("b", [
          [10, 2],
          [50, null],
        ]),
      ],
      lines: lines(line("b")),
    });
    expect(row).toMatchObject({ now: undefined, highest: { price: 2.4 } });
  });

  it("is never the best one of a board that is not live, nor where the bookmaker is stale", () => {
    const courses = [course("a", [[0, 1.9]]), course("b", [[0, 2]]), course("c", [[0, 2.1]])];
    const now = Date.parse("2026-11-22T20:00:00Z");
    const readAt = (minutes: number) => new Date(now - minutes * 60_000).toISOString();
    const event: BoardEvent = {
      ...{ id: "one", commence_time: "2026-11-22T21:00:00Z" },
      bookmakers: [
        { key: "a", last_update: readAt(1), markets: [] },
        { key: "b", last_update: readAt(1), markets: [] },
        { key: "c", last_update: readAt(9), markets: [] },
      ],
    };
    const best = (isLive: boolean) =>
      rows({ courses, event, end: now, isLive })
        .filter(({ isBest }) => isBest)
        .map(({ bookmaker }) => bookmaker);
    expect(best(true)).toEqual(["b"]);
    expect(best(false)).toEqual([]);
  });
});

describe("what of an event can be looked at", () => {
  const change = (bookmaker: string, outcomes: readonly (readonly [string, number])[], ms = 0) => ({
    ...{ bookmaker, market: "h2h", at: ms, after: null },
    outcomes: outcomes.map(([name, price]) => ({ name, price })),
  });

  it("has the home team first and the draw last", () => {
    const event = { id: "one", commence_time: 0, home_team: "Zwolle", away_team: "Ajax", bookmakers: [] };
    const changes = [
      change("b", [
        ["Draw", 3],
        ["Ajax", 2],
        ["Zwolle", 4],
      ]),
    ];
    expect(outcomesOf(changes, "h2h", "decimal", event)).toEqual(["Zwolle", "Ajax", "Draw"]);
  });

  it("has runners by what they are offered at now, and those that are offered no more at the end", () => {
    const changes = [
      change(
        "b",
        [
          ["Gone", 2],
          ["Long", 3],
          ["Short", 9],
        ],
        0,
      ),
      change(
        "b",
        [
          ["Long", 30],
          ["Short", 4],
        ],
        10,
      ),
      change(
        "c",
        [
          ["Long", 25],
          ["Short", 5],
        ],
        10,
      ),
    ];
    expect(outcomesOf(changes, "outrights", "decimal", undefined)).toEqual(["Short", "Long", "Gone"]);
  });

  it("has the markets that the board or the history knows", () => {
    const event: BoardEvent = {
      ...{ id: "one", commence_time: 0 },
      bookmakers: [{ key: "b", markets: [{ key: "totals", outcomes: [], changed_at: "" }] }],
    };
    expect(marketsOf(event, lines(line("b")))).toEqual(["h2h", "totals"]);
    expect(marketsOf(undefined, undefined)).toEqual([]);
  });
});

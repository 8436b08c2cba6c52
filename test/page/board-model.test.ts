import { describe, expect, it } from "vitest";
import type { BoardEvent, ClientBoard } from "../../src/client/index.js";
import { type BoardChoice, BoardModels } from "../../src/page/board/board-model.js";

const NOW = Date.parse("2026-11-22T20:00:00Z");
const CHOICE: BoardChoice = { market: "h2h", method: "multiplicative", by: "consensus", hidden: [] };

type Prices = readonly (readonly [name: string, price: number, point?: number])[];

/** A bookmaker's offer; its outcomes stay the same array as long as the prices are the same one, as the client has it. */
function offer(key: string, prices: Prices, market = "h2h", readAt = NOW - 10_000) {
  const outcomes = outcomesOf(prices);
  const last_update = new Date(readAt).toISOString();
  return {
    key,
    title: key.toUpperCase(),
    last_update,
    markets: [{ key: market, last_update, changed_at: last_update, outcomes }],
  };
}

const made = new Map<Prices, { name: string; price: number; point?: number }[]>();
function outcomesOf(prices: Prices) {
  const outcomes =
    made.get(prices) ??
    prices.map(([name, price, point]) => (point === undefined ? { name, price } : { name, price, point }));
  made.set(prices, outcomes);
  return outcomes;
}

function game(bookmakers: BoardEvent["bookmakers"], more: Partial<BoardEvent> = {}): BoardEvent {
  return {
    id: "one",
    commence_time: "2026-11-22T21:00:00Z",
    home_team: "1. FC Köln",
    away_team: "<b>x</b>",
    bookmakers,
    ...more,
  };
}

function board(odds: BoardEvent[], timestamp = NOW, version = 1): ClientBoard {
  return {
    timestamp,
    sport: "soccer_x",
    epoch: "e",
    version,
    fetchedAt: timestamp,
    nextFetchAt: timestamp + 5000,
    source: "simulated",
    status: "live",
    reason: null,
    odds,
  };
}

const A: Prices = [
  ["1. FC Köln", 2.0],
  ["<b>x</b>", 1.9],
];
const B: Prices = [
  ["<b>x</b>", 2.0],
  ["1. FC Köln", 1.9],
];

describe("what the table shows of a board", () => {
  it("has the home team first, whatever the order of outcomes, and marks the best price of each", () => {
    const model = new BoardModels().next(board([game([offer("a", A), offer("b", B)])]), true, CHOICE);
    const [home, away] = model.events.get("one")?.rows ?? [];
    expect([home?.name, away?.name]).toEqual(["1. FC Köln", "<b>x</b>"]);
    expect(home?.best).toEqual({ price: 2, bookmakers: ["a"] });
    expect(home?.cells.get("a")?.isBest).toBe(true);
    expect(home?.cells.get("b")?.isBest).toBe(false);
    expect(home?.fair).toBeCloseTo(0.5, 10);
    expect(model.events.get("one")?.bestHold).toBeCloseTo(0, 10);
  });

  it("marks none as best where all have the same price", () => {
    const model = new BoardModels().next(board([game([offer("a", A), offer("b", A)])]), true, CHOICE);
    const [home] = model.events.get("one")?.rows ?? [];
    expect(home?.best?.bookmakers).toEqual(["a", "b"]);
    expect([...(home?.cells.values() ?? [])].some(({ isBest }) => isBest)).toBe(false);
  });

  it("lets no stale bookmaker count, and none at all of a board that is not live", () => {
    const old = offer("a", A, "h2h", NOW - 6 * 60_000);
    const model = new BoardModels().next(board([game([old, offer("b", B)])]), true, CHOICE);
    const [home] = model.events.get("one")?.rows ?? [];
    expect(home?.cells.get("a")?.isStale).toBe(true);
    expect(home?.best).toEqual({ price: 1.9, bookmakers: ["b"] });
    const stale = new BoardModels().next(board([game([offer("a", A), offer("b", B)])]), false, CHOICE);
    const [row] = stale.events.get("one")?.rows ?? [];
    expect(row?.best).toBeUndefined();
    expect(row?.fair).toBeUndefined();
    expect(row?.cells.get("a")?.price).toBe(2);
  });

  it("leaves a price that is gone an empty cell", () => {
    const models = new BoardModels();
    models.next(board([game([offer("a", A), offer("b", B)])]), true, CHOICE);
    const model = models.next(board([game([offer("b", B)])], NOW + 1000, 2), true, CHOICE);
    expect(model.events.get("one")?.rows[0]?.cells.has("a")).toBe(false);
  });

  it("takes lay prices, hidden bookmakers and prices of 1 for nothing", () => {
    const model = new BoardModels().next(
      board([
        game([
          offer("a", A, "h2h_lay"),
          offer("b", B),
          offer("c", [
            ["1. FC Köln", 1],
            ["<b>x</b>", 50],
          ]),
          offer("d", A),
        ]),
      ]),
      true,
      { ...CHOICE, hidden: ["d"] },
    );
    const [home] = model.events.get("one")?.rows ?? [];
    expect([...(home?.cells.keys() ?? [])]).toEqual(["b"]);
    expect(model.columns.map(({ key }) => key)).toEqual(["a", "b", "c"]);
    expect(model.bookmakers.map(({ key }) => key)).toEqual(["a", "b", "c", "d"]);
  });

  it("compares a spread at its main line only, and shows other lines beside it", () => {
    const main: Prices = [
      ["1. FC Köln", 1.9, -1.5],
      ["<b>x</b>", 1.9, 1.5],
    ];
    const other: Prices = [
      ["1. FC Köln", 3, -2.5],
      ["<b>x</b>", 1.4, 2.5],
    ];
    const better: Prices = [
      ["1. FC Köln", 1.95, -1.5],
      ["<b>x</b>", 1.85, 1.5],
    ];
    const odds = [
      game([offer("a", main, "spreads"), offer("b", other, "spreads"), offer("c", better, "spreads")]),
    ];
    const model = new BoardModels().next(board(odds), true, { ...CHOICE, market: "spreads" });
    const [home] = model.events.get("one")?.rows ?? [];
    expect(home?.point).toBe(-1.5);
    expect(home?.best).toEqual({ price: 1.95, bookmakers: ["c"] });
    expect(home?.cells.get("b")).toMatchObject({ price: 3, point: -2.5, isBest: false });
  });

  it("reads American odds as what they are", () => {
    const prices: Prices = [
      ["1. FC Köln", -110],
      ["<b>x</b>", 105],
    ];
    const model = new BoardModels().next(board([game([offer("a", prices)])]), true, CHOICE);
    const rows = model.events.get("one")?.rows ?? [];
    expect(rows[0]?.cells.get("a")?.price).toBeCloseTo(1.909, 3);
    expect(rows[1]?.cells.get("a")?.price).toBe(2.05);
  });

  it("sorts runners by their best price, the favourite first", () => {
    const prices: Prices = [
      ["Outsider", 201],
      ["Favourite", 3],
      ["Second", 5],
    ];
    const event = game([offer("a", prices, "outrights")], {
      home_team: null,
      away_team: null,
      sport_title: "Cup",
    });
    const model = new BoardModels().next(board([event]), true, { ...CHOICE, market: "outrights" });
    expect(model.events.get("one")?.rows.map(({ name }) => name)).toEqual([
      "Favourite",
      "Second",
      "Outsider",
    ]);
    expect(model.events.get("one")?.title).toBe("Cup");
  });
});

describe("a price that moves", () => {
  const up: Prices = [
    ["1. FC Köln", 2.1],
    ["<b>x</b>", 1.8],
  ];

  it("says which way, is fresh, fades and is gone", () => {
    const models = new BoardModels();
    const of = (prices: Prices, seconds: number) => {
      const now = NOW + seconds * 1000;
      const odds = [game([offer("a", prices, "h2h", now), offer("b", B, "h2h", now)])];
      return models.next(board(odds, now, seconds), true, CHOICE);
    };
    expect(of(A, 0).moves).toBe(0);
    const moved = of(up, 1);
    expect(moved.moves).toBe(2);
    const moveOf = ({ events }: typeof moved, row: number) =>
      events.get("one")?.rows[row]?.cells.get("a")?.move;
    expect(moveOf(moved, 0)).toMatchObject({ direction: "up", isFresh: true });
    expect(moveOf(moved, 1)).toMatchObject({ direction: "down", isFresh: true });
    const next = of(up, 2);
    expect(next.moves).toBe(0);
    expect(next.events.get("one")).toBe(moved.events.get("one"));
    expect(moveOf(of(up, 6), 0)).toMatchObject({ direction: "up", isFresh: false });
    expect(moveOf(of(up, 12), 0)).toBeUndefined();
  });

  it("is no move where another view was chosen, or nobody could tell in between", () => {
    const models = new BoardModels();
    const odds = (prices: Prices) => [game([offer("a", prices), offer("b", B)])];
    models.next(board(odds(A)), true, CHOICE);
    expect(models.next(board(odds(up), NOW + 1000, 2), true, { ...CHOICE, hidden: ["b"] }).moves).toBe(0);
    models.next(board(odds(A), NOW + 2000, 3), true, CHOICE);
    models.next(board(odds(A), NOW + 3000, 3), false, CHOICE);
    expect(models.next(board(odds(up), NOW + 9000, 4), true, CHOICE).moves).toBe(0);
  });

  it("leaves an event of which only the age is news the same object", () => {
    const models = new BoardModels();
    const of = (readAt: number, version: number) =>
      models.next(board([game([offer("a", A, "h2h", readAt)])], NOW + version * 1000, version), true, CHOICE);
    expect(of(NOW - 5000, 2).events.get("one")).toBe(of(NOW, 3).events.get("one"));
  });
});

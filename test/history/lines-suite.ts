import { describe, expect, it } from "vitest";
import type { OddsEvent } from "../../src/board/model.js";
import type { Gap } from "../../src/history/records.js";
import { keep, type OpenEngine, openHistory } from "../helpers/kept-boards.js";

/** What is asked of what was kept, of any engine. */
export function describeLines(openEngine: OpenEngine): void {
  const SPORT = "basketball_nba";
  const START = Date.parse("2026-11-22T20:00:00Z");
  const MINUTE = 60_000;

  type Outcomes = { name: string; price: number; point?: number; description?: string }[];

  const event = (outcomes: Outcomes | null, start = START, market = "h2h"): OddsEvent => ({
    id: "game",
    commence_time: new Date(start).toISOString(),
    home_team: "Boston Celtics",
    away_team: "Miami Heat",
    bookmakers: outcomes ? [{ key: "fanduel", title: "FanDuel", markets: [{ key: market, outcomes }] }] : [],
  });

  const boston = (price: number): Outcomes => [{ name: "Boston Celtics", price }];

  interface Seen {
    /** Minutes from the start. */
    readonly at: number;
    readonly board: OddsEvent[];
    readonly gaps?: readonly Gap[];
  }

  /** The lines of the game, as told `now` minutes from the start. */
  async function lines(readings: readonly Seen[], now = 600) {
    const engine = await openEngine();
    const given = readings.map(({ at, board, gaps = [] }) => ({
      at: START + at * MINUTE,
      events: board,
      gaps,
    }));
    await keep(engine, SPORT, given, MINUTE);
    const history = openHistory(engine, () => START + now * MINUTE);
    return history.lines(SPORT, "game");
  }

  const at = (minutes: number) => START + minutes * MINUTE;

  describe("The lines of an event", () => {
    it("are opening, current, highest, lowest and closing, in play apart", async () => {
      const prices = [
        [-6, 1.9],
        [-5, 2.1],
        [-4, 1.8],
        [-2, 1.85],
        [-1, 1.85],
        [0, 5],
        [1, 1.01],
        [2, 1.5],
      ] as const;
      const told = await lines([
        { at: -7, board: [] },
        ...prices.map(([at, price]) => ({ at, board: [event(boston(price))] })),
      ]);
      expect(told).toEqual({
        event: "game",
        start: START,
        readAt: at(2),
        lines: [
          {
            bookmaker: "fanduel",
            market: "h2h",
            name: "Boston Celtics",
            description: null,
            opening: { price: 1.9, point: null, at: at(-6), after: at(-7) },
            current: { price: 1.5, point: null, at: at(2) },
            highest: { price: 5, point: null, at: at(0) },
            lowest: { price: 1.01, point: null, at: at(1) },
            beforeStart: {
              highest: { price: 2.1, point: null, at: at(-5) },
              lowest: { price: 1.8, point: null, at: at(-4) },
            },
            closing: {
              price: 1.85,
              point: null,
              at: at(-2),
              seenAt: at(-1),
              beforeStartMs: MINUTE,
              reason: null,
            },
          },
        ],
      });
    });

    it("say that an opening of the first reading may be older", async () => {
      const told = await lines([{ at: -6, board: [event(boston(1.9))] }]);
      expect(told.lines[0]?.opening).toMatchObject({ at: at(-6), after: null });
    });

    it("go by the name where the line moves, and by the line where several are offered at once", async () => {
      const moved = await lines([
        { at: -6, board: [event([{ name: "Boston Celtics", price: 1.9, point: -3.5 }], START, "spreads")] },
        { at: -5, board: [event([{ name: "Boston Celtics", price: 1.95, point: -4 }], START, "spreads")] },
      ]);
      expect(moved.lines).toMatchObject([
        { opening: { point: -3.5 }, current: { point: -4 }, highest: { point: -4 } },
      ]);
      const offered = (first: number, second: number) =>
        event(
          [
            { name: "Over", price: first, point: 220.5 },
            { name: "Over", price: second, point: 230.5 },
          ],
          START,
          "alternate_totals",
        );
      const alternate = await lines([
        { at: -6, board: [offered(1.5, 2.5)] },
        { at: -5, board: [offered(1.6, 2.4)] },
      ]);
      expect(alternate.lines).toMatchObject([
        { name: "Over", opening: { price: 1.5, point: 220.5 }, current: { price: 1.6, point: 220.5 } },
        { name: "Over", opening: { price: 2.5, point: 230.5 }, current: { price: 2.4, point: 230.5 } },
      ]);
    });

    it("follow the last time that the event was said to begin at", async () => {
      const later = START + 60 * MINUTE;
      const told = await lines([
        { at: -1, board: [event(boston(1.9))] },
        { at: 1, board: [event(boston(2), later)] },
        { at: 59, board: [event(boston(2.2), later)], gaps: [] },
        { at: 61, board: [event(boston(7), later)] },
      ]);
      expect(told).toMatchObject({
        start: later,
        lines: [{ closing: { price: 2.2, beforeStartMs: MINUTE } }],
      });
    });
  });

  describe("A close", () => {
    const closing = async (readings: readonly Seen[], now?: number) =>
      (await lines(readings, now)).lines[0]?.closing;

    it("is none of what came with the start or after it", async () => {
      expect(
        await closing([
          { at: -5, board: [] },
          { at: -1, board: [] },
          { at: 0, board: [event(boston(1.9))] },
        ]),
      ).toEqual({ reason: "NOT_SEEN" });
    });

    it("is none before the start", async () => {
      expect(await closing([{ at: -1, board: [event(boston(1.9))] }], -1)).toEqual({ reason: "NOT_STARTED" });
    });

    it("is none where the market went before the start", async () => {
      const told = await lines([
        { at: -5, board: [event(boston(1.9))] },
        { at: -1, board: [event(null)] },
        { at: 1, board: [event(boston(1.9))] },
      ]);
      expect(told.lines[0]).toMatchObject({ closing: { reason: "NOT_OFFERED" }, current: { price: 1.9 } });
    });

    it("says how old it is, and why, where nobody looked until after the start", async () => {
      const gap = { from: at(-60), to: at(1), reason: "NOBODY_WATCHED" };
      expect(
        await closing([
          { at: -61, board: [event(boston(1.9))] },
          { at: 1, board: [event(boston(1.5))], gaps: [gap] },
        ]),
      ).toMatchObject({ price: 1.9, seenAt: at(-61), beforeStartMs: 61 * MINUTE, reason: "NOBODY_WATCHED" });
    });

    it("is none, with the reason, where the event was first seen after nobody had looked", async () => {
      const gap = { from: at(-60), to: at(1), reason: "CREDITS" };
      expect(
        await closing([
          { at: -61, board: [] },
          { at: 1, board: [event(boston(1.5))], gaps: [gap] },
        ]),
      ).toEqual({ reason: "CREDITS" });
    });

    it("is that of an event that went with its start", async () => {
      const told = await lines([
        { at: -1, board: [event(boston(1.9))] },
        { at: 1, board: [] },
      ]);
      expect(told.lines[0]).toMatchObject({ current: null, closing: { price: 1.9, beforeStartMs: MINUTE } });
    });
  });
}

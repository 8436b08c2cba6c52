import { describe, expect, it } from "vitest";
import type { OddsEvent } from "../../src/board/model.js";
import type { History } from "../../src/history/history.js";
import { thinned, thinnedEach } from "../../src/history/thinning.js";
import type { HistoryChange } from "../../src/protocol/history-answers.js";
import { type GivenReading, keep, type OpenEngine, openHistory } from "../helpers/kept-boards.js";

/** What is asked of what was kept, of any engine. */
export function describeChanges(openEngine: OpenEngine): void {
  const SPORT = "basketball_nba";
  const START = 1_763_841_600_000;
  const SECOND = 1000;

  const game = (price: number, more: Partial<OddsEvent> = {}): OddsEvent => ({
    id: "game",
    commence_time: "2026-11-22T20:00:00Z",
    home_team: "Boston Celtics",
    away_team: "Miami Heat",
    bookmakers: [
      { key: "fanduel", markets: [{ key: "h2h", outcomes: [{ name: "Boston Celtics", price }] }] },
      { key: "betmgm", markets: [{ key: "h2h", outcomes: [{ name: "Boston Celtics", price: 3 - price }] }] },
    ],
    ...more,
  });

  async function historyOf(readings: readonly GivenReading[], now = START + 3600 * SECOND): Promise<History> {
    const engine = await openEngine();
    await keep(engine, SPORT, readings);
    return openHistory(engine, () => now);
  }

  const every5s = (prices: readonly number[]): GivenReading[] =>
    prices.map((price, i) => ({ at: START + i * 5 * SECOND, events: [game(price)] }));

  describe("The changes of an event", () => {
    it("are those of one bookmaker or market where asked so, within a time", async () => {
      const history = await historyOf(every5s([1.9, 1.8, 1.8, 1.7, 1.6]));
      const asked = { sport: SPORT, event: "game", limit: 100 };
      const { answer } = await history.changes({
        ...asked,
        bookmaker: "betmgm",
        market: "h2h",
        from: START + 1,
        to: START + 15 * SECOND,
      });
      expect(
        answer.changes.map(({ bookmaker, at, after }) => [bookmaker, at - START, (after ?? 0) - START]),
      ).toEqual([
        ["betmgm", 5000, 0],
        ["betmgm", 15_000, 10_000],
      ]);
      const { answer: none } = await history.changes({ ...asked, market: "totals" });
      expect(none.changes).toEqual([]);
    });

    it("come in pages whose coverage adds up to the whole", async () => {
      const history = await historyOf(every5s([1.9, 1.8, 1.7]), START + 10 * SECOND);
      const asked = { sport: SPORT, event: "game", limit: 4 };
      const first = await history.changes(asked);
      expect(first.answer.changes).toHaveLength(4);
      expect(first.answer.coverage).toEqual([{ from: START, to: START + 5 * SECOND, everyMs: 5000 }]);
      const second = await history.changes({ ...asked, cursor: first.answer.cursor ?? "" });
      expect(second.answer).toMatchObject({
        coverage: [{ from: START + 5 * SECOND, to: START + 10 * SECOND, everyMs: 5000 }],
        cursor: null,
      });
      expect(second.answer.changes).toHaveLength(2);
      // There is a reading after the one, and none after the other.
      expect([first.isFinal, second.isFinal]).toEqual([true, false]);
    });

    it("are none where only something else of a market changed", async () => {
      const linked = (link: string) => {
        const { bookmakers, ...event } = game(1.9);
        const [fanduel] = bookmakers;
        const markets = (fanduel?.markets ?? []).map((market) => ({ ...market, link }));
        return { ...event, bookmakers: [{ key: "fanduel", markets }] };
      };
      const history = await historyOf([
        { at: START, events: [linked("a")] },
        { at: START + 5000, events: [linked("b")] },
      ]);
      const { answer } = await history.changes({ sport: SPORT, event: "game", limit: 10 });
      expect(answer.changes).toHaveLength(1);
    });

    it("of an unknown event, and with somebody else's cursor, are refused", async () => {
      const history = await historyOf(every5s([1.9]));
      const asked = { sport: SPORT, event: "game", limit: 4 };
      await expect(history.changes({ ...asked, event: "other" })).rejects.toMatchObject({
        code: "NOT_FOUND",
      });
      await expect(history.changes({ ...asked, cursor: "MTI" })).rejects.toMatchObject({
        code: "INVALID_MESSAGE",
      });
    });

    it("say when nobody looked, and why", async () => {
      const gap = { from: START + 10 * SECOND, to: START + 600 * SECOND, reason: "SERVER_DOWN" };
      const history = await historyOf([
        ...every5s([1.9, 1.8, 1.7]),
        { at: START + 600 * SECOND, events: [game(1.6)], gaps: [gap] },
        { at: START + 602 * SECOND, events: [game(1.6)] },
      ]);
      const { answer } = await history.changes({
        sport: SPORT,
        event: "game",
        limit: 100,
        from: START - 60 * SECOND,
      });
      expect(answer.coverage).toEqual([
        { from: START - 60 * SECOND, to: START, reason: "NOT_KEPT" },
        { from: START, to: START + 10 * SECOND, everyMs: 5000 },
        { from: START + 10 * SECOND, to: START + 600 * SECOND, reason: "SERVER_DOWN" },
        { from: START + 600 * SECOND, to: START + 602 * SECOND, everyMs: 2000 },
        { from: START + 602 * SECOND, to: START + 3600 * SECOND, reason: "NOT_READ" },
      ]);
    });
  });

  describe("The events of a sport", () => {
    it("are told with all that they were called, and when they were seen", async () => {
      const renamed = game(1.9, { id: "other", home_team: "Celtics" });
      const history = await historyOf([
        { at: START, events: [game(1.9)] },
        { at: START + 5000, events: [game(1.8), renamed] },
        { at: START + 10_000, events: [game(1.8, { commence_time: "2026-11-22T21:00:00Z" }), renamed] },
        { at: START + 15_000, events: [renamed] },
        { at: START + 20_000, events: [renamed] },
      ]);
      const teams = { home_team: "Boston Celtics", away_team: "Miami Heat" };
      const first = {
        id: "game",
        firstSeen: START,
        lastSeen: START + 10_000,
        isListed: false,
        called: [
          { at: START, commence_time: "2026-11-22T20:00:00Z", ...teams },
          { at: START + 10_000, commence_time: "2026-11-22T21:00:00Z", ...teams },
        ],
      };
      const second = {
        id: "other",
        firstSeen: START + 5000,
        lastSeen: START + 20_000,
        isListed: true,
        called: [{ ...first.called[0], at: START + 5000, home_team: "Celtics" }],
      };
      const page = { limit: 100 };
      expect(await history.events(SPORT, {}, page)).toEqual({ events: [first, second], cursor: null });
      expect(await history.events(SPORT, { from: START + 15_000 }, page)).toMatchObject({
        events: [{ id: "other" }],
      });
      expect(await history.events(SPORT, { to: START + 4999 }, page)).toMatchObject({
        events: [{ id: "game" }],
      });
      expect(await history.events("icehockey_nhl", {}, page)).toEqual({ events: [], cursor: null });
    });
  });

  describe("A thinned series", () => {
    const change = (at: number, price: number | null): HistoryChange => ({
      event: "game",
      bookmaker: "fanduel",
      market: "h2h",
      at,
      after: at - 1,
      outcomes: price === null ? null : [{ name: "Boston Celtics", price }],
    });

    it("has so many points, its first, its last and its extremes among them", () => {
      const series = Array.from({ length: 5000 }, (_, i) => change(i, 2 + Math.sin(i / 300)));
      series[1234] = change(1234, 9);
      series[4321] = change(4321, 1.01);
      const points = thinned(series, 200);
      expect(points).toHaveLength(200);
      expect(points).toEqual(expect.arrayContaining([series[0], series[1234], series[4321], series[4999]]));
      expect(points.map(({ at }) => at)).toEqual(points.map(({ at }) => at).sort((a, b) => a - b));
      expect(series).toEqual(expect.arrayContaining(points));
      // Spread over the time.
      const gaps = points.slice(1).map(({ at }, i) => at - (points[i]?.at ?? 0));
      expect(Math.max(...gaps)).toBeLessThan(5000 / 40);
    });

    it("tells that a market went and came back", () => {
      const series = Array.from({ length: 1000 }, (_, i) => change(i, i === 500 ? null : 2 + (i % 7) / 100));
      expect(thinned(series, 50).some(({ outcomes }) => outcomes === null)).toBe(true);
    });

    it("is each bookmaker's by itself, all in order of time", () => {
      const all = Array.from({ length: 3000 }, (_, i) => ({
        ...change(i, 2 + Math.sin(i / 100)),
        bookmaker: ["fanduel", "draftkings", "betmgm"][i % 3] ?? "",
      }));
      const points = thinnedEach(all, 50);
      for (const bookmaker of ["fanduel", "draftkings", "betmgm"]) {
        const ofOne = all.filter((one) => one.bookmaker === bookmaker);
        expect(points.filter((one) => one.bookmaker === bookmaker)).toEqual(thinned(ofOne, 50));
      }
      expect(points.map(({ at }) => at)).toEqual(points.map(({ at }) => at).sort((a, b) => a - b));
      const many = all.map((one, i) => ({ ...one, bookmaker: `bookmaker${i % 300}` }));
      expect(thinnedEach(many, 5000)).toHaveLength(3000);
      const crowd = Array.from({ length: 30_000 }, (_, i) => ({
        ...change(i, 2 + Math.sin(i)),
        bookmaker: `bookmaker${i % 100}`,
      }));
      expect(thinnedEach(crowd, 5000)).toHaveLength(10_000);
    });

    it("is the whole where it is short", async () => {
      const history = await historyOf(every5s([1.9, 1.8, 1.7]));
      const asked = { sport: SPORT, event: "game", bookmaker: "fanduel", market: "h2h", limit: 1 };
      const { answer } = await history.changes({ ...asked, points: 10 });
      expect(answer.changes).toHaveLength(3);
      expect(answer.cursor).toBeNull();
    });
  });
}

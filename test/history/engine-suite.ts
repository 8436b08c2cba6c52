import { describe, expect, it } from "vitest";
import type { HistoryEngine } from "../../src/history/engine.js";
import type { ReadingRecord, SeriesChange, SeriesKey } from "../../src/history/records.js";
import { itTrims } from "./engine-trims.js";

/** A place where a history can be kept, and engines on it that are closed after the test. */
export interface EnginePlace {
  /** A new engine on it, for this source; not yet open. */
  engine(source?: string): HistoryEngine;
}

const NFL = "americanfootball_nfl";
const BOARD: SeriesKey = ["", "", ""];
const GAME: SeriesKey = ["game-1", "", ""];
const BOOKMAKER: SeriesKey = ["game-1", "draftkings", ""];
const MARKET: SeriesKey = ["game-1", "draftkings", "h2h"];
/** The first reading's moment. */
const START = 1_790_000_000_000;

/** A change of a series to a value, or to none. */
export const change = (key: SeriesKey, shape: string | null, numbers = ""): SeriesChange => ({
  key,
  value: shape === null ? null : { shape, numbers },
});

/** A reading, `second` s after the first one. */
export const reading = (
  second: number,
  follows: number | null,
  changes: readonly SeriesChange[] = [],
  more: Partial<ReadingRecord> = {},
): ReadingRecord => ({
  sport: NFL,
  at: START + second * 1000,
  everyMs: 5000,
  follows: follows === null ? null : START + follows * 1000,
  isFresh: follows === null,
  changes,
  gaps: [],
  ...more,
});

const board = (price: string): SeriesChange[] => [
  change(BOARD, '["game-1"]'),
  change(GAME, '{"home_team":"Bears"}'),
  change(BOOKMAKER, '{"title":"DraftKings"}'),
  change(MARKET, '{"price":"\\u0000"}', price),
];

/** What every engine does alike. */
export function describeEngine(name: string, place: () => Promise<EnginePlace>): void {
  const opened = async () => {
    const engine = (await place()).engine();
    await engine.open();
    return engine;
  };

  describe(`${name} as a history's engine`, () => {
    it("is empty at first", async () => {
      const engine = await opened();
      expect(await engine.last(NFL)).toBeUndefined();
      expect(await engine.livedUntil()).toBeNull();
      expect(await engine.size()).toMatchObject({ rows: 0, oldest: null });
    });

    it("gives back what was stored last, as it was", async () => {
      const engine = await opened();
      const surprising = '{"title":"Zoë \\u0000 \'quoted\' \\"twice\\" 𝟙"}';
      const [, game, , market] = board("1.91 -110 0.5 1e+21");
      const first = [change(BOARD, '["game-1"]'), game, change(BOOKMAKER, surprising), market];
      expect(await engine.write([reading(0, null, first as SeriesChange[])])).toEqual(new Set());
      expect(await engine.last(NFL)).toEqual({
        at: START,
        everyMs: 5000,
        freshAt: START,
        series: (first as SeriesChange[]).map(({ key, value }) => ({
          key,
          value,
          at: START,
          changedAt: null,
        })),
      });
    });

    it("refuses what does not follow on what is stored, and stores the rest", async () => {
      const engine = await opened();
      await engine.write([reading(0, null, board("1.9")), reading(5, 0)]);
      const late = reading(10, 0, [change(MARKET, null)]);
      const refused = await engine.write([
        late,
        reading(15, 10),
        reading(3, null, board("2.5"), { sport: "soccer_epl" }),
      ]);
      expect(refused).toEqual(new Set([NFL]));
      expect(await engine.last(NFL)).toMatchObject({ at: START + 5000 });
      expect((await engine.last(NFL))?.series).toHaveLength(4);
      expect((await engine.last("soccer_epl"))?.series).toHaveLength(4);
      // Nothing is stored of the sport, says this one, which is no longer so.
      expect(await engine.write([reading(20, null, board("1.8"))])).toEqual(new Set([NFL]));
      // The clock was set back.
      expect(await engine.write([reading(4, 5)])).toEqual(new Set([NFL]));
      expect(await engine.write([reading(10, 5)])).toEqual(new Set());
    });

    it("keeps each series' last value, and none of what went", async () => {
      const engine = await opened();
      const spreads: SeriesKey = ["game-1", "draftkings", "spreads"];
      await engine.write([
        reading(0, null, [...board("1.9"), change(spreads, "{}")]),
        reading(5, 0, [change(MARKET, '{"price":"\\u0000"}', "2"), change(spreads, null)]),
        reading(10, 5, [{ ...change(MARKET, '{"price":"\\u0000"}', "2.1"), changedAt: START + 7000 }]),
      ]);
      const last = await engine.last(NFL);
      expect(last?.series.map(({ key: [, , market], at, changedAt }) => [market, at, changedAt])).toEqual([
        ["", START, null],
        ["", START, null],
        ["", START, null],
        ["h2h", START + 10_000, START + 7000],
      ]);
      await engine.write([
        reading(15, 10, [change(BOARD, "[]"), ...[GAME, BOOKMAKER, MARKET].map((key) => change(key, null))]),
      ]);
      expect((await engine.last(NFL))?.series.map(({ key }) => key)).toEqual([BOARD]);
      await engine.write([reading(20, 15, board("3"))]);
      expect((await engine.last(NFL))?.series).toHaveLength(4);
    });

    it("keeps the odds of different sources apart, also where their events are called alike", async () => {
      const there = await place();
      const simulated = there.engine("simulated:decimal");
      await simulated.open();
      await simulated.write([reading(0, null, board("1.9"))]);
      await simulated.close();
      const real = there.engine("api:american");
      await real.open();
      expect(await real.last(NFL)).toBeUndefined();
      expect(await real.write([reading(5, null, board("-110"))])).toEqual(new Set());
      expect((await real.last(NFL))?.series.map(({ value }) => value.numbers)).toEqual(["", "", "", "-110"]);
    });

    it("has all of it after a restart, and says until when it lived", async () => {
      const there = await place();
      const first = there.engine();
      await first.open();
      await first.alive(START - 1);
      await first.alive(START);
      expect(await first.livedUntil()).toBeNull();
      await first.write([reading(0, null, board("1.9"))]);
      const before = await first.last(NFL);
      await first.close();
      const second = there.engine();
      await second.open();
      await second.alive(START + 60_000);
      expect(await second.livedUntil()).toBe(START);
      expect(await second.last(NFL)).toEqual(before);
      expect(await second.write([reading(5, 0, [change(MARKET, null)])])).toEqual(new Set());
      expect(await second.size()).toMatchObject({ rows: 5, oldest: START });
    });

    it("stores nothing of a batch that it cannot store whole", async () => {
      const engine = await opened();
      await engine.write([reading(0, null, board("1.9"))]);
      const twice = [change(MARKET, "a"), change(MARKET, "b")];
      const newGame = change(["game-2", "", ""], "{}");
      await expect(engine.write([reading(5, 0, [newGame]), reading(10, 5, twice)])).rejects.toThrow();
      expect(await engine.last(NFL)).toMatchObject({ at: START });
      expect(await engine.write([reading(15, 0, [newGame, change(MARKET, "c")])])).toEqual(new Set());
      expect((await engine.last(NFL))?.series.map(({ value }) => value.shape)).toContain("c");
      expect(await engine.size()).toMatchObject({ rows: 6 });
    });

    it("answers questions in SQL, with parameters in any order", async () => {
      const engine = await opened();
      await engine.write([reading(0, null, board("1.9")), reading(5, 0, [change(MARKET, "x", "2")])]);
      const rows = await engine.all(
        `select c.at, c.numbers, c.changed_at, s.bookmaker from changes c join series s on s.id = c.series
          where s.market = ?2 and c.at >= ?1 and c.at <= ?3 order by c.at`,
        [START, "h2h", START + 10_000],
      );
      expect(rows).toEqual([
        { at: START, numbers: "1.9", changed_at: null, bookmaker: "draftkings" },
        { at: START + 5000, numbers: "2", changed_at: null, bookmaker: "draftkings" },
      ]);
      expect(await engine.all("select count(*) as n from changes where at > ?1", [START])).toEqual([
        { n: 1 },
      ]);
      await expect(engine.all("select 1 from nowhere", [])).rejects.toThrow("nowhere");
    });

    it("keeps whatever a key is made of, and finds it by that", async () => {
      const engine = await opened();
      const names = ['"quoted"', "back\\slash", "two\nlines\t", "{a,b}", "null", "NULL", "𝟙 ✓", "it's $1 ?1"];
      // No database has signs for these: NUL, halves of a pair, and what they would become.
      const odd = ["nul\0", "\0", "half\ud835", "\udc00", "\ufffd", "\ufffd0000"];
      const keys: SeriesKey[] = [...names, ...odd].map((name) => [name, `of ${name}`, name]);
      const changes = keys.flatMap((key) => [
        change([key[0], "", ""], "{}"),
        change(key, JSON.stringify(key), "1"),
      ]);
      const sport = "o\0d \ud835";
      expect(await engine.write([reading(0, null, changes, { sport })])).toEqual(new Set());
      const last = await engine.last(sport);
      expect(last?.series.map(({ key, value }) => [key, value.shape])).toEqual(
        changes.map(({ key, value }) => [key, value?.shape]),
      );
      expect(await engine.write([reading(10, 7, [], { sport })])).toEqual(new Set([sport]));
      for (const [event, bookmaker, market] of keys) {
        const rows = await engine.all(
          `select sp.key as sport, e.key as event, s.bookmaker, s.market from series s
            join events e on e.id = s.event join sports sp on sp.id = s.sport
            where e.key = ?1 and s.bookmaker = ?2 and s.market = ?3`,
          [event, bookmaker, market],
        );
        expect(rows).toEqual([{ sport, event, bookmaker, market }]);
      }
    });

    it("keeps gaps and fresh beginnings", async () => {
      const engine = await opened();
      const gap = { from: START + 5000, to: START + 60_000, reason: "NOBODY_WATCHED" };
      await engine.write([
        reading(0, null, board("1.9")),
        reading(60, 0, [], { isFresh: true, gaps: [gap] }),
      ]);
      expect(await engine.all("select from_at, to_at, reason from gaps", [])).toEqual([
        { from_at: gap.from, to_at: gap.to, reason: gap.reason },
      ]);
      expect(await engine.last(NFL)).toMatchObject({ at: START + 60_000, freshAt: START + 60_000 });
    });

    itTrims(opened);

    it("stores what it is given at once in the order that it is given it", async () => {
      const engine = await opened();
      const batches = [
        [reading(0, null, board("1.9")), reading(5, 0), reading(10, 5)],
        [reading(15, 10, [change(MARKET, "x")]), reading(20, 15)],
        [reading(25, 20)],
      ];
      const answers = await Promise.all(batches.map((batch) => engine.write(batch)));
      expect(answers).toEqual([new Set(), new Set(), new Set()]);
      expect(await engine.last(NFL)).toMatchObject({ at: START + 25_000 });
    });

    it("closes twice, and answers nothing after", async () => {
      const engine = await opened();
      const writing = engine.write([reading(0, null, board("1.9")), reading(5, 0)]);
      await engine.close();
      expect(await writing).toEqual(new Set());
      await engine.close();
      await expect(engine.last(NFL)).rejects.toThrow("closed");
    });
  });
}

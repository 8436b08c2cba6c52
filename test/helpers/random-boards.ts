import fc from "fast-check";
import type { OddsEvent } from "../../src/board/model.js";

/*
 * Boards from few keys, so that two of them share most and differ in some: events, bookmakers and markets that come,
 * go, move and change, last_updates of every form, odd names.
 */
const key = (...keys: string[]) => fc.constantFrom(...keys);
const moment = fc.oneof(
  fc.constantFrom("2026-11-22T20:00:00Z", "2026-11-22T20:00:05Z", "2026-11-22T20:00:41Z"),
  fc.constantFrom(1_763_841_600, 1_763_841_640),
);
const lastUpdate = fc.oneof(
  { weight: 8, arbitrary: moment.map((last_update) => ({ last_update })) },
  { weight: 1, arbitrary: fc.constant({ last_update: null }) },
  { weight: 1, arbitrary: fc.constant({}) },
);

const outcome = fc.record(
  {
    name: key("Draw", "1. FC Köln", "Bodø/Glimt", "Śląsk Wrocław", "__proto__", "🏀\u0000\u2028"),
    price: fc.constantFrom(1, 1.5, 2, 1000, -110, 100),
    point: fc.constantFrom(0, -0.5, 2.25, 231.5),
  },
  { requiredKeys: ["name", "price"] },
);

const market = (name: string) =>
  fc
    .tuple(
      lastUpdate,
      fc.array(outcome, { maxLength: 3 }),
      fc.option(fc.constantFrom("x", "y"), { nil: undefined, freq: 6 }),
    )
    .map(([read, outcomes, link]) => ({ key: name, ...read, outcomes, ...(link ? { link } : {}) }));

const some = <T>(names: readonly string[], make: (name: string) => fc.Arbitrary<T>): fc.Arbitrary<T[]> =>
  fc
    .shuffledSubarray([...names], { maxLength: names.length })
    .chain((chosen) => fc.tuple(...chosen.map(make)));

const bookmaker = (name: string) =>
  fc
    .tuple(
      lastUpdate,
      fc.constantFrom("FanDuel", "William Hill (US)", "Caesars"),
      some(["h2h", "spreads", "totals", "__proto__"], market),
    )
    .map(([read, title, markets]) => ({ key: name, title, ...read, markets }));

const event = (id: string) =>
  fc
    .tuple(
      fc.constantFrom<string | number>("2026-11-22T20:10:00Z", "2026-11-22T20:14:00Z", 1_763_841_600),
      fc.constantFrom("Boston Celtics", "FC København", null),
      some(["fanduel", "draftkings", "betfair_ex_eu", "constructor", "__proto__"], bookmaker),
    )
    .map(([commence_time, home_team, bookmakers]) => ({
      id,
      sport_key: "basketball_nba",
      commence_time,
      home_team,
      away_team: "Miami Heat",
      bookmakers,
    }));

/** A random board. */
export const board: fc.Arbitrary<OddsEvent[]> = some(["a1", "b2", "c3", "d4", "e5", "__proto__"], event);

/** A random later board: mostly like `before`, with one to four things changed. */
export const edited = (before: OddsEvent[]): fc.Arbitrary<OddsEvent[]> =>
  fc
    .tuple(board, fc.array(fc.nat(5), { minLength: 1, maxLength: 4 }), fc.shuffledSubarray(before))
    .map(([other, edits, shuffled]) => {
      let events = before;
      for (const edit of edits) {
        const donor = other[edit % Math.max(1, other.length)];
        if (edit === 0) events = events.slice(1);
        else if (edit === 1) events = [...shuffled, ...events.filter((it) => !shuffled.includes(it))];
        else if (donor) {
          const present = events.some((it) => it.id === donor.id);
          events = present ? events.map((it) => (it.id === donor.id ? donor : it)) : [donor, ...events];
        }
      }
      return [...new Map(events.map((it) => [it.id, it])).values()];
    });

/** A random board, and one to `most` more, each made of the one before. */
export const walk = (most: number): fc.Arbitrary<OddsEvent[][]> =>
  fc.integer({ min: 1, max: most }).chain((steps) =>
    Array.from({ length: steps }).reduce<fc.Arbitrary<OddsEvent[][]>>(
      (walked) => walked.chain((boards) => edited(boards.at(-1) ?? []).map((next) => [...boards, next])),
      board.map((first) => [first]),
    ),
  );

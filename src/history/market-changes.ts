import { isDeepStrictEqual } from "node:util";
import type { Market, Outcome } from "../board/model.js";
import type { HistoryChange } from "../protocol/history-answers.js";
import { decode } from "./encoding.js";
import type { Kept, KeptEvent, KeptSport } from "./kept.js";

/** Which changes of an event's markets are asked for; times in ms since the epoch. */
export interface ChangesWanted {
  readonly bookmaker?: string | undefined;
  readonly market?: string | undefined;
  readonly from: number;
  readonly to: number;
  /** What comes before or with this `at` and series is passed over. */
  readonly behind?: readonly [at: number, series: number] | undefined;
}

interface ChangeRow extends Readonly<Record<string, string | number | null>> {
  readonly series: number;
  readonly bookmaker: string;
  readonly market: string;
  readonly at: number;
  readonly shape: string | null;
  readonly numbers: string | null;
  readonly was_shape: string | null;
  readonly was_numbers: string | null;
  readonly seen_before: number | null;
}

/** Some rows of changes, and the place of the last one; null where there are no more. */
export interface SomeChanges {
  readonly changes: HistoryChange[];
  readonly end: readonly [at: number, series: number] | null;
}

/** The next changes of an event's markets in order of time, out of `rows` rows at most. */
export async function nextChanges(
  kept: Kept,
  sport: KeptSport,
  event: KeptEvent,
  wanted: ChangesWanted,
  rows: number,
): Promise<SomeChanges> {
  const parameters: (string | number)[] = [sport.id, event.id, wanted.from, wanted.to];
  const given = (value: string | number) => `?${parameters.push(value)}`;
  const conditions: string[] = [];
  if (wanted.bookmaker !== undefined) conditions.push(`s.bookmaker = ${given(wanted.bookmaker)}`);
  if (wanted.market !== undefined) conditions.push(`s.market = ${given(wanted.market)}`);
  if (wanted.behind) {
    const [at, series] = wanted.behind.map(given);
    conditions.push(`c.at >= ${at} and (c.at > ${at} or c.series > ${series})`);
  }
  const where = conditions.map((condition) => ` and ${condition}`).join("");
  // What is looked up for each row is looked up only for those that are given.
  const found = await kept.rows<ChangeRow>(
    `select y.series, y.bookmaker, y.market, y.at, y.seen_before, h.text as shape, y.numbers,
        w.text as was_shape, p.numbers as was_numbers
      from (select x.*,
          (select max(r.at) from readings r where r.sport = ?1 and r.at < x.at) as seen_before,
          (select max(b.at) from changes b where b.series = x.series and b.at < x.at) as was_at
        from (select c.series, s.bookmaker, s.market, c.at, c.shape, c.numbers
          from series s join changes c on c.series = s.id
          where s.event = ?2 and s.market <> '' and c.at >= ?3 and c.at <= ?4${where}
          order by c.at, c.series limit ${rows + 1}) x) y
      left join shapes h on h.id = y.shape
      left join changes p on p.series = y.series and p.at = y.was_at
      left join shapes w on w.id = p.shape
      order by y.at, y.series`,
    parameters,
  );
  const page = found.slice(0, rows);
  const last = page.at(-1);
  return {
    changes: page.flatMap((row) => changeOf(row, event.key) ?? []),
    end: found.length > rows && last ? [last.at, last.series] : null,
  };
}

/** The outcomes of a market that is stored so; null where it went. */
export function outcomesOf(shape: string | null, numbers: string | null): Outcome[] | null {
  if (shape === null) return null;
  return (decode({ shape, numbers: numbers ?? "" }) as Pick<Market, "outcomes">).outcomes;
}

/** Undefined where something but the outcomes changed. */
function changeOf(row: ChangeRow, event: string): HistoryChange | undefined {
  const { bookmaker, market, at, seen_before, shape, numbers, was_shape, was_numbers } = row;
  if (shape === was_shape && numbers === was_numbers) return undefined;
  const outcomes = outcomesOf(shape, numbers);
  if (shape !== was_shape && was_shape !== null) {
    if (isDeepStrictEqual(outcomes, outcomesOf(was_shape, was_numbers))) return undefined;
  }
  return { event, bookmaker, market, at, after: seen_before, outcomes };
}

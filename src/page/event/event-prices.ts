import type { BoardEvent, HistoryLine, HistoryLines } from "../../client/index.js";
import { type MarketKey, type OddsFormat, type PriceFormat, toDecimal } from "../../prices/index.js";
import { isOutdated } from "../board/board-times.js";
import { type AtMoment, atMoment, type Course, type Gap, gapAt } from "./event-courses.js";
import type { Priced } from "./event-words.js";

/*
 * What the table and the readout tell of an outcome's prices: pure. Moments are in ms since the epoch.
 */

/** A price, and when it was first seen. */
export interface PricedAt extends Priced {
  readonly at: number;
}

/** One bookmaker's row of the table. */
export interface BookmakerRow {
  readonly bookmaker: string;
  /** With `after`: see `Step`. Undefined where nobody can tell. */
  readonly opening: (PricedAt & { readonly after: number | null }) | undefined;
  /** As it stands, or stood when somebody could last rely on it; undefined where it is off the board. */
  readonly now: Priced | undefined;
  /** The upstream has not read it for a while: it counts for nothing. */
  readonly isStale: boolean;
  readonly isBest: boolean;
  readonly highest: PricedAt | undefined;
  readonly lowest: PricedAt | undefined;
  /** Undefined where the history did not answer. */
  readonly closing: Closing | undefined;
}

/** The last price before the start, in decimal odds, and how sure that is; or why there is none. */
export type Closing = HistoryLine["closing"];

/** One bookmaker's price at a moment. */
export interface Reading extends AtMoment {
  readonly bookmaker: string;
  readonly isBest: boolean;
}

/** What rows are made of. */
export interface RowsOf {
  readonly courses: readonly Course[];
  readonly gaps: readonly Gap[];
  /** The history's word on the event. */
  readonly lines: HistoryLines | undefined;
  /** The event as it stands on the board; undefined where it is not on it. */
  readonly event: BoardEvent | undefined;
  readonly market: MarketKey;
  readonly outcome: string;
  readonly format: OddsFormat;
  /** Up to when prices may be relied on, and whether that is now. */
  readonly end: number;
  readonly isLive: boolean;
  /** When the event starts; NaN where that is not known. */
  readonly start: number;
  /** The last reading before the start that was seen live. */
  readonly readBeforeStart: number | null;
}

/** A row for each bookmaker, in the order of the courses. */
export function rowsOf(all: RowsOf): BookmakerRow[] {
  const { courses, gaps, lines, event, market, outcome, format, end } = all;
  const stale = new Set(
    event?.bookmakers.filter((each) => isOutdated(each, market, end)).map(({ key }) => key),
  );
  const counts = (bookmaker: string) => all.isLive && !stale.has(bookmaker);
  const readings = readingsAt(courses, gaps, end, counts);
  return courses.map((course) => {
    const { bookmaker, steps } = course;
    const reading = readings.find((each) => each.bookmaker === bookmaker);
    const now = reading?.step;
    const told = lines?.lines.filter(
      (line) => line.bookmaker === bookmaker && line.market === market && line.name === outcome,
    );
    const line = told?.find(({ current }) => current?.point === now?.point) ?? told?.[0];
    const first = steps[0];
    const seen = [
      ...steps.flatMap(({ price, point, at }) => (price === null ? [] : [{ price, point, at }])),
      ...(line ? [line.highest, line.lowest].flatMap((each) => inDecimal(each, format) ?? []) : []),
    ];
    return {
      bookmaker,
      opening:
        (line && inDecimal(line.opening, format)) ??
        (lines && first && first.price !== null ? { ...first, price: first.price } : undefined),
      now,
      isStale: stale.has(bookmaker),
      isBest: reading?.isBest === true,
      highest: extreme(seen, (one, other) => one.price > other.price),
      lowest: extreme(seen, (one, other) => one.price < other.price),
      closing: closingOf(line, course, all),
    };
  });
}

/**
 * What is known of all prices at a moment, best first: those at the line that most have before those at others. The best
 * price is none where all are the same, and only one that counts has it.
 */
export function readingsAt(
  courses: readonly Course[],
  gaps: readonly Gap[],
  ms: number,
  counts: (bookmaker: string) => boolean = () => true,
): Reading[] {
  const known = courses.flatMap((course) => {
    const now = atMoment(course, gaps, ms);
    return now ? [{ bookmaker: course.bookmaker, ...now }] : [];
  });
  const counting = known.filter(({ bookmaker }) => counts(bookmaker));
  const main = mostCommon((counting.length > 0 ? counting : known).map(({ step }) => step.point));
  const atMain = counting.filter(({ step }) => step.point === main);
  const best = Math.max(...atMain.map(({ step }) => step.price));
  const isBetter = atMain.some(({ step }) => step.price < best);
  const rank = ({ step }: AtMoment) => (step.point === main ? 0 : 1);
  return known
    .map((each) => ({
      ...each,
      isBest: isBetter && each.step.price === best && atMain.includes(each),
    }))
    .sort((one, other) => rank(one) - rank(other) || other.step.price - one.step.price);
}

function closingOf(
  line: HistoryLine | undefined,
  course: Course,
  { lines, format, start, end, gaps, readBeforeStart }: RowsOf,
): Closing | undefined {
  const closing = line?.closing ?? (lines ? { reason: "NOT_STARTED" } : undefined);
  if (closing && "price" in closing) {
    const decimal = inDecimal(closing, format);
    return decimal && { ...closing, price: decimal.price };
  }
  // It started while somebody looked: what was seen last before that is the close.
  if (closing?.reason !== "NOT_STARTED" || !(start <= end) || readBeforeStart === null) return closing;
  const last = atMoment(course, gaps, readBeforeStart);
  if (!last) return { reason: "NOT_OFFERED" };
  const { price, point, at } = last.step;
  const reason = gapAt(gaps, start - 1)?.reason ?? null;
  return { price, point, at, seenAt: readBeforeStart, beforeStartMs: start - readBeforeStart, reason };
}

function inDecimal<T extends { readonly price: number }>(priced: T, format: OddsFormat): T | undefined {
  const price = toDecimal(priced.price, format);
  return price === undefined ? undefined : { ...priced, price };
}

function extreme(
  all: readonly PricedAt[],
  isMore: (one: PricedAt, other: PricedAt) => boolean,
): PricedAt | undefined {
  return all.reduce<PricedAt | undefined>(
    (most, one) =>
      !most || isMore(one, most) || (one.price === most.price && one.at < most.at) ? one : most,
    undefined,
  );
}

function mostCommon<T>(all: readonly T[]): T | undefined {
  const counts = new Map<T, number>();
  for (const one of all) counts.set(one, (counts.get(one) ?? 0) + 1);
  let most: T | undefined;
  for (const [one, count] of counts) if (count > (counts.get(most as T) ?? 0)) most = one;
  return most;
}

/** By the figures that are shown the highest chance belongs to the lowest price. */
export function shownExtremes(
  { highest, lowest }: BookmakerRow,
  format: PriceFormat,
): { readonly highest: PricedAt | undefined; readonly lowest: PricedAt | undefined } {
  return format === "percent" ? { highest: lowest, lowest: highest } : { highest, lowest };
}

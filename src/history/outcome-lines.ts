import type { Outcome } from "../board/model.js";
import type { HistoryLine } from "../protocol/history-answers.js";
import { outcomesOf } from "./market-changes.js";

type Columns = Readonly<Record<string, string | number | null>>;

/** One value that a market had, and when first. */
export interface ValueRow extends Columns {
  readonly series: number;
  readonly bookmaker: string;
  readonly market: string;
  readonly first_at: number;
  readonly shape: string;
  readonly numbers: string;
}

/** What a market was at a moment; no shape: it was not on the board. */
export interface StateRow extends Columns {
  readonly series: number;
  readonly at: number;
  readonly shape: string | null;
  readonly numbers: string | null;
}

/** An outcome's price, and when that was first seen. */
interface Price {
  readonly price: number;
  readonly point: number | null;
  readonly at: number;
}

/** What is known of the time before the start. */
export interface BeforeStart {
  /** Null where the start is not known, or no reading was before it. */
  readonly seenAt: number | null;
  readonly start: number | null;
  /** Why there is no close at all. */
  readonly missing: string | undefined;
  /** Why nobody looked nearer to the start. */
  readonly reason: string | null;
}

/** A market's prices of one reading, by what they are of. */
type Prices = ReadonlyMap<string, Outcome>;

/** A line without the reading before its opening. */
export type OutcomeLine = Omit<HistoryLine, "opening"> & { readonly opening: Price };

/** The lines of all markets of an event, from the values that they had, and what they were at two readings. */
export function linesOfMarkets(
  values: readonly ValueRow[],
  current: readonly StateRow[],
  closing: readonly StateRow[],
  before: BeforeStart,
): OutcomeLine[] {
  const series = new Map<number, ValueRow[]>();
  for (const row of values) {
    const its = series.get(row.series);
    if (its) its.push(row);
    else series.set(row.series, [row]);
  }
  const bySeries = (states: readonly StateRow[]) => new Map(states.map((state) => [state.series, state]));
  const [now, then] = [bySeries(current), bySeries(closing)];
  return [...series].flatMap(([id, its]) => linesOfMarket(its, now.get(id), then.get(id), before));
}

function linesOfMarket(
  rows: readonly ValueRow[],
  current: StateRow | undefined,
  closing: StateRow | undefined,
  before: BeforeStart,
): OutcomeLine[] {
  // Where a market offers several lines at once, each is a bet of its own.
  const shapes = new Map(rows.map(({ shape, numbers }) => [shape, numbers] as const));
  const places = new Map([...shapes].map(([shape, numbers]) => [shape, placesOf(shape, numbers)]));
  const isByPoint = [...places.values()].some((all) => new Set(all.map(({ of }) => of)).size < all.length);
  const [now, then] = [current, closing].map((state) =>
    pricesOf((state && outcomesOf(state.shape, state.numbers)) ?? [], isByPoint),
  ) as [Prices, Prices];
  const lines = new Map<string, Writable<OutcomeLine>>();
  for (const row of rows) {
    const numbers = row.numbers.split(" ");
    for (const { of, outcome, price, point } of places.get(row.shape) ?? []) {
      const now = {
        price: Number(numbers[price]),
        point: point === null ? null : Number(numbers[point]),
        at: row.first_at,
      };
      const name = isByPoint ? `${of} ${now.point}` : of;
      const line: Writable<OutcomeLine> = lines.get(name) ?? begun(row, outcome, now);
      lines.set(name, line);
      if (now.at < line.opening.at) line.opening = now;
      Object.assign(line, extremesWith(line, now));
      if (before.start !== null && now.at >= before.start) continue;
      line.beforeStart = extremesWith(line.beforeStart ?? { highest: now, lowest: now }, now);
    }
  }
  return [...lines].map(([of, line]) => ({
    ...line,
    current: current && now.has(of) ? priceOf(now.get(of) as Outcome, current.at) : null,
    closing: closingOf(then.get(of), closing, before),
  }));
}

function begun({ bookmaker, market }: ValueRow, { name, description }: Outcome, price: Price): OutcomeLine {
  const about = typeof description === "string" ? description : null;
  const extremes = { highest: price, lowest: price };
  const later = { current: null, beforeStart: null, closing: { reason: "NOT_OFFERED" } };
  return { bookmaker, market, name, description: about, opening: price, ...extremes, ...later };
}

function closingOf(
  outcome: Outcome | undefined,
  state: StateRow | undefined,
  { seenAt, start, missing, reason }: BeforeStart,
): HistoryLine["closing"] {
  if (missing !== undefined || seenAt === null || start === null) return { reason: missing ?? "NOT_SEEN" };
  if (!outcome || !state) return { reason: "NOT_OFFERED" };
  return { ...priceOf(outcome, state.at), seenAt, beforeStartMs: start - seenAt, reason };
}

/** The first of equal ones stays. */
function extremesWith(
  { highest, lowest }: { readonly highest: Price; readonly lowest: Price },
  price: Price,
): { highest: Price; lowest: Price } {
  const isSooner = (than: Price) => price.price === than.price && price.at < than.at;
  return {
    highest: price.price > highest.price || isSooner(highest) ? price : highest,
    lowest: price.price < lowest.price || isSooner(lowest) ? price : lowest,
  };
}

const priceOf = ({ price, point }: Outcome, at: number): Price => ({ price, point: point ?? null, at });

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** An outcome in a shape, and which of the numbers are its price and its line. */
interface Place {
  readonly of: string;
  readonly outcome: Outcome;
  readonly price: number;
  readonly point: number | null;
}

/** Where the prices of a shape are: a market has one shape and thousands of values, which need not be read as JSON. */
function placesOf(shape: string, numbers: string): Place[] {
  const numbered = numbers.split(" ").map((_, i) => i);
  return (outcomesOf(shape, numbered.join(" ")) ?? []).map((outcome) => ({
    of: nameOf(outcome),
    outcome,
    price: outcome.price,
    point: outcome.point ?? null,
  }));
}

const nameOf = ({ name, description }: Outcome): string => JSON.stringify([name, description]);

function pricesOf(outcomes: readonly Outcome[], isByPoint: boolean): Prices {
  return new Map(
    outcomes.map((outcome) => {
      const name = nameOf(outcome);
      return [isByPoint ? `${name} ${outcome.point ?? null}` : name, outcome] as const;
    }),
  );
}

import type { Outcome } from "../board/model.js";
import type { HistoryChange } from "../protocol/history-answers.js";

type Prices = ReadonlyMap<string, number> | null;

/** An answer has so many changes at most, however many bookmakers it is of. */
const MAX_CHANGES = 10_000;

/**
 * The changes of one market at all its bookmakers, each thinned to `points` by itself, or to as many less as make 10,000
 * of all of them; in order of time.
 */
export function thinnedEach(changes: readonly HistoryChange[], points: number): HistoryChange[] {
  const of = new Map<string, HistoryChange[]>();
  for (const change of changes) {
    const series = of.get(change.bookmaker);
    if (series) series.push(change);
    else of.set(change.bookmaker, [change]);
  }
  const room = Math.min(points, Math.floor(MAX_CHANGES / Math.max(1, of.size)));
  const kept = new Set([...of.values()].flatMap((series) => thinned(series, room)));
  return changes.filter((change) => kept.has(change));
}

/**
 * The changes of one bookmaker's market thinned to `points` for a chart: the first, the last, and each outcome's highest and
 * lowest price stay, even where these alone are more. Of the others those stay that differ most from what was kept
 * before them, spread over the time.
 */
export function thinned(changes: readonly HistoryChange[], points: number): HistoryChange[] {
  if (changes.length <= points) return [...changes];
  const prices = changes.map(({ outcomes }) => pricesOf(outcomes));
  const kept = extremes(prices)
    .add(0)
    .add(changes.length - 1);
  const room = points - kept.size;
  let before: Prices = prices[0] ?? null;
  for (let i = 0; i < room; i += 1) {
    const [from, to] = [i, i + 1].map((part) => Math.floor((part * changes.length) / room)) as [
      number,
      number,
    ];
    const farthest = farthestFrom(before, prices, from, to, kept);
    if (farthest === undefined) continue;
    kept.add(farthest);
    before = prices[farthest] ?? null;
  }
  return [...kept].sort((a, b) => a - b).flatMap((i) => changes[i] ?? []);
}

/** Where each outcome's price and line are first highest and lowest. */
function extremes(prices: readonly Prices[]): Set<number> {
  const highest = new Map<string, { price: number; at: number }>();
  const lowest = new Map<string, { price: number; at: number }>();
  for (const [at, all] of prices.entries()) {
    for (const [name, price] of all ?? []) {
      if (price > (highest.get(name)?.price ?? Number.NEGATIVE_INFINITY)) highest.set(name, { price, at });
      if (price < (lowest.get(name)?.price ?? Number.POSITIVE_INFINITY)) lowest.set(name, { price, at });
    }
  }
  return new Set([...highest.values(), ...lowest.values()].map(({ at }) => at));
}

/** Of those between two places that are not kept yet, the one that differs most. */
function farthestFrom(
  before: Prices,
  prices: readonly Prices[],
  from: number,
  to: number,
  kept: ReadonlySet<number>,
): number | undefined {
  let farthest: number | undefined;
  let most = -1;
  for (let i = from; i < to; i += 1) {
    if (kept.has(i)) continue;
    const difference = differenceOf(before, prices[i] ?? null);
    if (difference > most) [farthest, most] = [i, difference];
  }
  return farthest;
}

/** How far two sets of prices differ; that a market comes or goes is the greatest difference. */
function differenceOf(one: Prices, other: Prices): number {
  if (one === null || other === null) return one === other ? 0 : Number.MAX_VALUE;
  let sum = 0;
  for (const [name, price] of other) sum += Math.abs(price - (one.get(name) ?? price));
  return sum;
}

/** Prices and lines by what they are of. */
function pricesOf(outcomes: readonly Outcome[] | null): Prices {
  if (outcomes === null) return null;
  return new Map(
    outcomes.flatMap(({ name, price, point, description }) => {
      const of = JSON.stringify([name, description]);
      return [[of, price] as const, ...(typeof point === "number" ? [[`${of} point`, point] as const] : [])];
    }),
  );
}

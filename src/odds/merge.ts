import { isDeepStrictEqual } from "node:util";
import type { BoardBookmaker, BoardEvent, BoardMarket, Bookmaker, Market, OddsEvent } from "./model.js";

/** What a reading makes of the board before it. */
export interface Merged {
  readonly events: readonly BoardEvent[];
  /** Whether anything but a `last_update` is different. */
  readonly changed: boolean;
}

/**
 * Lays a new reading over the board before it. Whatever did not change keeps its identity; a market keeps its
 * `changed_at` while its outcomes stay the same, and takes `seenAt` (ISO 8601) when they do not. Things are matched
 * by key. The upstream shuffles the markets inside a bookmaker from answer to answer: where nothing else came or
 * went, the order that clients know is kept and the shuffle is no change.
 */
export function mergeBoard(
  before: readonly BoardEvent[],
  reading: readonly OddsEvent[],
  seenAt: string,
): Merged {
  const known = new Map(before.map((event) => [event.id, event]));
  let changed = !sameOrder(before, reading, (event) => event.id);
  const events = reading.map((event) => {
    const merged = mergeEvent(known.get(event.id), event, seenAt);
    changed ||= merged.changed;
    return merged.value;
  });
  return { events, changed };
}

interface Step<T> {
  readonly value: T;
  readonly changed: boolean;
}

function mergeEvent(before: BoardEvent | undefined, event: OddsEvent, seenAt: string): Step<BoardEvent> {
  const known = new Map(before?.bookmakers.map((bookmaker) => [bookmaker.key, bookmaker]));
  const steps = event.bookmakers.map((bookmaker) =>
    mergeBookmaker(known.get(bookmaker.key), bookmaker, seenAt),
  );
  const bookmakers = steps.map((step) => step.value);
  if (!before) return { value: { ...event, bookmakers }, changed: true };
  return keepIdentity(before, { ...event, bookmakers }, "bookmakers", before.bookmakers, bookmakers, steps);
}

function mergeBookmaker(
  before: BoardBookmaker | undefined,
  bookmaker: Bookmaker,
  seenAt: string,
): Step<BoardBookmaker> {
  const known = new Map(before?.markets.map((market) => [market.key, market]));
  const ordered = before ? inKnownOrder(before.markets, bookmaker.markets) : bookmaker.markets;
  const steps = ordered.map((market) => mergeMarket(known.get(market.key), market, seenAt));
  const markets = steps.map((step) => step.value);
  if (!before) return { value: { ...bookmaker, markets }, changed: true };
  return keepIdentity(before, { ...bookmaker, markets }, "markets", before.markets, markets, steps);
}

function mergeMarket(before: BoardMarket | undefined, market: Market, seenAt: string): Step<BoardMarket> {
  if (!before) return { value: { ...market, changed_at: seenAt }, changed: true };
  const sameOutcomes = isDeepStrictEqual(before.outcomes, market.outcomes);
  const value = { ...market, changed_at: sameOutcomes ? before.changed_at : seenAt };
  if (isDeepStrictEqual(before, value)) return { value: before, changed: false };
  return { value, changed: !sameOutcomes || !sameFields(before, value, "outcomes") };
}

/** The parent keeps its identity when neither its children nor its own fields moved, its version when only `last_update`s did. */
function keepIdentity<T extends object, C>(
  before: T,
  after: T,
  children: string,
  childrenBefore: readonly C[],
  childrenAfter: readonly C[],
  steps: readonly Step<C>[],
): Step<T> {
  const sameChildren =
    childrenBefore.length === childrenAfter.length &&
    childrenAfter.every((child, i) => child === childrenBefore[i]);
  if (sameChildren && isDeepStrictEqual({ ...before, [children]: 0 }, { ...after, [children]: 0 })) {
    return { value: before, changed: false };
  }
  const sameKeys =
    childrenBefore.length === childrenAfter.length &&
    childrenAfter.every((child, i) => keyOf(child) === keyOf(childrenBefore[i] as C));
  const changed = !sameKeys || steps.some((step) => step.changed) || !sameFields(before, after, children);
  return { value: after, changed };
}

function keyOf(child: unknown): unknown {
  return (child as { key: string }).key;
}

/** Whether all fields but `last_update` and `children` are equal. */
function sameFields(before: object, after: object, children: string): boolean {
  const ignore = { last_update: 0, [children]: 0 };
  return isDeepStrictEqual({ ...before, ...ignore }, { ...after, ...ignore });
}

function sameOrder<A extends B, B>(
  before: readonly A[],
  after: readonly B[],
  key: (item: B) => string,
): boolean {
  return before.length === after.length && after.every((item, i) => key(item) === key(before[i] as B));
}

function inKnownOrder(before: readonly BoardMarket[], markets: readonly Market[]): readonly Market[] {
  if (
    before.length !== markets.length ||
    sameOrder(before as readonly Market[], markets, (market) => market.key)
  ) {
    return markets;
  }
  const byKey = new Map(markets.map((market) => [market.key, market]));
  const ordered = before.flatMap((market) => byKey.get(market.key) ?? []);
  return ordered.length === markets.length ? ordered : markets;
}

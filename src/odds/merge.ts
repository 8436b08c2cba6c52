import { isMarked, type Marks, markOrder, noMarks } from "./marks.js";
import type { BoardBookmaker, BoardEvent, BoardMarket, Bookmaker, Market, OddsEvent } from "./model.js";
import { sameFields, sameJson } from "./same.js";

/** What a reading makes of the board before it. */
export interface Merged {
  readonly events: readonly BoardEvent[];
  /** What changed, but for `last_update`s. */
  readonly marks: Marks;
  /** The bookmakers any of whose `last_update`s moved. */
  readonly reread: ReadonlySet<string>;
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
  const reread = new Set<string>();
  const known = new Map(before.map((event) => [event.id, event]));
  const marks = noMarks();
  markOrder(
    marks,
    before.map((event) => event.id),
    reading.map((event) => event.id),
  );
  const events = reading.map((event) => {
    const was = known.get(event.id);
    const below = noMarks();
    const bookmakers = mergeBookmakers(was?.bookmakers ?? [], event.bookmakers, seenAt, below, reread);
    const value = { ...event, bookmakers };
    if (!was) return value;
    if (isMarked(below)) marks.below.set(event.id, below);
    const same = sameFields(was, value, "bookmakers");
    if (!same) marks.fields.add(event.id);
    return same && sameItems(was.bookmakers, bookmakers) ? was : value;
  });
  return { events, marks, reread };
}

function mergeBookmakers(
  before: readonly BoardBookmaker[],
  reading: readonly Bookmaker[],
  seenAt: string,
  marks: Marks,
  reread: Set<string>,
): BoardBookmaker[] {
  const known = new Map(before.map((bookmaker) => [bookmaker.key, bookmaker]));
  markOrder(marks, before.map(keyOf), reading.map(keyOf));
  return reading.map((bookmaker) => {
    const was = known.get(bookmaker.key);
    const below = noMarks();
    const markets = mergeMarkets(was?.markets ?? [], bookmaker, seenAt, below, reread);
    const value = { ...bookmaker, markets };
    if (!was || was.last_update !== bookmaker.last_update) reread.add(bookmaker.key);
    if (!was) return value;
    if (isMarked(below)) marks.below.set(bookmaker.key, below);
    if (!sameFields(was, value, "markets", "last_update")) marks.fields.add(bookmaker.key);
    return sameFields(was, value, "markets") && sameItems(was.markets, markets) ? was : value;
  });
}

function mergeMarkets(
  before: readonly BoardMarket[],
  bookmaker: Bookmaker,
  seenAt: string,
  marks: Marks,
  reread: Set<string>,
): BoardMarket[] {
  const known = new Map(before.map((market) => [market.key, market]));
  const reading = inKnownOrder(before, known, bookmaker.markets);
  markOrder(marks, before.map(keyOf), reading.map(keyOf));
  return reading.map((market) => {
    const was = known.get(market.key);
    if (!was || was.last_update !== market.last_update) reread.add(bookmaker.key);
    if (!was) return { ...market, changed_at: seenAt };
    const sameOutcomes = sameJson(was.outcomes, market.outcomes);
    const value = { ...market, changed_at: sameOutcomes ? was.changed_at : seenAt };
    if (!sameOutcomes || !sameFields(was, value, "outcomes", "last_update")) marks.fields.add(market.key);
    return sameOutcomes && sameFields(was, value, "outcomes") ? was : value;
  });
}

const keyOf = (item: { readonly key: string }): string => item.key;

function sameItems<T>(before: readonly T[], after: readonly T[]): boolean {
  return before.length === after.length && after.every((item, i) => item === before[i]);
}

/** The markets in the order that clients know, where they are the same ones. */
function inKnownOrder(
  before: readonly BoardMarket[],
  known: ReadonlyMap<string, BoardMarket>,
  markets: readonly Market[],
): readonly Market[] {
  if (before.length !== markets.length || !markets.every((market) => known.has(market.key))) return markets;
  const byKey = new Map(markets.map((market) => [market.key, market]));
  return before.flatMap((market) => byKey.get(market.key) ?? []);
}

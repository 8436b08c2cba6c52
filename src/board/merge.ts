import { bookmakerOf, eventOf, marketOf } from "./copies.js";
import { type DirtyKeys, isDirty, mark, markBelow, markOrder, noDirtyKeys } from "./dirty-keys.js";
import { areEqualOutcomes, isSameBookmaker, isSameEvent, isSameMarket } from "./equality.js";
import type { BoardBookmaker, BoardEvent, BoardMarket, Bookmaker, Market, OddsEvent } from "./model.js";

/** What a reading makes of the board before it. */
export interface Merged {
  readonly events: readonly BoardEvent[];
  /** What changed, but for `last_update`s. */
  readonly dirty: DirtyKeys;
  /** The bookmakers any of whose `last_update`s moved. */
  readonly reread: ReadonlySet<string>;
}

/**
 * Lays a new reading over the board before it. Whatever did not change keeps its identity; a market keeps its
 * `changed_at` while its outcomes stay the same, and takes `seenAt` (ISO 8601) when they do not. Things are matched
 * by key. Without `seenAt` the markets of the reading have their `changed_at`, as in a replay, and that counts like any
 * other field. The upstream shuffles the markets inside a bookmaker from answer to answer: where nothing else came or
 * went, the order that clients know is kept and the shuffle is no change.
 */
export function mergeBoard(
  before: readonly BoardEvent[],
  reading: readonly OddsEvent[],
  seenAt: string | undefined,
): Merged {
  const reread = new Set<string>();
  const dirty = noDirtyKeys();
  const known = counterparts(before, reading, idOf, dirty);
  let below = noDirtyKeys();
  const events = reading.map((event, i) => {
    const was = known[i];
    const bookmakers = mergeBookmakers(was?.bookmakers ?? [], event.bookmakers, seenAt, below, reread);
    if (isDirty(below)) {
      if (was) markBelow(dirty, was.id, below);
      below = noDirtyKeys();
    }
    const same = was !== undefined && isSameEvent(was, event);
    if (was && !same) mark(dirty, "fields", was.id);
    return same && bookmakers === was.bookmakers ? was : eventOf(event, bookmakers);
  });
  return { events: sameItems(before, events) ? before : events, dirty, reread };
}

/*
 * Nearly all markets are as they were but for their `last_update`: their outcomes are kept, so that what was parsed of
 * the reading is garbage at once, which costs least.
 */

function mergeBookmakers(
  before: readonly BoardBookmaker[],
  reading: readonly Bookmaker[],
  seenAt: string | undefined,
  dirty: DirtyKeys,
  reread: Set<string>,
): BoardBookmaker[] {
  const known = counterparts(before, reading, keyOf, dirty);
  let below = noDirtyKeys();
  const bookmakers = reading.map((bookmaker, i) => {
    const was = known[i];
    const markets = mergeMarkets(was?.markets ?? [], bookmaker, seenAt, below, reread);
    if (isDirty(below)) {
      if (was) markBelow(dirty, was.key, below);
      below = noDirtyKeys();
    }
    const unread = was !== undefined && was.last_update === bookmaker.last_update;
    if (!unread) reread.add((was ?? bookmaker).key);
    const same = was !== undefined && isSameBookmaker(was, bookmaker);
    if (was && !same) mark(dirty, "fields", was.key);
    const stays = same && unread && markets === was.markets;
    return stays ? was : bookmakerOf(bookmaker, markets);
  });
  return sameItems(before, bookmakers) ? (before as BoardBookmaker[]) : bookmakers;
}

function mergeMarkets(
  before: readonly BoardMarket[],
  bookmaker: Bookmaker,
  seenAt: string | undefined,
  dirty: DirtyKeys,
  reread: Set<string>,
): BoardMarket[] {
  const reading = inKnownOrder(before, bookmaker.markets);
  const known = counterparts(before, reading, keyOf, dirty);
  const markets = reading.map((market, i) => {
    const was = known[i];
    const unread = was !== undefined && was.last_update === market.last_update;
    if (!unread) reread.add(bookmaker.key);
    const unmoved = was !== undefined && areEqualOutcomes(was.outcomes, market.outcomes);
    const changed_at = seenAt === undefined ? String(market.changed_at) : unmoved ? was.changed_at : seenAt;
    const same = unmoved && changed_at === was.changed_at && isSameMarket(was, market);
    if (was && !same) mark(dirty, "fields", was.key);
    const outcomes = unmoved ? was.outcomes : market.outcomes;
    return same && unread ? was : marketOf(market, outcomes, changed_at);
  });
  return sameItems(before, markets) ? (before as BoardMarket[]) : markets;
}

const idOf = (event: OddsEvent | BoardEvent): string => event.id;
const keyOf = (item: { readonly key: string }): string => item.key;

function sameItems<T>(before: readonly T[], after: readonly T[]): boolean {
  return before.length === after.length && after.every((item, i) => item === before[i]);
}

/** What each item of a reading was before; marks as dirty what came, went and moved. Mostly, all stand where they stood. */
function counterparts<B, R>(
  before: readonly B[],
  reading: readonly R[],
  key: (item: B | R) => string,
  dirty: DirtyKeys,
): readonly (B | undefined)[] {
  if (inSameOrder(before, reading, key)) return before;
  markOrder(dirty, before.map(key), reading.map(key));
  const known = new Map(before.map((item) => [key(item), item]));
  return reading.map((item) => known.get(key(item)));
}

function inSameOrder<B, R>(
  before: readonly B[],
  reading: readonly R[],
  key: (item: B | R) => string,
): boolean {
  if (before.length !== reading.length) return false;
  for (let i = 0; i < before.length; i += 1) {
    if (key(before[i] as B) !== key(reading[i] as R)) return false;
  }
  return true;
}

/** The markets in the order that clients know, where they are the same ones. */
function inKnownOrder(before: readonly BoardMarket[], markets: readonly Market[]): readonly Market[] {
  if (before.length !== markets.length || inSameOrder<BoardMarket, Market>(before, markets, keyOf)) {
    return markets;
  }
  const byKey = new Map(markets.map((market) => [market.key, market]));
  const ordered = before.flatMap((market) => byKey.get(market.key) ?? []);
  return ordered.length === markets.length ? ordered : markets;
}

import { type DirtyKeys, isDirty, mark, markBelow, markOrder, noDirtyKeys } from "./dirty-keys.js";
import type {
  BoardBookmaker,
  BoardEvent,
  BoardMarket,
  Bookmaker,
  Market,
  OddsEvent,
  Outcome,
} from "./model.js";

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
  const known = counterparts(before, reading, (event) => event.id, dirty);
  const events = reading.map((event, i) => {
    const was = known[i];
    const below = noDirtyKeys();
    const bookmakers = mergeBookmakers(was?.bookmakers ?? [], event.bookmakers, seenAt, below, reread);
    const value = { ...event, bookmakers };
    if (!was) return value;
    if (isDirty(below)) markBelow(dirty, event.id, below);
    const same = haveEqualFields(was, value, "bookmakers");
    if (!same) mark(dirty, "fields", event.id);
    return same && bookmakers === was.bookmakers ? was : value;
  });
  return { events: sameItems(before, events) ? before : events, dirty, reread };
}

function mergeBookmakers(
  before: readonly BoardBookmaker[],
  reading: readonly Bookmaker[],
  seenAt: string | undefined,
  dirty: DirtyKeys,
  reread: Set<string>,
): BoardBookmaker[] {
  const known = counterparts(before, reading, keyOf, dirty);
  const bookmakers = reading.map((bookmaker, i) => {
    const was = known[i];
    if (was && seenAt !== undefined && isUnread(was, bookmaker)) return was;
    const below = noDirtyKeys();
    const markets = mergeMarkets(was?.markets ?? [], bookmaker, seenAt, below, reread);
    if (!was || was.last_update !== bookmaker.last_update) reread.add(bookmaker.key);
    if (!was) return { ...bookmaker, markets };
    if (isDirty(below)) markBelow(dirty, bookmaker.key, below);
    const same = haveEqualFields(was, bookmaker, "markets", "last_update");
    if (!same) mark(dirty, "fields", bookmaker.key);
    const unread = same && markets === was.markets && was.last_update === bookmaker.last_update;
    return unread ? was : { ...bookmaker, markets };
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
    const seen = seenAt ?? String(market.changed_at);
    if (!was) return { ...market, changed_at: seen };
    const unmoved = areEqualOutcomes(was.outcomes, market.outcomes);
    const changed_at = unmoved && seenAt !== undefined ? was.changed_at : seen;
    const value = { ...market, changed_at };
    const same = unmoved && haveEqualFields(was, value, "outcomes", "last_update");
    if (!same) mark(dirty, "fields", market.key);
    return same && unread ? was : value;
  });
  return sameItems(before, markets) ? (before as BoardMarket[]) : markets;
}

/** Whether a bookmaker is in every way as it was; so most are, and it is seen at a glance. */
function isUnread(was: BoardBookmaker, now: Bookmaker): boolean {
  if (was.last_update !== now.last_update || was.markets.length !== now.markets.length) return false;
  for (let i = 0; i < now.markets.length; i += 1) {
    if (!isUnreadMarket(was.markets[i] as BoardMarket, now.markets[i] as Market)) return false;
  }
  return haveEqualFields(was, now, "markets");
}

function isUnreadMarket(was: BoardMarket, now: Market): boolean {
  return (
    was.key === now.key &&
    was.last_update === now.last_update &&
    areEqualOutcomes(was.outcomes, now.outcomes) &&
    haveEqualFields(was, now, "outcomes", "changed_at")
  );
}

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

/** Whether two values parsed from JSON are equal, whatever the order of their objects' keys. The hot path of a tick. */
export function isEqual(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false;
  if (Array.isArray(one)) {
    return (
      Array.isArray(other) && one.length === other.length && one.every((item, i) => isEqual(item, other[i]))
    );
  }
  return !Array.isArray(other) && haveEqualFields(one, other);
}

/** Whether two lists of outcomes are equal. There are thousands on a board, of three fields: these are looked at first. */
function areEqualOutcomes(one: readonly Outcome[], other: readonly Outcome[]): boolean {
  if (one.length !== other.length) return false;
  for (let i = 0; i < one.length; i += 1) {
    const [a, b] = [one[i] as Outcome, other[i] as Outcome];
    if (a.name !== b.name || a.price !== b.price || a.point !== b.point) return false;
    const fields = a.point === undefined ? 2 : 3;
    const isAll = Object.keys(a).length === fields && Object.keys(b).length === fields;
    if (!isAll && !haveEqualFields(a, b)) return false;
  }
  return true;
}

/** Whether two objects parsed from JSON have equal fields, but for those named. */
function haveEqualFields(one: object, other: object, except?: string, orExcept?: string): boolean {
  const [a, b] = [one as Record<string, unknown>, other as Record<string, unknown>];
  let fields = 0;
  for (const name of Object.keys(a)) {
    if (name === except || name === orExcept) continue;
    fields += 1;
    if (!Object.hasOwn(b, name) || !isEqual(a[name], b[name])) return false;
  }
  for (const name of Object.keys(b)) if (name !== except && name !== orExcept) fields -= 1;
  return fields === 0;
}

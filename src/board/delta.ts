import { type DirtyKeys, noDirtyKeys } from "./dirty-keys.js";
import type { Board, BoardBookmaker, BoardEvent, Market } from "./model.js";

/*
 * What makes one board of another, as clients are told it: protocol/delta.ts says what each field means, and checks
 * the same on the wire.
 */

/** A `last_update`; null as the upstream wrote it, or false where there is none. */
type Moment = NonNullable<Market["last_update"]> | null | false;
/** What changed of an item's own. */
interface Own {
  fresh?: true;
  after?: string | null;
  fields?: Record<string, unknown>;
}
interface MarketChange extends Own {
  key: string;
}
interface BookmakerChange extends Own {
  key: string;
  gone?: string[];
  markets?: MarketChange[];
}
interface EventChange extends Own {
  id: string;
  gone?: string[];
  bookmakers?: BookmakerChange[];
}
/** Moments of the bookmaker (by "") and of its markets: each run holds from the event with that id on. */
interface ReadTrack {
  of: string[];
  runs: [event: string | null, moment: Moment][];
}

/** All of it in the words of the newer board, so that doing it twice does no harm; `read` is by bookmaker key. */
export interface Changes {
  gone?: string[];
  events?: EventChange[];
  read?: Record<string, ReadTrack[]>;
}

/** Tells the marked things of a board, or of a view of it, and all `last_update`s there of the bookmakers in `reread`. */
export function changesOf(
  board: Pick<Board, "events">,
  dirty: DirtyKeys,
  reread: ReadonlySet<string>,
): Changes {
  const events = told(
    board.events,
    (event) => event.id,
    dirty,
    (event, own, whole) => ({
      id: event.id,
      ...own(event, "bookmakers"),
      ...bookmakerChanges(event, whole ? undefined : (dirty.below.get(event.id) ?? noDirtyKeys())),
    }),
  );
  const read = reread.size > 0 ? readsOf(board.events, reread) : undefined;
  return {
    ...goneOf(
      board.events.map((event) => event.id),
      dirty,
    ),
    ...(events.length > 0 ? { events } : {}),
    ...(read ? { read } : {}),
  };
}

function bookmakerChanges(event: BoardEvent, dirty: DirtyKeys | undefined) {
  const list = told(event.bookmakers, keyOf, dirty, (bookmaker, own, whole) => ({
    key: bookmaker.key,
    ...own(bookmaker, "markets"),
    ...marketChanges(bookmaker, whole ? undefined : (dirty?.below.get(bookmaker.key) ?? noDirtyKeys())),
  }));
  return { ...goneOf(event.bookmakers.map(keyOf), dirty), ...(list.length > 0 ? { bookmakers: list } : {}) };
}

function marketChanges(bookmaker: BoardBookmaker, dirty: DirtyKeys | undefined) {
  const list = told(bookmaker.markets, keyOf, dirty, (market, own) => ({ key: market.key, ...own(market) }));
  return { ...goneOf(bookmaker.markets.map(keyOf), dirty), ...(list.length > 0 ? { markets: list } : {}) };
}

const keyOf = (item: { readonly key: string }): string => item.key;

/** What left and did not come back. */
function goneOf(present: readonly string[], dirty: DirtyKeys | undefined): { gone?: string[] } {
  if (!dirty || dirty.gone.size === 0) return {};
  const here = new Set(present);
  const gone = [...dirty.gone].filter((key) => !here.has(key));
  return gone.length > 0 ? { gone } : {};
}

/** The dirty items of a list, or all of them, whole, where there are no keys because the list itself is new. */
function told<T extends object, C>(
  items: readonly T[],
  key: (item: T) => string,
  dirty: DirtyKeys | undefined,
  tell: (item: T, own: (item: T, list?: string) => Own, whole: boolean) => C,
): C[] {
  const changes: C[] = [];
  let after: string | null = null;
  for (const item of items) {
    const id = key(item);
    const fresh = !dirty || dirty.fresh.has(id);
    const placed = !dirty || dirty.placed.has(id);
    const own = fresh || dirty.fields.has(id);
    if (own || placed || dirty.below.has(id)) {
      const before = after;
      const ownOf = (it: T, list?: string): Own => ({
        ...(fresh ? { fresh: true as const } : {}),
        ...(placed ? { after: before } : {}),
        ...(own ? { fields: ownFields(it, list) } : {}),
      });
      changes.push(tell(item, ownOf, fresh));
    }
    after = id;
  }
  return changes;
}

function ownFields(item: object, list?: string): Record<string, unknown> {
  const isEvent = list === "bookmakers";
  const idKey = isEvent ? "id" : "key";
  return Object.fromEntries(
    Object.entries(item).filter(
      ([name]) => name !== idKey && name !== list && (isEvent || name !== "last_update"),
    ),
  );
}

const momentOf = (item: object): Moment =>
  "last_update" in item && item.last_update !== undefined ? (item.last_update as Moment) : false;

/** The `last_update`s of the bookmakers in `wanted`, tracks with the same runs told once; undefined where none is there. */
function readsOf(events: readonly BoardEvent[], wanted: ReadonlySet<string>): Changes["read"] {
  const tracks = new Map<string, Map<string, ReadTrack["runs"]>>();
  const take = (bookmaker: string, of: string, event: string, moment: Moment) => {
    const byName = tracks.get(bookmaker) ?? new Map<string, ReadTrack["runs"]>();
    tracks.set(bookmaker, byName);
    const runs = byName.get(of);
    if (!runs) byName.set(of, [[null, moment]]);
    else if (runs.at(-1)?.[1] !== moment) runs.push([event, moment]);
  };
  for (const event of events) {
    for (const bookmaker of event.bookmakers) {
      if (!wanted.has(bookmaker.key)) continue;
      take(bookmaker.key, "", event.id, momentOf(bookmaker));
      for (const market of bookmaker.markets) take(bookmaker.key, market.key, event.id, momentOf(market));
    }
  }
  if (tracks.size === 0) return undefined;
  return Object.fromEntries([...tracks].map(([bookmaker, byName]) => [bookmaker, grouped(byName)]));
}

function grouped(byName: ReadonlyMap<string, ReadTrack["runs"]>): ReadTrack[] {
  const groups = new Map<string, ReadTrack>();
  for (const [name, runs] of byName) {
    const same = JSON.stringify(runs);
    const group = groups.get(same);
    if (group) group.of.push(name);
    else groups.set(same, { of: [name], runs });
  }
  return [...groups.values()];
}

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

const momentOf = ({ last_update }: Pick<Market, "last_update">): Moment =>
  last_update === undefined ? false : last_update;

/** The runs of one name, what it says last, and a word that is equal where the runs are. */
interface Track {
  readonly runs: ReadTrack["runs"];
  last: number;
  word: string;
}

/** The `last_update`s of the bookmakers in `wanted`, tracks with the same runs told once; undefined where none is there. */
function readsOf(events: readonly BoardEvent[], wanted: ReadonlySet<string>): Changes["read"] {
  const tracks = new Map<string, Map<string, Track>>();
  // Each moment has a number, by which runs are compared: there are few moments, and thousands of places for them.
  const numbers = new Map<Moment, number>();
  const take = (byName: Map<string, Track>, name: string, event: string, at: number, moment: Moment) => {
    const known = numbers.get(moment);
    const number = known ?? numbers.size;
    if (known === undefined) numbers.set(moment, number);
    const track = byName.get(name);
    if (!track) byName.set(name, { runs: [[null, moment]], last: number, word: `${number}` });
    else if (track.last !== number) {
      track.runs.push([event, moment]);
      track.last = number;
      track.word += ` ${at}:${number}`;
    }
  };
  for (let at = 0; at < events.length; at += 1) {
    const { id, bookmakers } = events[at] as BoardEvent;
    for (const bookmaker of bookmakers) {
      if (!wanted.has(bookmaker.key)) continue;
      const byName = tracks.get(bookmaker.key) ?? new Map<string, Track>();
      if (byName.size === 0) tracks.set(bookmaker.key, byName);
      take(byName, "", id, at, momentOf(bookmaker));
      for (const market of bookmaker.markets) take(byName, market.key, id, at, momentOf(market));
    }
  }
  if (tracks.size === 0) return undefined;
  return Object.fromEntries([...tracks].map(([bookmaker, byName]) => [bookmaker, grouped(byName)]));
}

function grouped(byName: ReadonlyMap<string, Track>): ReadTrack[] {
  const groups = new Map<string, ReadTrack>();
  for (const [name, { runs, word }] of byName) {
    const group = groups.get(word);
    if (group) group.of.push(name);
    else groups.set(word, { of: [name], runs });
  }
  return [...groups.values()];
}

import { contentTag } from "./content-tag.js";
import { type DirtyKeys, isDirty, mark, markBelow, noDirtyKeys } from "./dirty-keys.js";
import type { Board, BoardBookmaker, BoardEvent, BoardMarket } from "./model.js";

/** What somebody watches of a board: ids of events, keys of bookmakers and markets. A list that is absent lets all through. */
export interface Only {
  readonly events?: readonly string[] | undefined;
  readonly bookmakers?: readonly string[] | undefined;
  readonly markets?: readonly string[] | undefined;
}

type Wanted = ReadonlySet<string> | undefined;

/**
 * A view: a board without what is not listed. What stays keeps its place; an event without any of the bookmakers stays
 * with none, a bookmaker without any of the markets likewise. Dirty keys go through the same sieve, so that a view's
 * changes are told from both as the whole board's are.
 */
export class ViewFilter {
  /** The lists sorted, each word once. */
  readonly only: { readonly events?: string[]; readonly bookmakers?: string[]; readonly markets?: string[] };
  /** Equal for equal views, and for no others. */
  readonly key: string;
  private readonly levels: readonly [events: Wanted, bookmakers: Wanted, markets: Wanted];
  /** What it made of the boards that are still around. */
  private readonly made = new WeakMap<readonly BoardEvent[], readonly BoardEvent[]>();
  private tagged = { of: "", tag: "" };

  constructor({ events, bookmakers, markets }: Only) {
    const lists = [canonical(events), canonical(bookmakers), canonical(markets)] as const;
    this.only = {
      ...(lists[0] && { events: lists[0] }),
      ...(lists[1] && { bookmakers: lists[1] }),
      ...(lists[2] && { markets: lists[2] }),
    };
    this.key = JSON.stringify(lists);
    this.levels = [wanted(lists[0]), wanted(lists[1]), wanted(lists[2])];
  }

  /** The view of a board's events; the same list for the same board. */
  events(board: readonly BoardEvent[]): readonly BoardEvent[] {
    const known = this.made.get(board);
    if (known) return known;
    const made = this.listed(board).map(this.event);
    this.made.set(board, made);
    return made;
  }

  /** A word for what the view of a board says but for every `last_update`; the same on every process. */
  tag({ epoch, version, events }: Pick<Board, "epoch" | "version" | "events">): string {
    const of = `${epoch}/${version}`;
    if (this.tagged.of !== of) this.tagged = { of, tag: contentTag(this.events(events)) };
    return this.tagged.tag;
  }

  /** Those of a board's dirty keys that concern the view. */
  dirty(dirty: DirtyKeys): DirtyKeys {
    return this.below(dirty, 0);
  }

  /** Whether a bookmaker of that key is in the view, where it is on the board. */
  hasBookmaker(key: string): boolean {
    return this.levels[1]?.has(key) ?? true;
  }

  /** Views are many, and most list few events: these are found by their ids, once the first view has asked for any. */
  private listed(board: readonly BoardEvent[]): readonly BoardEvent[] {
    const { events } = this.only;
    if (!events) return board;
    const places = placesOf(board);
    const found = events.flatMap((id) => places.get(id) ?? []).sort((one, other) => one - other);
    return found.flatMap((place) => board[place] ?? []);
  }

  private readonly event = (event: BoardEvent): BoardEvent => {
    const [, bookmakers, markets] = this.levels;
    if (!bookmakers && !markets) return event;
    return { ...event, bookmakers: kept(event.bookmakers, bookmakers, keyOf).map(this.bookmaker) };
  };

  private readonly bookmaker = (bookmaker: BoardBookmaker): BoardBookmaker => {
    const markets = this.levels[2];
    return markets
      ? { ...bookmaker, markets: kept<BoardMarket>(bookmaker.markets, markets, keyOf) }
      : bookmaker;
  };

  private below(dirty: DirtyKeys, level: number): DirtyKeys {
    if (this.levels.slice(level).every((list) => list === undefined)) return dirty;
    const list = this.levels[level];
    const ours = noDirtyKeys();
    for (const kind of ["gone", "fresh", "placed", "fields"] as const) {
      for (const key of common(dirty[kind], list)) mark(ours, kind, key);
    }
    for (const key of common(dirty.below, list)) {
      const below = this.below(dirty.below.get(key) ?? noDirtyKeys(), level + 1);
      if (isDirty(below)) markBelow(ours, key, below);
    }
    return ours;
  }
}

/**
 * How much an event holds: itself, bookmakers, markets and outcomes, counted. What a board holds is the sum; an outcome
 * is some 50 bytes on the wire.
 */
export function weightOf({ bookmakers }: BoardEvent): number {
  let weight = 1 + bookmakers.length;
  for (const { markets } of bookmakers) {
    weight += markets.length;
    for (const { outcomes } of markets) weight += outcomes.length;
  }
  return weight;
}

/** Where each event stands on the boards that are still around. */
const places = new WeakMap<readonly BoardEvent[], ReadonlyMap<string, number>>();

function placesOf(board: readonly BoardEvent[]): ReadonlyMap<string, number> {
  const known = places.get(board);
  if (known) return known;
  const made = new Map(board.map(({ id }, place) => [id, place]));
  places.set(board, made);
  return made;
}

const keyOf = (item: { readonly key: string }): string => item.key;
const canonical = (list: readonly string[] | undefined) => list && [...new Set(list)].sort();
const wanted = (list: readonly string[] | undefined): Wanted => list && new Set(list);

function kept<T>(items: readonly T[], list: Wanted, key: (item: T) => string): T[] {
  return list ? items.filter((item) => list.has(key(item))) : [...items];
}

/** The keys that are in both; found by way of the fewer. */
function common(keys: ReadonlySet<string> | ReadonlyMap<string, unknown>, list: Wanted): Iterable<string> {
  if (!list) return keys.keys();
  const [few, many] = list.size < keys.size ? [list, keys] : [keys, list];
  return [...few.keys()].filter((key) => many.has(key));
}

import type { BoardEvent, Bookmaker, Only } from "./messages.js";

/** The server takes a list of so many words at most. */
const MAX_WORDS = 100;

type Dimension = "events" | "bookmakers" | "markets";
const DIMENSIONS: readonly Dimension[] = ["events", "bookmakers", "markets"];

/** Lists sorted, each word once; undefined for the whole board. */
export type Sieve = { readonly [D in Dimension]?: readonly string[] | undefined } | undefined;

/** A view as an application gives it; its lists may be constants. */
export type GivenOnly = { readonly [D in keyof Only]: Readonly<Only[D]> };

/** A view as it is compared: its lists sorted, none where all may pass. */
export function sieveOf(only: GivenOnly | undefined): Sieve {
  return reduced((dimension) => only?.[dimension]);
}

/** The smallest view that holds all of several: the whole board where one of them is that, or a list grows too long. */
export function unionOf(views: readonly Sieve[]): Sieve {
  return reduced((dimension) => {
    const lists = views.map((view) => view?.[dimension]);
    const words = new Set(lists.flatMap((list) => list ?? []));
    return lists.includes(undefined) || words.size > MAX_WORDS ? undefined : [...words];
  });
}

/** Whether a board that is held by `held` has all that is in `view`. */
export function covers(held: Sieve, view: Sieve): boolean {
  return DIMENSIONS.every((dimension) => {
    const has = held?.[dimension];
    const needs = view?.[dimension];
    return has === undefined || (needs?.every((word) => has.includes(word)) ?? false);
  });
}

/** Equal for equal views, and for no others. */
export function keyOf(view: Sieve): string {
  return view === undefined ? "" : JSON.stringify(DIMENSIONS.map((dimension) => view[dimension] ?? null));
}

/** One view of a sport's boards; what is the same on two boards is the same object in its view of both. */
export class View {
  private readonly events = new WeakMap<BoardEvent, BoardEvent>();
  private readonly bookmakers = new WeakMap<Bookmaker, Bookmaker>();
  private readonly levels: readonly (ReadonlySet<string> | undefined)[];

  constructor(readonly sieve: Sieve) {
    this.levels = DIMENSIONS.map((dimension) => sieve?.[dimension] && new Set(sieve[dimension]));
  }

  /** The view of a board's events, each in its place. */
  of(board: readonly BoardEvent[]): readonly BoardEvent[] {
    if (this.sieve === undefined) return board;
    const [ids] = this.levels;
    return (ids ? board.filter(({ id }) => ids.has(id)) : board).map((event) => this.event(event));
  }

  private event(event: BoardEvent): BoardEvent {
    const [, keys, markets] = this.levels;
    if (!keys && !markets) return event;
    const known = this.events.get(event);
    if (known) return known;
    const shown = keys ? event.bookmakers.filter(({ key }) => keys.has(key)) : event.bookmakers;
    const made = { ...event, bookmakers: shown.map((bookmaker) => this.bookmaker(bookmaker)) };
    this.events.set(event, made);
    return made;
  }

  private bookmaker(bookmaker: Bookmaker): Bookmaker {
    const markets = this.levels[2];
    if (!markets) return bookmaker;
    const known = this.bookmakers.get(bookmaker);
    if (known) return known;
    const made = { ...bookmaker, markets: bookmaker.markets.filter(({ key }) => markets.has(key)) };
    this.bookmakers.set(bookmaker, made);
    return made;
  }
}

function reduced(listOf: (dimension: Dimension) => readonly string[] | undefined): Sieve {
  const lists = DIMENSIONS.flatMap((dimension) => {
    const list = listOf(dimension);
    return list === undefined ? [] : [[dimension, [...new Set(list)].sort()] as const];
  });
  return lists.length === 0 ? undefined : Object.fromEntries(lists);
}

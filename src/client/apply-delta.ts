import type { BoardEvent, Changes, OddsDelta, OddsUpdate } from "./messages.js";

/** A board as a frontend keeps it: the fields of an `odds_update`, but for `type`. Not to be changed in place. */
export type ClientBoard = Omit<OddsUpdate, "type">;

/** A delta that does not follow on the board: a step between them is missing, or it is of another epoch. */
export class DeltaGap extends Error {
  override readonly name = "DeltaGap";
}

type Event = BoardEvent;
type Bookmaker = Event["bookmakers"][number];
type Market = Bookmaker["markets"][number];
type EventChange = NonNullable<Changes["events"]>[number];
type BookmakerChange = NonNullable<EventChange["bookmakers"]>[number];
type Track = NonNullable<Changes["read"]>[string][number];

/**
 * The board after a delta. Pure: what did not change keeps its identity, so that a view draws anew only what moved.
 * A delta that merges more than the board missed does no harm. Throws {@link DeltaGap} when it does not follow on.
 */
export function applyDelta(board: ClientBoard, delta: OddsDelta): ClientBoard {
  if (delta.epoch !== board.epoch || delta.from > board.version) {
    throw new DeltaGap(`A delta from version ${delta.from} does not follow on version ${board.version}.`);
  }
  if (delta.version < board.version) return board;
  const { type: _, from: _from, changes, conflated: _conflated, ...head } = delta;
  const events = applyList(board.odds, changes.events, changes.gone, (event) => event.id, applyEvent);
  return { ...head, odds: applyReads(events, changes.read) };
}

function applyEvent(event: Event | undefined, change: EventChange): Event {
  const bookmakers = applyList(
    event?.bookmakers ?? [],
    change.bookmakers,
    change.gone,
    (bookmaker) => bookmaker.key,
    applyBookmaker,
  );
  const own = change.fields ?? event;
  return { ...own, id: change.id, bookmakers } as Event;
}

function applyBookmaker(bookmaker: Bookmaker | undefined, change: BookmakerChange): Bookmaker {
  const markets = applyList(
    bookmaker?.markets ?? [],
    change.markets,
    change.gone,
    (market) => market.key,
    (market, { key, fields }) => ({ ...(fields ?? market), ...lastUpdateOf(market), key }) as Market,
  );
  const own = change.fields ?? bookmaker;
  return { ...own, ...lastUpdateOf(bookmaker), key: change.key, markets } as Bookmaker;
}

/** `last_update`s do not travel with the other fields: what is held stays until a read track says otherwise. */
function lastUpdateOf(item: Bookmaker | Market | undefined): object {
  return item && "last_update" in item ? { last_update: item.last_update } : {};
}

type Change = { fresh?: true | undefined; after?: string | null | undefined } & (
  | { id: string }
  | { key: string }
);

/** A keyed list after its changes: some left, some are placed behind another, the rest stay in their order. */
function applyList<T, C extends Change>(
  items: readonly T[],
  changes: readonly C[] | undefined,
  gone: readonly string[] | undefined,
  keyOf: (item: T) => string,
  apply: (item: T | undefined, change: C) => T,
): T[] {
  if (!changes && !gone) return items as T[];
  const byKey = new Map(items.map((item) => [keyOf(item), item]));
  const leaving = new Set(gone);
  for (const change of changes ?? []) {
    const key = "id" in change ? change.id : change.key;
    byKey.set(key, apply(change.fresh ? undefined : byKey.get(key), change));
    if (change.after !== undefined) leaving.add(key);
  }
  const order = items.map(keyOf).filter((key) => !leaving.has(key));
  const placed = new Map<string | null, string>();
  for (const change of changes ?? []) {
    if (change.after !== undefined) placed.set(change.after, "id" in change ? change.id : change.key);
  }
  const result: T[] = [];
  const push = (key: string) => {
    // What is placed behind an item follows it, and so on down the chain.
    for (let next: string | undefined = key; next !== undefined; ) {
      const item = byKey.get(next);
      if (item !== undefined) result.push(item);
      const behind: string | undefined = placed.get(next);
      // Once each: a chain that a faulty delta ties into a ring would never end.
      placed.delete(next);
      next = behind;
    }
  };
  const first = placed.get(null);
  if (first !== undefined) push(first);
  for (const key of order) push(key);
  return result;
}

/** Walks the tracks of each bookmaker along the board: each run holds from its event on. */
function applyReads(events: readonly Event[], read: Changes["read"]): readonly Event[] {
  if (!read) return events;
  const walks = new Map(Object.entries(read).map(([bookmaker, tracks]) => [bookmaker, walk(tracks)]));
  return events.map((event) => {
    for (const { enter } of walks.values()) enter(event.id);
    let moved = false;
    const bookmakers = event.bookmakers.map((bookmaker) => {
      const momentOf = walks.get(bookmaker.key)?.momentOf;
      if (!momentOf) return bookmaker;
      const markets = bookmaker.markets.map((market) => stamped(market, momentOf(market.key)));
      const same = markets.every((market, i) => market === bookmaker.markets[i]);
      const after = stamped(same ? bookmaker : { ...bookmaker, markets }, momentOf(""));
      moved ||= after !== bookmaker;
      return after;
    });
    return moved ? { ...event, bookmakers } : event;
  });
}

type Moment = Track["runs"][number][1];

/** Is told of one event after the other, and then the moment that a market (or, by "", the bookmaker) has there. */
function walk(tracks: readonly Track[]) {
  const places = tracks.map(({ of, runs }) => ({ of, runs, at: 0 }));
  const byName = new Map(places.flatMap((place) => place.of.map((name) => [name, place] as const)));
  return {
    enter: (event: string): void => {
      for (const place of places) if (place.runs[place.at + 1]?.[0] === event) place.at += 1;
    },
    momentOf: (name: string): Moment | undefined => {
      const place = byName.get(name);
      return place?.runs[place.at]?.[1];
    },
  };
}

function stamped<T extends Bookmaker | Market>(item: T, moment: Moment | undefined): T {
  if (moment === undefined || item.last_update === moment) return item;
  if (moment !== false) return { ...item, last_update: moment };
  if (!("last_update" in item)) return item;
  const { last_update: _, ...rest } = item;
  return rest as T;
}

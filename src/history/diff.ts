import type { DirtyKeys } from "../board/dirty-keys.js";
import { isEqual } from "../board/equality.js";
import type { Board, BoardBookmaker, BoardEvent, BoardMarket } from "../board/model.js";
import { decode, encode } from "./encoding.js";
import type { EncodedValue, SeriesChange, SeriesKey, StoredBoard, StoredValue } from "./records.js";

/*
 * What a reading changed of the series of a board. Both ways to tell it are generators: a whole board is encoded piece
 * by piece, so that others get a turn in between.
 */

/** A board as far as series go. */
type Content = Pick<Board, "events" | "fetchedAt">;

/** What a step changed, by its dirty keys; it is made of a board with the events `before`. */
export function* changesOfStep(
  before: readonly BoardEvent[],
  { events, fetchedAt }: Content,
  dirty: DirtyKeys,
): Generator<SeriesChange> {
  if (isListDirty(dirty)) yield changed(BOARD, boardValue(events));
  const known = new Map(before.map((event) => [event.id, event]));
  for (const id of dirty.gone) {
    const event = known.get(id);
    if (event) yield* gone(keysOfEvent(event));
  }
  for (const event of events) {
    const { id } = event;
    if (dirty.fresh.has(id)) {
      yield* wholeEvent(event, fetchedAt);
      continue;
    }
    const below = dirty.below.get(id);
    if (dirty.fields.has(id) || isListDirty(below)) yield changed([id, "", ""], eventValue(event));
    if (below) yield* changesOfEvent(known.get(id), event, below, fetchedAt);
  }
}

function* changesOfEvent(
  before: BoardEvent | undefined,
  { id, bookmakers }: BoardEvent,
  dirty: DirtyKeys,
  fetchedAt: number,
): Generator<SeriesChange> {
  for (const bookmaker of before?.bookmakers ?? []) {
    if (dirty.gone.has(bookmaker.key)) yield* gone(keysOfBookmaker(id, bookmaker));
  }
  for (const bookmaker of bookmakers) {
    const { key } = bookmaker;
    if (dirty.fresh.has(key)) {
      yield* wholeBookmaker(id, bookmaker, fetchedAt);
      continue;
    }
    const below = dirty.below.get(key);
    if (dirty.fields.has(key) || isListDirty(below)) yield changed([id, key, ""], bookmakerValue(bookmaker));
    if (!below) continue;
    yield* gone([...below.gone].map((market) => [id, key, market]));
    for (const market of bookmaker.markets) {
      const isTold = below.fresh.has(market.key) || below.fields.has(market.key);
      if (isTold) yield changedMarket([id, key, market.key], market, fetchedAt);
    }
  }
}

/** What differs between what is stored of a sport (undefined: nothing) and a board; `isFresh` as in the reading's record. */
export function* changesSince(
  stored: StoredBoard | undefined,
  board: Content,
  isFresh: boolean,
): Generator<SeriesChange> {
  const known = new Map((stored?.series ?? []).map((series) => [nameOf(series.key), series]));
  for (const [key, make, market] of seriesOf(board.events)) {
    const was = known.get(nameOf(key));
    known.delete(nameOf(key));
    const freshAt = isFresh ? board.fetchedAt : (stored?.freshAt ?? 0);
    const isKept = was && (!market || changedAtOf(was, freshAt) === momentOf(market));
    const value = encode(make());
    if (isKept && isSame(was.value, value)) continue;
    yield market ? { key, value, ...ownMoment(market, board.fetchedAt) } : { key, value };
  }
  for (const { key } of known.values()) yield { key, value: null };
}

/** Whether no market of a board changed before its reading: its `changed_at`s began with it. */
export function isFresh({ events, fetchedAt }: Content): boolean {
  const moment = new Date(fetchedAt).toISOString();
  return events.every(({ bookmakers }) =>
    bookmakers.every(({ markets }) => markets.every((market) => market.changed_at === moment)),
  );
}

/** A market's `changed_at` in ms since the epoch, where its series is stored so and `changed_at`s last began afresh at `freshAt`. */
export function changedAtOf(
  { at, changedAt }: Pick<StoredValue, "at" | "changedAt">,
  freshAt: number,
): number {
  return changedAt ?? Math.max(at, freshAt);
}

const BOARD: SeriesKey = ["", "", ""];

const nameOf = (key: SeriesKey): string => JSON.stringify(key);
const keyOf = (item: { readonly key: string }): string => item.key;
const momentOf = (market: BoardMarket): number => Date.parse(market.changed_at);

/** All series that a board has, with what makes their values, and the market where it is one's. */
function* seriesOf(
  events: readonly BoardEvent[],
): Generator<readonly [key: SeriesKey, make: () => unknown, market?: BoardMarket]> {
  yield [BOARD, () => boardValue(events)];
  for (const event of events) {
    yield [[event.id, "", ""], () => eventValue(event)];
    for (const bookmaker of event.bookmakers) {
      yield [[event.id, bookmaker.key, ""], () => bookmakerValue(bookmaker)];
      for (const market of bookmaker.markets) {
        yield [[event.id, bookmaker.key, market.key], () => marketValue(market), market];
      }
    }
  }
}

function* wholeEvent(event: BoardEvent, fetchedAt: number): Generator<SeriesChange> {
  yield changed([event.id, "", ""], eventValue(event));
  for (const bookmaker of event.bookmakers) yield* wholeBookmaker(event.id, bookmaker, fetchedAt);
}

function* wholeBookmaker(
  event: string,
  bookmaker: BoardBookmaker,
  fetchedAt: number,
): Generator<SeriesChange> {
  yield changed([event, bookmaker.key, ""], bookmakerValue(bookmaker));
  for (const market of bookmaker.markets) {
    yield changedMarket([event, bookmaker.key, market.key], market, fetchedAt);
  }
}

function keysOfEvent({ id, bookmakers }: BoardEvent): SeriesKey[] {
  return [[id, "", ""], ...bookmakers.flatMap((bookmaker) => keysOfBookmaker(id, bookmaker))];
}

function keysOfBookmaker(event: string, { key, markets }: BoardBookmaker): SeriesKey[] {
  return [[event, key, ""], ...markets.map((market): SeriesKey => [event, key, market.key])];
}

function* gone(keys: Iterable<SeriesKey>): Generator<SeriesChange> {
  for (const key of keys) yield { key, value: null };
}

const changed = (key: SeriesKey, value: unknown): SeriesChange => ({ key, value: encode(value) });

function changedMarket(key: SeriesKey, market: BoardMarket, fetchedAt: number): SeriesChange {
  return { ...changed(key, marketValue(market)), ...ownMoment(market, fetchedAt) };
}

/** When a market changed, where that is not its reading: something but its outcomes did then. */
function ownMoment(market: BoardMarket, fetchedAt: number): { changedAt?: number } {
  const changedAt = momentOf(market);
  return changedAt === fetchedAt ? {} : { changedAt };
}

/** Whether a list has other items, or another order. */
function isListDirty(dirty: DirtyKeys | undefined): boolean {
  return dirty !== undefined && dirty.gone.size + dirty.fresh.size + dirty.placed.size > 0;
}

/** The order of an object's fields is no difference: clients would not see it. */
function isSame(one: EncodedValue, other: EncodedValue): boolean {
  if (one.shape === other.shape) return one.numbers === other.numbers;
  return isEqual(decode(one), decode(other));
}

const boardValue = (events: readonly BoardEvent[]): unknown => events.map(({ id }) => id);

function eventValue({ id: _, bookmakers, ...own }: BoardEvent): unknown {
  return { ...own, bookmakers: bookmakers.map(keyOf) };
}

function bookmakerValue({ key: _, last_update: __, markets, ...own }: BoardBookmaker): unknown {
  return { ...own, markets: markets.map(keyOf) };
}

function marketValue({ key: _, last_update: __, changed_at: ___, ...own }: BoardMarket): unknown {
  return own;
}

import { z } from "zod";
import { type DirtyKeys, noDirtyKeys } from "./dirty-keys.js";
import { type Board, type BoardBookmaker, type BoardEvent, momentSchema } from "./model.js";

/** A `last_update`: a moment, null as the upstream wrote it, or false where there is none. */
export const readMomentSchema = z.union([momentSchema, z.null(), z.literal(false)]);

const fields = z.record(z.string(), z.unknown());
const own = {
  /** It came (or came back): drop what you hold under this key and begin with nothing. */
  fresh: z.literal(true).optional(),
  /** It stands behind the one with this key; null: it is the first. Absent: it stays where it is among the others. */
  after: z.string().nullable().optional(),
  /** All of its own fields, in place of those you hold; but for its list and `last_update`. */
  fields: fields.optional(),
};

/** What to do to one market. Its `fields` include its outcomes. */
export const marketChangeSchema = z.object({ key: z.string(), ...own });
/** What to do to one bookmaker of an event, and to its markets. */
export const bookmakerChangeSchema = z.object({
  key: z.string(),
  ...own,
  gone: z.array(z.string()).optional(),
  markets: z.array(marketChangeSchema).optional(),
});
/** What to do to one event, and to its bookmakers. */
export const eventChangeSchema = z.object({
  id: z.string(),
  ...own,
  gone: z.array(z.string()).optional(),
  bookmakers: z.array(bookmakerChangeSchema).optional(),
});

/**
 * The `last_update`s of one bookmaker on all events of the board: `of` names markets, and by "" the bookmaker itself;
 * each run holds from the event with that id on (null: from the first), in the board's order.
 */
export const readTrackSchema = z.object({
  of: z.array(z.string()),
  runs: z.array(z.tuple([z.string().nullable(), readMomentSchema])),
});

/** What makes one board of another: all of it in the words of the newer one, so that doing it twice does no harm. */
export const changesSchema = z.object({
  /** Events that left. */
  gone: z.array(z.string()).optional(),
  /** In the order of the newer board. */
  events: z.array(eventChangeSchema).optional(),
  /** By bookmaker key. */
  read: z.record(z.string(), z.array(readTrackSchema)).optional(),
});
/** See {@link changesSchema}. */
export type Changes = z.infer<typeof changesSchema>;

type Moment = z.infer<typeof readMomentSchema>;
type ReadTrack = z.infer<typeof readTrackSchema>;

/** Tells the marked things of a board, and all `last_update`s of the bookmakers in `reread`. */
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
  return {
    ...goneOf(
      board.events.map((event) => event.id),
      dirty,
    ),
    ...(events.length > 0 ? { events } : {}),
    ...(reread.size > 0 ? { read: readsOf(board.events, reread) } : {}),
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

type Own = { fresh?: true; after?: string | null; fields?: Record<string, unknown> };

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

/** The `last_update`s of the bookmakers in `wanted`, tracks with the same runs told once. */
function readsOf(events: readonly BoardEvent[], wanted: ReadonlySet<string>): NonNullable<Changes["read"]> {
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

import type { BoardAt, NotCovered, PastEvent } from "../protocol/history-answers.js";
import { gapAt, NOT_KEPT } from "./covered.js";
import { changedAtOf } from "./diff.js";
import { decode } from "./encoding.js";
import { type Kept, type KeptSport, listed } from "./kept.js";

/** So many events are asked for by one statement: far below the limit on parameters. */
const EVENTS_AT_ONCE = 500;

type Fields = Record<string, unknown>;

interface ValueRow extends Readonly<Record<string, string | number | null>> {
  readonly event: string;
  readonly bookmaker: string;
  readonly market: string;
  readonly shape: string;
  readonly numbers: string;
  readonly at: number;
  readonly changed_at: number | null;
}

/** Their values at a reading, by their keys: an event's, its bookmakers', their markets'. */
type Values = ReadonlyMap<string, ValueRow>;

/** The board of a sport as it was at a moment (ms since the epoch), or why that is not known. */
export async function boardAt(
  kept: Kept,
  key: string,
  at: number,
): Promise<BoardAt | { readonly gap: NotCovered }> {
  const sport = await kept.sport(key);
  if (!sport) return { gap: { from: null, to: null, reason: NOT_KEPT } };
  const around = await kept.readings(sport, at);
  const gap = await gapAt(kept, sport, at, around);
  if (gap) return { gap };
  const { readAt, before, after } = around;
  if (readAt === null) return { gap: { from: null, to: after, reason: NOT_KEPT } };
  const odds = await eventsAt(kept, sport, readAt);
  // Old age may have taken some of it meanwhile; it takes the reading first.
  if ((await kept.readings(sport, readAt)).readAt !== readAt) return boardAt(kept, key, at);
  return { sport: key, at, readAt, readBefore: before, readAfter: after, odds };
}

async function eventsAt(kept: Kept, sport: KeptSport, at: number): Promise<PastEvent[]> {
  const [board] = await kept.rows<{ shape: string | null; numbers: string | null }>(
    `select h.text as shape, c.numbers from series s join changes c on c.series = s.id left join shapes h on h.id = c.shape
      where s.event = 0 and s.sport = ?1 and s.bookmaker = '' and s.market = ''
      and c.at = (select max(m.at) from changes m where m.series = s.id and m.at <= ?2)`,
    [sport.id, at],
  );
  if (!board || board.shape === null) return [];
  const ids = decode({ shape: board.shape, numbers: board.numbers ?? "" }) as string[];
  const freshAt = await freshBefore(kept, sport, at);
  const values = new Map<string, ValueRow>();
  for (let i = 0; i < ids.length; i += EVENTS_AT_ONCE) {
    for (const row of await valuesOf(kept, sport, ids.slice(i, i + EVENTS_AT_ONCE), at)) {
      values.set(nameOf(row.event, row.bookmaker, row.market), row);
    }
  }
  return ids.flatMap((id) => eventOf(id, values, freshAt) ?? []);
}

/** All that has a value at a reading of these events. */
function valuesOf(
  kept: Kept,
  sport: KeptSport,
  ids: readonly string[],
  at: number,
): Promise<readonly ValueRow[]> {
  return kept.rows<ValueRow>(
    `select e.key as event, s.bookmaker, s.market, h.text as shape, c.numbers, c.at, c.changed_at
      from events e join series s on s.event = e.id join changes c on c.series = s.id join shapes h on h.id = c.shape
      where e.sport = ?1 and e.key in (${listed(ids.length, 3)})
      and c.at = (select max(m.at) from changes m where m.series = s.id and m.at <= ?2)`,
    [sport.id, at, ...ids],
  );
}

async function freshBefore(kept: Kept, sport: KeptSport, at: number): Promise<number> {
  const [fresh] = await kept.rows<{ at: number | null }>(
    "select max(at) as at from fresh where sport = ?1 and at <= ?2",
    [sport.id, at],
  );
  return fresh?.at ?? 0;
}

function eventOf(id: string, values: Values, freshAt: number): PastEvent | undefined {
  const event = fieldsOf(values, id);
  if (!event) return undefined;
  const bookmakers = (event.bookmakers as string[]).flatMap((key) => {
    const bookmaker = fieldsOf(values, id, key);
    if (!bookmaker) return [];
    const markets = (bookmaker.markets as string[]).flatMap((name) => {
      const market = fieldsOf(values, id, key, name);
      const row = values.get(nameOf(id, key, name));
      if (!market || !row) return [];
      const changedAt = changedAtOf({ at: row.at, changedAt: row.changed_at }, freshAt);
      return [{ key: name, ...market, changed_at: new Date(changedAt).toISOString() }];
    });
    return [{ key, ...bookmaker, markets }];
  });
  return { id, ...event, bookmakers } as unknown as PastEvent;
}

function fieldsOf(values: Values, event: string, bookmaker = "", market = ""): Fields | undefined {
  const row = values.get(nameOf(event, bookmaker, market));
  return row && (decode({ shape: row.shape, numbers: row.numbers }) as Fields);
}

const nameOf = (...keys: readonly string[]): string => JSON.stringify(keys);

import { isDeepStrictEqual } from "node:util";
import type { HistoryEvent, HistoryEvents } from "../protocol/history-answers.js";
import { cursorOf, type Position } from "./cursor.js";
import { decode } from "./encoding.js";
import { type Kept, type KeptSport, listed } from "./kept.js";

/** Which events are asked for; times in ms since the epoch. */
export interface EventsWanted {
  readonly from: number;
  readonly to: number;
  readonly limit: number;
  /** What was first seen before or with this, and its id here, is passed over. */
  readonly behind: Position | undefined;
}

/** An event with its own series. */
export interface ListedEvent {
  readonly id: number;
  readonly key: string;
  readonly first_seen: number;
  readonly series: number;
  readonly [column: string]: string | number | null;
}

type Called = HistoryEvent["called"][number];

/** The next events that were on the board at any time between two moments, in the order in which they came. */
export async function nextEvents(
  kept: Kept,
  sport: KeptSport,
  wanted: EventsWanted,
): Promise<readonly ListedEvent[]> {
  const { from, to, limit, behind = [0, 0] } = wanted;
  return kept.rows<ListedEvent>(
    `select e.id, e.key, e.first_seen, s.id as series from events e
      join series s on s.event = e.id and s.sport = e.sport and s.bookmaker = '' and s.market = ''
      join changes c on c.series = s.id and c.at = (select max(m.at) from changes m where m.series = s.id)
      where e.sport = ?1 and e.first_seen <= ?3 and (c.shape is not null or c.at > ?2)
      and (e.first_seen > ?4 or (e.first_seen = ?4 and e.id > ?5))
      order by e.first_seen, e.id limit ${limit + 1}`,
    [sport.id, from, to, ...behind],
  );
}

/** The next events, with all that they were called. */
export async function eventList(kept: Kept, sport: KeptSport, wanted: EventsWanted): Promise<HistoryEvents> {
  const found = await nextEvents(kept, sport, wanted);
  const page = found.slice(0, wanted.limit);
  const last = page.at(-1);
  const cursor = found.length > wanted.limit && last ? cursorOf([last.first_seen, last.id]) : null;
  return { events: await described(kept, sport, page), cursor };
}

/** All that events were called, and when they were last seen. */
export async function described(
  kept: Kept,
  sport: KeptSport,
  events: readonly ListedEvent[],
): Promise<HistoryEvent[]> {
  if (events.length === 0) return [];
  const rows = await kept.rows<{
    series: number;
    at: number;
    shape: string | null;
    numbers: string | null;
    seen_before: number | null;
  }>(
    `select c.series, c.at, h.text as shape, c.numbers,
        case when c.shape is null then (select max(r.at) from readings r where r.sport = ?1 and r.at < c.at) end as seen_before
      from changes c left join shapes h on h.id = c.shape
      where c.series in (${listed(events.length, 2)}) order by c.series, c.at`,
    [sport.id, ...events.map(({ series }) => series)],
  );
  const changes = new Map(events.map(({ series }) => [series, [] as (typeof rows)[number][]]));
  for (const row of rows) changes.get(row.series)?.push(row);
  return events.map(({ key, first_seen, series }) => {
    const its = changes.get(series) ?? [];
    const called: Called[] = [];
    for (const { at, shape, numbers } of its) {
      if (shape === null) continue;
      const { commence_time, home_team, away_team } = decode({ shape, numbers: numbers ?? "" }) as Omit<
        Called,
        "at"
      >;
      const now: Called = { at, commence_time, home_team, away_team };
      if (!isDeepStrictEqual({ ...called.at(-1), at }, now)) called.push(now);
    }
    const last = its.at(-1);
    const isListed = last !== undefined && last.shape !== null;
    const lastSeen = isListed ? (sport.head ?? last.at) : (last?.seen_before ?? first_seen);
    return { id: key, firstSeen: first_seen, lastSeen, isListed, called };
  });
}

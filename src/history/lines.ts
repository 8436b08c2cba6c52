import { momentInMs } from "../board/model.js";
import type { HistoryLines } from "../protocol/history-answers.js";
import { gapAt } from "./covered.js";
import { decode } from "./encoding.js";
import { type Kept, type KeptEvent, type KeptSport, listed } from "./kept.js";
import { type BeforeStart, linesOfMarkets, type StateRow, type ValueRow } from "./outcome-lines.js";

/** So many moments are looked up by one statement. */
const MOMENTS_AT_ONCE = 500;

/** Opening, current, highest, lowest and closing prices of all that was offered on an event. */
export async function linesOf(
  kept: Kept,
  sport: KeptSport,
  event: KeptEvent,
  now: number,
): Promise<HistoryLines> {
  const head = sport.head ?? event.firstSeen;
  const start = await startOf(kept, event);
  const before = await beforeStart(kept, sport, event, start, now);
  const [values, current, closing] = await Promise.all([
    valuesOf(kept, event),
    statesOf(kept, event, head),
    before.seenAt === null ? [] : statesOf(kept, event, before.seenAt),
  ]);
  const lines = linesOfMarkets(values, current, closing, before);
  const openings = await readingsBefore(kept, sport, new Set(lines.map(({ opening }) => opening.at)));
  return {
    event: event.key,
    start,
    readAt: head,
    lines: lines.map((line) => ({
      ...line,
      opening: { ...line.opening, after: openings.get(line.opening.at) ?? null },
    })),
  };
}

/** When an event begins or began, as last told (ms since the epoch). */
async function startOf(kept: Kept, event: KeptEvent): Promise<number | null> {
  const [last] = await kept.rows<{ shape: string; numbers: string }>(
    `select h.text as shape, c.numbers from series s join changes c on c.series = s.id join shapes h on h.id = c.shape
      where s.event = ?1 and s.bookmaker = '' and s.market = '' order by c.at desc limit 1`,
    [event.id],
  );
  const { commence_time } = (last ? decode(last) : {}) as { commence_time?: string | number };
  return commence_time === undefined ? null : momentInMs(commence_time) || null;
}

async function beforeStart(
  kept: Kept,
  sport: KeptSport,
  event: KeptEvent,
  start: number | null,
  now: number,
): Promise<BeforeStart> {
  const none = { seenAt: null, reason: null };
  if (start === null || start > now) return { ...none, start, missing: "NOT_STARTED" };
  // A reading that begins with the start may have what came after it.
  const around = await kept.readings(sport, start - 1);
  const gap = await gapAt(kept, sport, start - 1, around);
  const reason = gap?.reason ?? null;
  const { readAt } = around;
  if (readAt === null || event.firstSeen > readAt) return { ...none, start, missing: reason ?? "NOT_SEEN" };
  return { seenAt: readAt, start, missing: undefined, reason };
}

/** Every value that each market of an event ever had: prices come back, so these are far fewer than the changes. */
function valuesOf(kept: Kept, event: KeptEvent): Promise<readonly ValueRow[]> {
  return kept.rows<ValueRow>(
    `select x.series, s.bookmaker, s.market, x.first_at, h.text as shape, x.numbers
      from (select c.series, c.shape, c.numbers, min(c.at) as first_at from changes c
        where c.series in (select id from series where event = ?1 and market <> '') and c.shape is not null
        group by c.series, c.shape, c.numbers) x
      join series s on s.id = x.series join shapes h on h.id = x.shape
      order by s.bookmaker, s.market, x.series, x.first_at`,
    [event.id],
  );
}

/** What each market of an event was at a reading. */
function statesOf(kept: Kept, event: KeptEvent, at: number): Promise<readonly StateRow[]> {
  return kept.rows<StateRow>(
    `select s.id as series, coalesce(c.changed_at, c.at) as at, h.text as shape, c.numbers
      from series s join changes c on c.series = s.id left join shapes h on h.id = c.shape
      where s.event = ?1 and s.market <> ''
      and c.at = (select max(m.at) from changes m where m.series = s.id and m.at <= ?2)`,
    [event.id, at],
  );
}

/** The reading before each of these, by their moments; a change of which nothing earlier is kept has none. */
async function readingsBefore(
  kept: Kept,
  sport: KeptSport,
  moments: ReadonlySet<number>,
): Promise<ReadonlyMap<number, number | null>> {
  const before = new Map<number, number | null>();
  const all = [...moments];
  for (let i = 0; i < all.length; i += MOMENTS_AT_ONCE) {
    const some = all.slice(i, i + MOMENTS_AT_ONCE);
    const rows = await kept.rows<{ at: number; seen_before: number | null }>(
      `select r.at, (select max(b.at) from readings b where b.sport = ?1 and b.at < r.at) as seen_before
        from readings r where r.sport = ?1 and r.at in (${listed(some.length, 2)})`,
      [sport.id, ...some],
    );
    for (const { at, seen_before } of rows) before.set(at, seen_before);
  }
  return before;
}

import type { HistoryCoverage, NotCovered } from "../protocol/history-answers.js";
import type { Kept, KeptSport, ReadingsAround } from "./kept.js";

/** What was not read for so many of its planned times, and this time (ms) beyond, was not looked at, whatever is noted. */
const PATIENCE = 3;
const PATIENCE_MS = 15_000;
/** So many stretches of coverage are told at once. */
const MAX_GAPS = 2000;
/** So many stretches are counted by one statement. */
const AT_ONCE = 100;

/** Nothing is kept of that time: it lies before the first reading, or was given up with old age. */
export const NOT_KEPT = "NOT_KEPT";
/** Nobody read the sport, and why is not known (yet: the next reading says). */
export const NOT_READ = "NOT_READ";

interface Stretch {
  readonly from: number;
  readonly to: number;
  /** Why it was not read; undefined where it was. */
  readonly reason?: string;
}

const patienceOf = (around: ReadingsAround): number => PATIENCE * around.everyMs + PATIENCE_MS;

/** Why a moment is not covered; undefined where it is. `around` are the readings around it. */
export async function gapAt(
  kept: Kept,
  sport: KeptSport,
  at: number,
  around: ReadingsAround,
): Promise<NotCovered | undefined> {
  const { readAt, after } = around;
  if (readAt === null) return { from: null, to: after, reason: NOT_KEPT };
  const [gap] = await kept.rows<{ from_at: number; to_at: number; reason: string }>(
    `select from_at, to_at, reason from gaps where sport = ?1 and from_at <= ?2 and to_at > ?2
      order by from_at desc limit 1`,
    [sport.id, at],
  );
  if (gap && at !== readAt) return { from: gap.from_at, to: gap.to_at, reason: gap.reason };
  const isHole = at - readAt > patienceOf(around);
  return isHole ? { from: readAt, to: after, reason: NOT_READ } : undefined;
}

/**
 * When a sport was read between two moments (ms since the epoch) and how often, and why not in between; undefined where
 * that has more parts than can be told at once.
 */
export async function coverage(
  kept: Kept,
  sport: KeptSport,
  from: number,
  to: number,
): Promise<HistoryCoverage[] | undefined> {
  if (to < from) return [];
  const [begin, end] = await Promise.all([kept.readings(sport, from), kept.readings(sport, to)]);
  if (end.readAt === null) return [{ from, to, reason: NOT_KEPT }];
  const first = begin.readAt === null ? (begin.after ?? to) : from;
  const isOpen = end.after === null && to - end.readAt > patienceOf(end);
  const last = isOpen ? Math.max(end.readAt, first) : to;
  const gaps = await kept.rows<{ from_at: number; to_at: number; reason: string }>(
    `select from_at, to_at, reason from gaps where sport = ?1 and to_at > ?2 and from_at < ?3
      order by from_at, to_at limit ${MAX_GAPS + 1}`,
    [sport.id, first, last],
  );
  if (gaps.length > MAX_GAPS) return undefined;
  const told: Stretch[] = first > from ? [{ from, to: first, reason: NOT_KEPT }] : [];
  let reached = first;
  for (const { from_at, to_at, reason } of gaps) {
    if (from_at > reached) told.push({ from: reached, to: from_at });
    const until = Math.min(to_at, last);
    if (until > reached) told.push({ from: Math.max(from_at, reached), to: until, reason });
    reached = Math.max(reached, until);
  }
  if (reached < last || last === first) told.push({ from: reached, to: last });
  if (last < to) told.push({ from: last, to, reason: NOT_READ });
  return withPace(kept, sport, told);
}

/** Says of each stretch that was read how often that was. */
async function withPace(kept: Kept, sport: KeptSport, told: readonly Stretch[]): Promise<HistoryCoverage[]> {
  const read = told.filter(({ reason }) => reason === undefined);
  const paces = new Map<Stretch, number>();
  for (let i = 0; i < read.length; i += AT_ONCE) {
    const some = read.slice(i, i + AT_ONCE);
    for (const [j, everyMs] of (await pacesOf(kept, sport, some)).entries())
      paces.set(some[j] as Stretch, everyMs);
  }
  return told.map((stretch) => {
    const { from, to, reason } = stretch;
    return reason === undefined ? { from, to, everyMs: paces.get(stretch) ?? 0 } : { from, to, reason };
  });
}

/** How often a sport was read in each stretch, in ms: as it was where that can be told, else as planned. */
async function pacesOf(kept: Kept, sport: KeptSport, stretches: readonly Stretch[]): Promise<number[]> {
  const parameters: number[] = [sport.id];
  const counts = stretches.map(({ from, to }, i) => {
    parameters.push(from, to);
    // The reading that the stretch begins with may lie before it.
    return `select ${i} as place, count(*) as readings, min(at) as first_at, max(at) as last_at, max(every_ms) as every_ms
      from readings where sport = ?1 and at <= ?${2 * i + 3}
      and at >= coalesce((select max(r.at) from readings r where r.sport = ?1 and r.at <= ?${2 * i + 2}), 0)`;
  });
  const rows = await kept.rows<{
    readings: number;
    first_at: number | null;
    last_at: number | null;
    every_ms: number | null;
  }>(`${counts.join(" union all ")} order by place`, parameters);
  return rows.map(({ readings, first_at, last_at, every_ms }) =>
    readings > 1 ? Math.round(((last_at ?? 0) - (first_at ?? 0)) / (readings - 1)) : (every_ms ?? 0),
  );
}

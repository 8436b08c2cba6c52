const HOUR_MS = 3_600_000;

/** What was spent within an hour that began at `from` (ms since the epoch). */
export interface SpentHour {
  readonly from: number;
  readonly credits: number;
}

/** The last `count` hours with what was spent in each, the oldest first; the one that `now` (ms) is in is the last. */
export function spentHours(
  byHour: Readonly<Record<string, number>>,
  now: number,
  count: number,
): SpentHour[] {
  const spent = new Map(Object.entries(byHour).map(([hour, credits]) => [Date.parse(hour), credits]));
  const last = Math.floor(now / HOUR_MS) * HOUR_MS;
  return Array.from({ length: count }, (_, i) => {
    const from = last - (count - 1 - i) * HOUR_MS;
    return { from, credits: spent.get(from) ?? 0 };
  });
}

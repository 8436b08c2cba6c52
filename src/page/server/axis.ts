/*
 * Where a chart's axes begin, end and have their lines: pure.
 */

const HOUR_MS = 3_600_000;

/** Steps that people count in, of each power of ten. */
const ROUND = [1, 2, 2.5, 5, 10];

/** Whole numbers from 0 up to the first round one that is no less than `most`, about `count` of them above 0. */
export function roundTicks(most: number, count: number): number[] {
  const least = Math.max(most, 1) / count;
  const power = 10 ** Math.max(0, Math.floor(Math.log10(least)));
  const step = ROUND.map((each) => each * power).find((each) => each >= least && Number.isInteger(each)) ?? 1;
  return Array.from({ length: Math.ceil(Math.max(most, 1) / step) + 1 }, (_, i) => i * step);
}

/** Steps of a time axis: of hours within a day, and of days. */
const STEPS_IN_HOURS = [1, 2, 3, 6, 12, 24, 48, 120, 240];

/** Moments (ms since the epoch) between two others that people here call round, `most` at most. */
export function timeTicks(from: number, to: number, most: number): number[] {
  const hours =
    STEPS_IN_HOURS.find((step) => (to - from) / (step * HOUR_MS) <= most) ?? Math.ceil((to - from) / HOUR_MS);
  const ticks: number[] = [];
  const next = new Date(from);
  next.setHours(0, 0, 0, 0);
  // By the calendar of this place, whose days may have 23 or 25 hours.
  while (next.getTime() < to && hours > 0) {
    if (next.getTime() > from) ticks.push(next.getTime());
    next.setHours(next.getHours() + hours);
  }
  return ticks;
}

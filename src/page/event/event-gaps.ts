import type { HistoryCoverage } from "../../client/index.js";
import type { Gap } from "./event-courses.js";

/*
 * When nobody looked, by the history up to when it was asked and by what came live since. Moments in ms since the epoch.
 */

/** The history's word for a time that it cannot tell of yet: the next reading will. */
const NOT_READ = "NOT_READ";

/**
 * The gaps up to `now`, in order and without overlap. For the time that the history answered for its word counts, for
 * what came after that the live one: `liveGaps`, and `firstLive`, the first reading that was seen live.
 */
export function gapsOf(
  coverage: readonly HistoryCoverage[],
  liveGaps: readonly Gap[],
  firstLive: number | null,
  now: number,
): Gap[] {
  const answered = coverage.at(-1)?.to ?? Number.NEGATIVE_INFINITY;
  const gaps = coverage.flatMap((part): Gap[] => ("reason" in part ? [part] : []));
  for (const { from, to, reason } of liveGaps) {
    const rest = { from: Math.max(from, answered), to: Math.min(to, now), reason };
    if (rest.to > rest.from) gaps.push(rest);
  }
  const told = inOneWhereTheyTouch(gaps);
  const last = told.at(-1);
  // Asked before the next reading: until that one nobody looked either.
  if (last && last.to === answered && last.reason === NOT_READ && firstLive !== null && firstLive > answered)
    told[told.length - 1] = { ...last, to: Math.min(firstLive, now) };
  return told;
}

/** What the history could not give a reason for, and goes on with one that is known, is one gap. */
function inOneWhereTheyTouch(gaps: readonly Gap[]): Gap[] {
  const told: Gap[] = [];
  for (const gap of gaps) {
    const last = told.at(-1);
    if (last && last.to === gap.from && (last.reason === NOT_READ || last.reason === gap.reason))
      told[told.length - 1] = { ...gap, from: last.from };
    else told.push(gap);
  }
  return told;
}

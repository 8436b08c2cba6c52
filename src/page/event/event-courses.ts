import type { HistoryChange } from "../../client/index.js";
import { type OddsFormat, toDecimal } from "../../prices/index.js";

/*
 * How the prices of one outcome moved, worked out of what changed: pure. Moments are in ms since the epoch.
 */

/** A bookmaker's market as it became, by the history or seen live. */
export type Change = Pick<HistoryChange, "bookmaker" | "market" | "at" | "after" | "outcomes">;

/** What one bookmaker's price became. It did so after `after` (null: not known), and by `at`. */
export interface Step {
  readonly at: number;
  readonly after: number | null;
  /** Decimal odds; null where there is no price from here on. */
  readonly price: number | null;
  /** The line that it is for; null where there is none. */
  readonly point: number | null;
  /** Whether that is another line than the one of the price before. */
  readonly isOtherLine: boolean;
}

/** How one bookmaker's price of the outcome went: all that is known of it. */
export interface Course {
  readonly bookmaker: string;
  /** In order of time; no two that follow on one another say the same. */
  readonly steps: readonly Step[];
}

/** A time in which nobody looked. At `from` somebody still did, and at `to` again. */
export interface Gap {
  readonly from: number;
  readonly to: number;
  /** A code. */
  readonly reason: string;
}

/** A part of a course without a gap: its steps, and how far the last one is known to hold. */
export interface Run {
  readonly steps: readonly PricedStep[];
  readonly to: number;
}

/** A step that has a price. */
export type PricedStep = Step & { readonly price: number };

/** A course at a moment. */
export interface AtMoment {
  /** The step that holds. */
  readonly step: PricedStep;
  /** The one after it, where that may have come already: the moment lies between its `after` and its `at`. */
  readonly perhaps: Step | undefined;
}

/**
 * How the prices of one outcome went, by bookmaker, in the order of their keys. Of two changes of one bookmaker at the same moment
 * the one that stands first counts.
 */
export function coursesOf(changes: readonly Change[], outcome: string, format: OddsFormat): Course[] {
  const byBookmaker = new Map<string, Change[]>();
  for (const change of changes) {
    const known = byBookmaker.get(change.bookmaker);
    if (known) known.push(change);
    else byBookmaker.set(change.bookmaker, [change]);
  }
  return [...byBookmaker]
    .map(([bookmaker, own]) => ({ bookmaker, steps: stepsOf(own, outcome, format) }))
    .filter(({ steps }) => steps.length > 0)
    .sort((one, other) => (one.bookmaker < other.bookmaker ? -1 : 1));
}

function stepsOf(changes: readonly Change[], outcome: string, format: OddsFormat): Step[] {
  const steps: Step[] = [];
  let before = Number.NaN;
  let point: number | null | undefined;
  for (const { at, after, outcomes } of [...changes].sort((one, other) => one.at - other.at)) {
    if (at === before) continue;
    before = at;
    const last = steps.at(-1);
    const now = priceIn(outcomes, outcome, format, point ?? null);
    const isNew = last ? last.price !== now.price || last.point !== now.point : now.price !== null;
    if (!isNew) continue;
    const isOtherLine = now.price !== null && point !== undefined && point !== now.point;
    steps.push({ at, after, ...now, isOtherLine });
    if (now.price !== null) point = now.point;
  }
  return steps;
}

/** Of several lines at once it is the one that was looked at before, else the first. */
function priceIn(
  outcomes: Change["outcomes"],
  name: string,
  format: OddsFormat,
  pointBefore: number | null,
): Pick<Step, "price" | "point"> {
  const named = (outcomes ?? []).filter((outcome) => outcome.name === name);
  const found = named.find(({ point }) => (point ?? null) === pointBefore) ?? named[0];
  const price = found && toDecimal(found.price, format);
  return price === undefined ? { price: null, point: null } : { price, point: found?.point ?? null };
}

/** What is known of a course at a moment; undefined where it has no price then, or nobody looked. */
export function atMoment({ steps }: Course, gaps: readonly Gap[], ms: number): AtMoment | undefined {
  if (gapAt(gaps, ms)) return undefined;
  const place = lastBy(steps, ms);
  const step = steps[place];
  if (!step || !hasPrice(step)) return undefined;
  const next = steps[place + 1];
  return { step, perhaps: next && next.after !== null && next.after < ms ? next : undefined };
}

/** The gap that a moment lies in. */
export function gapAt(gaps: readonly Gap[], ms: number): Gap | undefined {
  return gaps.find(({ from, to }) => from < ms && ms < to);
}

/** The place of the last step that came by a moment; -1 where none did. */
function lastBy(steps: readonly Step[], ms: number): number {
  let [low, high] = [0, steps.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((steps[middle]?.at ?? 0) <= ms) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/**
 * A course in the parts that may be drawn through, up to `end`: it breaks where nobody looked, and ends where there is no
 * price. `gaps` are in order and do not overlap.
 */
export function runsOf({ steps }: Course, gaps: readonly Gap[], end: number): Run[] {
  const runs: { steps: PricedStep[]; to: number }[] = [];
  let gap = 0;
  for (const [place, step] of steps.entries()) {
    if (!hasPrice(step) || step.at > end) continue;
    const until = Math.min(steps[place + 1]?.at ?? end, end);
    while ((gaps[gap]?.to ?? Number.POSITIVE_INFINITY) <= step.at) gap += 1;
    for (const { from, to } of covered(step.at, until, gaps, gap)) {
      const last = runs.at(-1);
      if (last && from === step.at && last.to === from) {
        last.steps.push(step);
        last.to = to;
      } else runs.push({ steps: [from === step.at ? step : { ...step, at: from, isOtherLine: false }], to });
    }
  }
  return runs;
}

/** The parts of a time in which somebody looked; of the gaps those before the `first` lie before it. */
function* covered(
  from: number,
  until: number,
  gaps: readonly Gap[],
  first: number,
): Generator<{ from: number; to: number }> {
  let begin = from;
  for (let i = first; i < gaps.length; i += 1) {
    const gap = gaps[i];
    if (!gap || gap.from >= until) break;
    if (gap.from >= begin) yield { from: begin, to: gap.from };
    begin = gap.to;
  }
  if (begin < until || begin === from) yield { from: begin, to: until };
}

/** The lowest and the highest price that runs have between two moments; undefined where they have none. */
export function extentOf(
  all: Iterable<readonly Run[]>,
  from: number,
  to: number,
): { readonly lowest: number; readonly highest: number } | undefined {
  let [lowest, highest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const runs of all) {
    for (const run of runs) {
      for (const [place, { at, price }] of run.steps.entries()) {
        if (at > to || (run.steps[place + 1]?.at ?? run.to) < from) continue;
        if (price < lowest) lowest = price;
        if (price > highest) highest = price;
      }
    }
  }
  return highest >= lowest ? { lowest, highest } : undefined;
}

/** The nearest moment before or after another one at which any price changed; undefined where there is none. */
export function nextChange(courses: readonly Course[], ms: number, way: "back" | "on"): number | undefined {
  let nearest: number | undefined;
  for (const { steps } of courses) {
    const place = lastBy(steps, way === "back" ? ms - 1 : ms);
    const at = steps[way === "back" ? place : place + 1]?.at;
    if (at === undefined) continue;
    if (nearest === undefined || (way === "back" ? at > nearest : at < nearest)) nearest = at;
  }
  return nearest;
}

function hasPrice(step: Step): step is PricedStep {
  return step.price !== null;
}

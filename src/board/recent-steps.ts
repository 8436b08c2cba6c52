import { addDirtyKeys, countDirtyKeys, type DirtyKeys, noDirtyKeys } from "./dirty-keys.js";
import type { ViewFilter } from "./view-filter.js";

/** A board keeps at most this many recent steps, none that was left behind longer ago than this (ms), and no more than this many dirty keys in all. */
export const RECENT_STEPS_LIMITS = { steps: 500, ageMs: 10 * 60_000, keys: 50_000 } as const;

/** A step that a board took: the version it reached, when (the reading's time, in ms since the epoch), and what changed. */
export interface PastStep {
  readonly version: number;
  readonly at: number;
  readonly dirty: DirtyKeys;
}

interface Kept extends PastStep {
  /** The reading (a count) that reached this version. */
  readonly reading: number;
  readonly weight: number;
}

/** What a client missed: the dirty keys of all steps since, and the reading after which its `last_update`s are old. */
export interface Missed {
  readonly dirty: DirtyKeys;
  readonly reading: number;
  readonly steps: number;
}

/** The recent steps of one board, oldest first: what a client that was away for a while is brought up to date from. */
export class RecentSteps {
  private readonly steps: Kept[] = [];
  private weight = 0;

  /** Takes in the step that reached `version` by the `reading`-th reading at `at` (ms). */
  add(version: number, reading: number, at: number, dirty: DirtyKeys): void {
    const weight = countDirtyKeys(dirty);
    this.steps.push({ version, reading, at, dirty, weight });
    this.weight += weight;
    while (this.steps.length > 1 && this.isOver(at)) this.weight -= this.steps.shift()?.weight ?? 0;
  }

  /** What changed after `version`, of a `view` or of all; undefined when that is no longer, or was never, known. */
  since(version: number, view?: ViewFilter): Missed | undefined {
    const oldest = this.steps[0];
    const from = oldest && this.steps[version - oldest.version];
    if (!from) return undefined;
    const later = this.steps.slice(version - oldest.version + 1);
    const dirty = noDirtyKeys();
    for (const step of later) addDirtyKeys(dirty, view ? view.dirty(step.dirty) : step.dirty);
    return { dirty, reading: from.reading, steps: later.length };
  }

  private isOver(now: number): boolean {
    // A version is as old as the step that left it behind: it may have been the latest for hours before.
    const leftAt = this.steps[1]?.at ?? now;
    return (
      this.steps.length > RECENT_STEPS_LIMITS.steps ||
      this.weight > RECENT_STEPS_LIMITS.keys ||
      now - leftAt > RECENT_STEPS_LIMITS.ageMs
    );
  }
}

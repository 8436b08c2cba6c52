import { logError } from "./errors.js";
import type { Logger } from "./logger.js";

/** A fault that goes on is logged again after this time, in ms. */
const AGAIN_MS = 10 * 60_000;
/** So many are kept apart; there are not so many sports. */
const MAX_KINDS = 1000;

/** Faults of ours that end nothing but what they struck: each is logged once with its stack, however often it recurs. */
export class Faults {
  private readonly loggedAt = new Map<string, number>();

  constructor(private readonly log: Logger) {}

  /** Takes down what was thrown, and what it struck: a sentence that stays the same while the fault does. */
  note(what: string, thrown: unknown): void {
    const now = performance.now();
    const last = this.loggedAt.get(what);
    if (last !== undefined && now - last < AGAIN_MS) return;
    if (this.loggedAt.size >= MAX_KINDS) this.loggedAt.clear();
    this.loggedAt.set(what, now);
    this.log.error(`${what}, by a fault of ours`, logError(thrown));
  }
}

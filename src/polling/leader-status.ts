import type { BoardStore } from "../board/store.js";
import { SourceError } from "../source-error.js";
import type { Backoff } from "./backoff.js";
import type { Billing } from "./billing.js";
import type { Clock } from "./clock.js";
import type { LeaderStatus, PollStatus, Trouble } from "./cluster.js";
import type { Schedule } from "./schedule.js";
import type { Ticker } from "./ticker.js";

/** How the reading of each sport goes, by the leader's own books. */
export class LeaderStatuses {
  constructor(
    private readonly boards: BoardStore,
    private readonly backoff: Backoff,
    private readonly billing: Billing,
    private readonly schedule: Schedule,
    private readonly ticker: Ticker,
    private readonly clock: Clock,
  ) {}

  /** How the reading of a sport goes. */
  of(sport: string): PollStatus {
    const now = this.clock.now();
    const trouble = this.trouble(sport, now);
    // Where only a person can help, its turn may be days away: what is tried sooner is whether one has.
    const isTried = trouble?.error.recovery === "person";
    const due = isTried ? 0 : this.schedule.nextAt(sport, now);
    return {
      nextFetchAt: Math.round(Math.max(due, trouble?.until ?? 0)),
      everyMs: this.schedule.interval(sport),
      trouble,
    };
  }

  /** What the followers are told of a sport. */
  message(sport: string, why: LeaderStatus["why"]): LeaderStatus {
    return {
      pollStatus: this.of(sport),
      quota: this.billing.credits.quota,
      phaseMs: this.ticker.phaseMs,
      why,
    };
  }

  private trouble(sport: string, now: number): Trouble | undefined {
    const failed = this.backoff.trouble(sport, this.clock.steady(), this.billing.need(sport));
    if (failed) return { error: failed.error, until: this.clock.wallOf(failed.until) };
    const refusal = this.billing.refusal(sport);
    if (refusal) return { error: refusal, until: now + this.billing.nextLookMs };
    const told = this.billing.trouble(sport);
    if (told) return { error: told, until: this.schedule.nextAt(sport, now) };
    const waits = !this.boards.get(sport) && this.schedule.waits(sport, now);
    return waits ? { error: notYet(), until: this.schedule.nextAt(sport, now) } : undefined;
  }
}

/** There is no board of a sport, and nothing went wrong. */
export function notYet(): SourceError {
  return new SourceError(
    "UPSTREAM_FAILED",
    "There is no board of this sport yet: credits are being saved, and its first read has to wait.",
    "retry",
    "CREDITS",
  );
}

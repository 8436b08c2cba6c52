import type { Logger } from "../logger.js";

/** What a measurement loses in certainty until the next, in ms: clocks run apart by a second in a quarter of an hour at worst. */
const DRIFT_MS = 1;
/** A machine's clock that is off by more than this (ms) is worth a line in the log. */
const OFF_MS = 1000;

/**
 * The clock that all processes go by: Redis', as far as it is known here. It runs on this machine's monotonic clock, so
 * that a step of the wall clock does not move it.
 */
export class SharedClock {
  /** What the clock shows, less the monotonic clock. */
  private base: number | undefined;
  /** How far off that may be, in ms. */
  private error = Number.POSITIVE_INFINITY;
  private wasOff = false;

  constructor(private readonly log: Logger) {}

  /** Ms since the epoch; by this machine's wall clock until Redis' was heard of. */
  now(): number {
    return Math.round(this.base === undefined ? Date.now() : this.base + performance.now());
  }

  /** Redis said that it was `time` (ms since the epoch), asked and answered at these moments of the monotonic clock. */
  hear(time: number, askedAt: number, answeredAt: number): void {
    this.measure(time - (askedAt + answeredAt) / 2, (answeredAt - askedAt) / 2);
    const aheadMs = Date.now() - this.now();
    const isOff = Math.abs(aheadMs) > OFF_MS;
    if (isOff && !this.wasOff) {
      this.log.warn("This machine's clock differs from Redis': all processes go by that of Redis", {
        aheadMs,
      });
    }
    this.wasOff = isOff;
  }

  private measure(base: number, error: number): void {
    this.error += DRIFT_MS;
    // The surer of the two is believed; but where they cannot both be true, Redis' clock was set.
    const fits = this.base !== undefined && Math.abs(base - this.base) <= error + this.error;
    if (fits && error > this.error) return;
    this.base = base;
    this.error = error;
  }
}

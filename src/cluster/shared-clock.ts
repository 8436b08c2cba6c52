/** What a measurement loses in certainty until the next, in ms: clocks run apart by a second in a quarter of an hour at worst. */
const DRIFT_MS = 1;

/**
 * The clock that all processes go by: Redis', as far as it is known here. It runs on this machine's monotonic clock, so
 * that a step of the wall clock does not move it.
 */
export class SharedClock {
  /** What the clock shows, less the monotonic clock. */
  private base: number | undefined;
  /** How far off that may be, in ms. */
  private error = Number.POSITIVE_INFINITY;

  /** Ms since the epoch; by this machine's wall clock until Redis' was heard of. */
  now(): number {
    return Math.round(this.base === undefined ? Date.now() : this.base + performance.now());
  }

  /** How far this machine's wall clock is ahead, in ms. */
  get aheadMs(): number {
    return Date.now() - this.now();
  }

  /** Redis said that it was `time` (ms since the epoch), asked and answered at these moments of the monotonic clock. */
  hear(time: number, askedAt: number, answeredAt: number): void {
    const base = time - (askedAt + answeredAt) / 2;
    const error = (answeredAt - askedAt) / 2;
    this.error += DRIFT_MS;
    // The surer of the two is believed; but where they cannot both be true, Redis' clock was set.
    const fits = this.base !== undefined && Math.abs(base - this.base) <= error + this.error;
    if (fits && error > this.error) return;
    this.base = base;
    this.error = error;
  }
}

import type { Metrics } from "../metrics.js";

/** Ticks that are off another's by less than this (ms) are left as they are. */
const OFF_MS = 20;

/** Ticks at a regular pace that late timers do not shift, on the monotonic clock: a step of the wall clock neither stops nor hurries it. */
export class Ticker {
  private timer: NodeJS.Timeout | undefined;
  private tick: (lateMs: number) => void = () => {};
  private begun = performance.now();
  private dueAt = performance.now();
  private running = false;

  /** `everyMs` is the time between two ticks. */
  constructor(
    private readonly everyMs: number,
    private readonly metrics: Pick<Metrics, "ticked">,
  ) {}

  /** How long ago the last tick was due, in ms. */
  get phaseMs(): number {
    return (performance.now() - this.dueAt) % this.everyMs;
  }

  /** Calls `tick` from here on with how late it is, in ms; the first time after a whole interval. */
  start(tick: (lateMs: number) => void): void {
    this.tick = tick;
    this.running = true;
    this.restart();
  }

  /** The next tick comes after a whole interval. */
  restart(): void {
    if (this.running) this.startAt(performance.now());
  }

  /** Ticks along with another, whose last tick was due `phaseMs` ago. */
  join(phaseMs: number): void {
    const off = (((this.phaseMs - phaseMs) % this.everyMs) + this.everyMs) % this.everyMs;
    if (!this.running || Math.min(off, this.everyMs - off) <= OFF_MS) return;
    this.startAt(performance.now() - (phaseMs % this.everyMs));
  }

  /** Stops for good. */
  stop(): void {
    this.running = false;
    clearTimeout(this.timer);
  }

  private startAt(begun: number): void {
    this.begun = begun;
    this.dueAt = begun;
    this.wait(1);
  }

  private wait(count: number): void {
    const due = this.begun + count * this.everyMs;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.dueAt = due;
      // A timer may fire a fraction of a ms early; what is due is due.
      const late = Math.max(0, performance.now() - due);
      const next = Math.max(count + 1, Math.floor((performance.now() - this.begun) / this.everyMs) + 1);
      this.wait(next);
      this.metrics.ticked(late);
      this.tick(late);
    }, due - performance.now());
  }
}

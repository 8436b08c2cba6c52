import { now, type Seen, type TickSeen } from "./shapes.js";

/** A tick's deliveries may begin this much (in ticks) before they are due by the first one. */
const EARLY = 0.15;
/** Nothing must have come for this long (in ticks) for a tick to count as over. */
const QUIET = 0.2;

/** Counts deliveries, and tells ticks apart by when they come. */
export class Tally {
  deliveries = 0;
  bytes = 0;
  /** When the last delivery came, counted or not. */
  lastAt = 0;
  private counting = false;
  private beganAt = 0;
  private firstAt = 0;
  private tickMs = 1;
  private wanted = 0;
  /** When each client got its last delivery. */
  private heard: number[] = [];
  private longestWait = 0;
  private ticks: { count: number; first: number; last: number }[] = [];

  /** A delivery has come to a client (a count), whole. */
  take(bytes: number, client: number): void {
    const at = now();
    const waited = at - (this.heard[client] ?? at);
    this.heard[client] = at;
    this.lastAt = at;
    if (!this.counting) return;
    if (waited > this.longestWait) this.longestWait = waited;
    if (this.firstAt === 0) this.firstAt = at;
    const number = Math.floor((at - this.firstAt) / this.tickMs + EARLY);
    if (number >= this.wanted) return;
    this.deliveries += 1;
    this.bytes += bytes;
    const tick = this.ticks[number];
    if (!tick) this.ticks[number] = { count: 1, first: at, last: at };
    else {
      tick.count += 1;
      tick.last = at;
    }
  }

  /** Whether a tick is over and the next has not begun. */
  quiet(tickMs: number): boolean {
    return this.lastAt > 0 && now() - this.lastAt > QUIET * tickMs;
  }

  /** All clients have gone. */
  forget(): void {
    this.lastAt = 0;
    this.heard = [];
  }

  begin(tickMs: number, ticks: number): void {
    this.deliveries = 0;
    this.bytes = 0;
    this.ticks = [];
    this.firstAt = 0;
    this.longestWait = 0;
    this.tickMs = tickMs;
    this.wanted = ticks;
    this.beganAt = now();
    this.counting = true;
  }

  /** Whether all ticks are over, or none will come any more. */
  get over(): boolean {
    const { firstAt, beganAt, wanted, tickMs } = this;
    if (firstAt === 0) return now() - beganAt > 5 * tickMs + 5000;
    return now() > firstAt + (wanted - EARLY) * tickMs;
  }

  end(dropped: number): Seen {
    this.counting = false;
    const { deliveries, bytes, ticks: seen, wanted, beganAt } = this;
    const ticks: TickSeen[] = Array.from({ length: wanted }, (_, i) => seen[i] ?? NONE);
    const at = now();
    const longestWaitMs = this.heard.reduce((most, heard) => Math.max(most, at - heard), this.longestWait);
    return { answers: "window", deliveries, bytes, ticks, dropped, longestWaitMs, ms: at - beganAt };
  }
}

const NONE: TickSeen = { count: 0, first: 0, last: 0 };

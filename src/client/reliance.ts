import type { ClientBoard } from "./apply-delta.js";
import type { OddsError } from "./errors.js";
import type { SportState, Standing } from "./state.js";

/** A server that is silent for this many ticks is not to be relied on. */
const SILENT_TICKS = 3;
/** And never sooner than this, in ms. */
const SILENT_MS = 2000;

/** A message that took this much longer (ms) than others is no measure for those to come. */
const LATE_MS = 1000;

/** A moment, on both of a device's clocks: now, or so many ms ago. */
export class Moment {
  private readonly steady: number;
  private readonly wall: number;

  constructor(agoMs = 0) {
    this.steady = performance.now() - agoMs;
    this.wall = Date.now() - agoMs;
  }

  /**
   * How long ago it was, in ms, by the steady clock. That may stand still while a laptop sleeps, so by the wall clock
   * where that is ahead by more than `aheadMs`; it may be put back, and so be behind.
   */
  ageMs(aheadMs = 0): number {
    const steadyMs = performance.now() - this.steady;
    const wallMs = Date.now() - this.wall;
    return wallMs > steadyMs + aheadMs ? wallMs : steadyMs;
  }
}

/** How far a sport's board may be relied on, by when the server was last heard. */
export class Reliance {
  /** When the last board came, or the subscription began. */
  private heard = new Moment();
  /** Since when there has been silence: the last board, or the connection, whichever came later. */
  private silence = this.heard;
  /** When the server last said anything of this sport, or the subscription began. */
  private answer = this.heard;
  private tickMs = 5000;
  /** A moment at which the server's clock was at `stamp`, as nearly as is known. */
  private stamped = this.heard;
  private stamp = Number.NaN;
  /** Why the board may be behind: the connection was cut, or what was sent has ended, and none has come since. */
  private behind: string | null = null;

  constructor(private readonly connection: Standing) {}

  /** Whether the server has not said anything for longer than a tick or two can explain. */
  get unanswered(): boolean {
    return this.answer.ageMs() > this.patienceMs;
  }

  /** What tells from now on how old the data of the board is that came last, in ms. */
  ageOf({ timestamp, fetchedAt }: ClientBoard): () => number {
    const { heard } = this;
    return () => Math.round(Math.max(0, timestamp - fetchedAt) + heard.ageMs());
  }

  /** Takes in that the server has answered, and the time between two updates, in ms. */
  answered(tickMs = this.tickMs): void {
    if (tickMs > 0) this.tickMs = tickMs;
    this.answer = new Moment();
  }

  /** Takes in when the server was asked for what it sends from here on, and what its clock was at as it agreed. */
  agreed(asked: Moment, timestamp: number): void {
    this.stamped = asked;
    this.stamp = timestamp;
  }

  /** Takes in that a board has come, which the server sent at `timestamp` by its clock. */
  boardCame({ timestamp }: ClientBoard): void {
    this.behind = null;
    this.heard = new Moment(this.lateness(timestamp));
    this.answer = this.heard;
    this.silence = this.heard;
  }

  /** Takes in that there is a connection. */
  connected(): void {
    this.silence = new Moment();
  }

  /** Takes in that steps of the board are missed, and why: there is no connection, unless told otherwise. */
  missing(why: string = this.connection.trouble?.code ?? "NO_ANSWER"): void {
    this.behind = why;
  }

  /** That of a board, or of none; `error` is the sport's. */
  of(board: ClientBoard | null, error: OddsError | null): Pick<SportState, "status" | "reason"> {
    const { state, trouble } = this.connection;
    const stale = board && "stale";
    if (state !== "connected") return { status: stale, reason: trouble?.code ?? this.behind };
    if (!board && error) return { status: null, reason: error.code };
    if (this.silence.ageMs() > this.patienceMs) return { status: stale, reason: "SILENT" };
    if (!board) return { status: null, reason: null };
    if (this.behind) return { status: stale, reason: this.behind };
    return { status: board.status, reason: board.status === "live" ? null : board.reason };
  }

  /**
   * How long what comes now was on its way, in ms. It may have waited for a page that was frozen, or a device that slept:
   * only the wall clock may have counted that. That it is far ahead may also mean that it was set, until the next answer.
   */
  private lateness(timestamp: number): number {
    const lateMs = this.stamped.ageMs(this.patienceMs) - (timestamp - this.stamp);
    if (!(lateMs > LATE_MS)) this.agreed(new Moment(), timestamp);
    return lateMs > 0 ? lateMs : 0;
  }

  private get patienceMs(): number {
    return Math.max(SILENT_MS, SILENT_TICKS * this.tickMs);
  }
}

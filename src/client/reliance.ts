import type { ClientBoard } from "./apply-delta.js";
import type { OddsError } from "./errors.js";
import type { SportState, Standing } from "./state.js";

/** A server that is silent for this many ticks is not to be relied on. */
const SILENT_TICKS = 3;
/** And never sooner than this, in ms. */
const SILENT_MS = 2000;

/** A moment, on both of a device's clocks. */
class Moment {
  private readonly steady = performance.now();
  private readonly wall = Date.now();

  /**
   * How long ago it was, in ms: the steady clock may stand still while a laptop sleeps, and the wall clock may be put
   * back, so the larger of both differences.
   */
  get ageMs(): number {
    return Math.max(performance.now() - this.steady, Date.now() - this.wall);
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
  /** Why the board may be behind: the connection was cut, or what was sent has ended, and none has come since. */
  private behind: string | null = null;

  constructor(private readonly connection: Standing) {}

  /** Whether the server has not said anything for longer than a tick or two can explain. */
  get unanswered(): boolean {
    return this.answer.ageMs > this.patienceMs;
  }

  /** What tells from now on how old the data of the board is that came last, in ms. */
  ageOf({ timestamp, fetchedAt }: ClientBoard): () => number {
    const { heard } = this;
    return () => Math.round(Math.max(0, timestamp - fetchedAt) + heard.ageMs);
  }

  /** Takes in that the server has answered, and the time between two updates, in ms. */
  answered(tickMs = this.tickMs): void {
    if (tickMs > 0) this.tickMs = tickMs;
    this.answer = new Moment();
  }

  /** Takes in that a board has come. */
  boardCame(): void {
    this.behind = null;
    this.heard = new Moment();
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
    if (this.silence.ageMs > this.patienceMs) return { status: stale, reason: "SILENT" };
    if (!board) return { status: null, reason: null };
    if (this.behind) return { status: stale, reason: this.behind };
    return { status: board.status, reason: board.status === "live" ? null : board.reason };
  }

  private get patienceMs(): number {
    return Math.max(SILENT_MS, SILENT_TICKS * this.tickMs);
  }
}

import { applyDelta, type ClientBoard, DeltaGap } from "./apply-delta.js";
import { Listeners } from "./listeners.js";
import type { ErrorMessage, OddsDelta, OddsUpdate } from "./messages.js";

/** Something that did not work, by the server's error codes, or `NO_ANSWER` where the server did not answer in time. */
export interface OddsError {
  readonly code: ErrorMessage["code"] | "NO_ANSWER";
  readonly message: string;
  readonly sport?: string;
}

/** What a frontend draws of one sport. A new object at each change; a board's unchanged events keep their identity. */
export interface SportState {
  readonly sport: string;
  /** The latest board; null before the first. */
  readonly board: ClientBoard | null;
  /** The server's word on the board: `live`, `stale` or `paused`; null before the first. */
  readonly status: ClientBoard["status"] | null;
  /** Whether the prices should not be relied on: the status is not `live`, or the server is silent or out of reach. */
  readonly stale: boolean;
  /** The last error that concerns this sport; null once boards come again. */
  readonly error: OddsError | null;
  /** How old the data is now, in ms, whatever the clocks of server and client say; null before the first board. */
  ageMs(): number | null;
}

/** Called with each new state of a sport. */
export type SportListener = (state: SportState) => void;

/** A server that is silent for this many ticks is not to be relied on. */
const SILENT_TICKS = 3;
/** And never sooner than this, in ms. */
const SILENT_MS = 2000;
/** After so many gaps in a row it is of no use to tell the server from where to go on. */
const HOPELESS_GAPS = 2;

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

/** One sport at one client: keeps its board by updates and deltas, and tells the listeners. */
export class Subscription {
  readonly listeners = new Listeners<SportState>();
  private board: ClientBoard | null = null;
  private error: OddsError | null = null;
  /** When the last board came, or the subscription began. */
  private heard = new Moment();
  /** When the server last said anything of this sport, or the subscription began. */
  private answer = this.heard;
  private tickMs = 5000;
  private reachable = true;
  /** Deltas that did not follow on the board, since the last one that did. */
  private gaps = 0;
  private told: SportState;

  constructor(readonly sport: string) {
    this.told = this.state();
  }

  /** The state as last told. */
  get current(): SportState {
    return this.told;
  }

  /** From where to go on after a gap; undefined where only a whole board helps. */
  get since(): { epoch: string; version: number } | undefined {
    return this.board && this.gaps < HOPELESS_GAPS
      ? { epoch: this.board.epoch, version: this.board.version }
      : undefined;
  }

  /** Whether the server has not said anything for longer than a tick or two can explain. */
  get unanswered(): boolean {
    return this.answer.ageMs > this.patienceMs;
  }

  /** Takes in that the server has answered, and the time between two updates, in ms. */
  answered(tickMs = this.tickMs): void {
    if (tickMs > 0) this.tickMs = tickMs;
    this.answer = new Moment();
  }

  /** Takes in a whole board. */
  update({ type: _, ...board }: OddsUpdate): true {
    this.take({ ...board, odds: withKnownEvents(this.board?.odds ?? [], board.odds) });
    return true;
  }

  /** Takes in what changed. False when a step is missing: the caller asks for what is. */
  delta(delta: OddsDelta): boolean {
    if (!this.board) return false;
    try {
      this.take(applyDelta(this.board, delta));
      return true;
    } catch (error) {
      if (!(error instanceof DeltaGap)) throw error;
      this.gaps += 1;
      return false;
    }
  }

  /** Takes in that what came cannot be read: only a whole board helps. */
  lose(): void {
    this.gaps = HOPELESS_GAPS;
  }

  /** Takes in an error that concerns this sport. False when it is the one that is known already. */
  failed(error: OddsError): boolean {
    if (this.error?.code === error.code && this.error.message === error.message) return false;
    this.error = error;
    this.tell();
    return true;
  }

  /** Takes in whether the server can be reached, and tells the listeners if that makes a difference. */
  check(reachable: boolean): void {
    this.reachable = reachable;
    if (this.told.stale !== this.isStale()) this.tell();
  }

  private get patienceMs(): number {
    return Math.max(SILENT_MS, SILENT_TICKS * this.tickMs);
  }

  private take(board: ClientBoard): void {
    this.board = board;
    this.error = null;
    this.gaps = 0;
    this.heard = new Moment();
    this.answer = this.heard;
    this.tell();
  }

  private tell(): void {
    this.told = this.state();
    this.listeners.tell(this.told);
  }

  private isStale(): boolean {
    const silent = this.heard.ageMs > this.patienceMs;
    return !this.reachable || silent || (this.board !== null && this.board.status !== "live");
  }

  private state(): SportState {
    const { sport, board, error, heard } = this;
    return {
      sport,
      board,
      status: board?.status ?? null,
      stale: this.isStale(),
      error,
      ageMs: () => (board ? Math.round(Math.max(0, board.timestamp - board.fetchedAt) + heard.ageMs) : null),
    };
  }
}

/** A whole board, with the events that are just as before in their old objects. */
function withKnownEvents(before: ClientBoard["odds"], after: ClientBoard["odds"]): ClientBoard["odds"] {
  const known = new Map(before.map((event) => [event.id, event]));
  return after.map((event) => {
    const was = known.get(event.id);
    return was && JSON.stringify(was) === JSON.stringify(event) ? was : event;
  });
}

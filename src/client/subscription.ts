import type { ErrorMessage, OddsDelta, OddsUpdate } from "../gateways/protocol.js";
import { applyDelta, type ClientBoard, DeltaGap } from "./apply-delta.js";

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

/** One sport at one client: keeps its board by updates and deltas, and tells the listeners. */
export class Subscription {
  readonly listeners = new Set<SportListener>();
  private board: ClientBoard | null = null;
  private error: OddsError | null = null;
  private heardAt = performance.now();
  private readAt = 0;
  private tickMs = 5000;
  private reachable = true;
  private told: SportState;

  constructor(readonly sport: string) {
    this.told = this.state();
  }

  /** The state as last told. */
  get current(): SportState {
    return this.told;
  }

  /** From where to go on after a gap; undefined before the first board. */
  get since(): { epoch: string; version: number } | undefined {
    return this.board ? { epoch: this.board.epoch, version: this.board.version } : undefined;
  }

  /** Whether nothing was heard for longer than a tick or two can explain. */
  get silent(): boolean {
    return performance.now() - this.heardAt > Math.max(SILENT_MS, SILENT_TICKS * this.tickMs);
  }

  /** Takes in the time between two updates, in ms. */
  acknowledged(tickMs: number): void {
    this.tickMs = tickMs;
    this.heardAt = performance.now();
  }

  /** Takes in a whole board. */
  update({ type: _, ...board }: OddsUpdate): void {
    this.heard({ ...board, odds: withKnownEvents(this.board?.odds ?? [], board.odds) });
  }

  /** Takes in what changed. False when a step is missing: the caller asks for what is. */
  delta(delta: OddsDelta): boolean {
    if (!this.board) return false;
    try {
      this.heard(applyDelta(this.board, delta));
      return true;
    } catch (error) {
      if (error instanceof DeltaGap) return false;
      throw error;
    }
  }

  /** Takes in an error that concerns this sport. */
  failed(error: OddsError): void {
    this.error = error;
    this.tell();
  }

  /** Takes in whether the server can be reached, and tells the listeners if that makes a difference. */
  check(reachable: boolean): void {
    this.reachable = reachable;
    if (this.told.stale !== this.isStale()) this.tell();
  }

  private heard(board: ClientBoard): void {
    this.board = board;
    this.error = null;
    this.heardAt = performance.now();
    this.readAt = this.heardAt - Math.max(0, board.timestamp - board.fetchedAt);
    this.tell();
  }

  private tell(): void {
    this.told = this.state();
    for (const listener of this.listeners) listener(this.told);
  }

  private isStale(): boolean {
    return !this.reachable || this.silent || (this.board !== null && this.board.status !== "live");
  }

  private state(): SportState {
    const { sport, board, error, readAt } = this;
    return {
      sport,
      board,
      status: board?.status ?? null,
      stale: this.isStale(),
      error,
      ageMs: () => (board ? Math.round(performance.now() - readAt) : null),
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

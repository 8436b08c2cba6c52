import { applyDelta, type ClientBoard, DeltaGap } from "./apply-delta.js";
import type { OddsError } from "./errors.js";
import { keep, withoutLastUpdate } from "./keep.js";
import { Listeners } from "./listeners.js";
import type { OddsDelta, OddsUpdate } from "./messages.js";
import type { SportListener, SportState, Standing } from "./state.js";
import { covers, type GivenOnly, keyOf, type Sieve, sieveOf, unionOf, View } from "./views.js";

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

/** All listeners that look at the same of a sport. */
interface Part {
  readonly view: View;
  readonly listeners: Listeners<SportState>;
  told: SportState;
  /** What was last made of a board. */
  made?: { readonly of: ClientBoard; readonly board: ClientBoard };
}

/**
 * One sport at one client: keeps its board by updates and deltas, and tells each listener of its part. The server is
 * asked for one view that holds all parts.
 */
export class Subscription {
  private readonly parts = new Map<string, Part>();
  /** What the server sends, once that is known: what comes before was sent to one whose place this has taken. */
  private sent: { readonly view: Sieve } | undefined;
  /** The view that the board is of. */
  private held: Sieve;
  private board: ClientBoard | null = null;
  private error: OddsError | null = null;
  /** When the last board came, or the subscription began. */
  private heard = new Moment();
  /** Since when there has been silence: the last board, or the connection, whichever came later. */
  private silence = this.heard;
  /** When the server last said anything of this sport, or the subscription began. */
  private answer = this.heard;
  private tickMs = 5000;
  /** Why the board may be behind: the connection was cut, and none has come since. */
  private behind: string | null = null;
  /** Deltas that did not follow on the board, since the last one that did. */
  private gaps = 0;
  private told: SportState;

  /** `lastUpdate`: whether boards are to have their `last_update`s. `changed` is called with each new state. */
  constructor(
    readonly sport: string,
    private readonly connection: Standing,
    private readonly lastUpdate: boolean,
    private readonly changed: () => void,
  ) {
    this.told = this.state();
  }

  /** The state as last told, of all that is held. */
  get current(): SportState {
    return this.told;
  }

  /** Whether anybody listens. */
  get isWanted(): boolean {
    return this.parts.size > 0;
  }

  /** The view that holds all that anybody listens to, as a word. */
  get wanted(): string {
    return keyOf(this.union);
  }

  /** That view: what the server is to be asked for; undefined for the whole board. */
  get union(): Sieve {
    return unionOf([...this.parts.values()].map(({ view }) => view.sieve));
  }

  /** Has `listener` told of its part, until `stop` is called. `state` is that part's, as it is now. */
  add(listener: SportListener, only: GivenOnly | undefined): { state: SportState; stop: () => void } {
    const sieve = sieveOf(only);
    const key = keyOf(sieve);
    const view = this.parts.get(key)?.view ?? new View(sieve);
    const part = this.parts.get(key) ?? { view, listeners: new Listeners<SportState>(), told: this.told };
    if (!this.parts.has(key)) part.told = this.stateOf(part);
    this.parts.set(key, part);
    const leave = part.listeners.add(listener);
    const stop = () => {
      leave();
      if (part.listeners.size === 0 && this.parts.get(key) === part) this.parts.delete(key);
    };
    return { state: part.told, stop };
  }

  /** The application has closed the connection: nobody is told any more. */
  clear(): void {
    for (const { listeners } of this.parts.values()) listeners.clear();
    this.parts.clear();
  }

  /** From here on the server sends this view. */
  joined(view: Sieve): void {
    this.sent = { view };
  }

  /** From where to go on after a gap; undefined where only a whole board helps. */
  get since(): { epoch: string; version: number } | undefined {
    return this.board && this.gaps < HOPELESS_GAPS && keyOf(this.held) === this.wanted
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
    if (!this.sent) return true;
    this.held = this.sent.view;
    this.take(this.lastUpdate ? board : { ...board, odds: withoutLastUpdate(board.odds) });
    return true;
  }

  /** Takes in what changed. False when a step is missing: the caller asks for what is. */
  delta(delta: OddsDelta): boolean {
    if (!this.sent) return true;
    if (!this.board) return false;
    try {
      const { changes } = delta;
      this.take(
        applyDelta(
          this.board,
          this.lastUpdate ? delta : { ...delta, changes: { ...changes, read: undefined } },
        ),
      );
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

  /** Tells the listeners if the connection, or a silence, makes a difference. */
  check(): void {
    const { state, trouble } = this.connection;
    if (state === "connected" && this.told.connection !== state) this.silence = new Moment();
    if (state !== "connected" && this.board) this.behind = trouble?.code ?? "NO_ANSWER";
    const now = this.state();
    const { connection, status, reason, error } = this.told;
    const same = now.connection === connection && now.status === status && now.reason === reason;
    if (!same || now.error !== error) this.tell(now);
  }

  private get patienceMs(): number {
    return Math.max(SILENT_MS, SILENT_TICKS * this.tickMs);
  }

  private take(board: ClientBoard): void {
    // What cannot be read throws here, not in the application that would draw it.
    for (const { id } of board.odds) if (typeof id !== "string") throw new TypeError("An event has no id.");
    this.board = { ...board, odds: keep(this.board?.odds, board.odds) };
    this.error = null;
    this.gaps = 0;
    this.behind = null;
    this.heard = new Moment();
    this.answer = this.heard;
    this.silence = this.heard;
    this.tell();
  }

  /** What a part has of the board; null while that is of a view which lacks some of it. */
  private boardOf(part: Part): ClientBoard | null {
    const { board, held } = this;
    const { view } = part;
    if (!board || view.sieve === undefined || !covers(held, view.sieve)) {
      return covers(held, view.sieve) ? board : null;
    }
    if (part.made?.of !== board) part.made = { of: board, board: { ...board, odds: view.of(board.odds) } };
    return part.made.board;
  }

  /** A part's state: what is told of all that is held, where that is the part. */
  private stateOf(part: Part): SportState {
    const board = this.boardOf(part);
    return board === this.told.board ? this.told : this.state(board);
  }

  private tell(state = this.state()): void {
    this.told = state;
    // All first: a listener may ask for another part.
    for (const part of this.parts.values()) part.told = this.stateOf(part);
    for (const { listeners, told } of [...this.parts.values()]) listeners.tell(told);
    this.changed();
  }

  private reliance(board: ClientBoard | null): Pick<SportState, "status" | "reason"> {
    const { error } = this;
    const { state, trouble } = this.connection;
    const stale = board && "stale";
    if (state !== "connected") return { status: stale, reason: trouble?.code ?? this.behind };
    if (!board && error) return { status: null, reason: error.code };
    if (this.silence.ageMs > this.patienceMs) return { status: stale, reason: "SILENT" };
    if (!board) return { status: null, reason: null };
    if (this.behind) return { status: stale, reason: this.behind };
    return { status: board.status, reason: board.status === "live" ? null : board.reason };
  }

  private state(board = this.board): SportState {
    const { sport, heard } = this;
    const { state: connection, trouble } = this.connection;
    const { status, reason } = this.reliance(board);
    return {
      sport,
      board,
      connection,
      status,
      reason,
      stale: status !== "live",
      error: this.error ?? trouble,
      ageMs: () => (board ? Math.round(Math.max(0, board.timestamp - board.fetchedAt) + heard.ageMs) : null),
    };
  }
}

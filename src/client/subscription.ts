import { AgreedView, isOneTooMany } from "./agreed-view.js";
import { isSame, type OddsError } from "./errors.js";
import { KeptBoard } from "./kept-board.js";
import type { OddsDelta, OddsUpdate } from "./messages.js";
import { type Part, Parts } from "./parts.js";
import { type Moment, Reliance } from "./reliance.js";
import type { SportListener, SportState, Standing } from "./state.js";
import { type GivenOnly, keyOf, type Sieve } from "./views.js";

/**
 * One sport at one client: keeps its board by updates and deltas, and tells each listener of its part. The server is
 * asked for one view that holds all parts, or for the whole board where it has no room for that view.
 */
export class Subscription {
  private readonly parts = new Parts((part) => this.stateOf(part));
  private readonly reliance: Reliance;
  private readonly agreed = new AgreedView();
  private readonly kept: KeptBoard;
  private error: OddsError | null = null;
  private told: SportState;

  /** `lastUpdate`: whether boards are to have their `last_update`s. `changed` is called with each new state. */
  constructor(
    readonly sport: string,
    private readonly connection: Standing,
    lastUpdate: boolean,
    private readonly changed: () => void,
  ) {
    this.kept = new KeptBoard(lastUpdate);
    this.reliance = new Reliance(connection);
    this.told = this.state();
  }

  /** The state as last told, of all that is held. */
  get current(): SportState {
    return this.told;
  }

  /** Whether anybody listens. */
  get isWanted(): boolean {
    return this.parts.isWatched;
  }

  /** The view that holds all that anybody listens to, as a word. */
  get wanted(): string {
    return keyOf(this.parts.union);
  }

  /** What the server is to be asked for; undefined for the whole board. */
  get asked(): Sieve {
    return this.agreed.asked(this.parts.union);
  }

  /** Has `listener` told of its part, until `stop` is called. `state` is that part's, as it is now. */
  add(listener: SportListener, only: GivenOnly | undefined): { state: SportState; stop: () => void } {
    return this.parts.add(listener, only);
  }

  /** The state of what a listener would watch, as last told. */
  peek(only: GivenOnly | undefined): SportState {
    return this.parts.peek(only);
  }

  /** The application has closed the connection: nobody is told any more. */
  clear(): void {
    this.parts.clear();
  }

  /** There is a new connection, on which it is asked for anew. */
  begin(): void {
    this.agreed.begin();
  }

  /** From here on the server sends this view: when it was asked for that, and agreed, by its clock. */
  joined(view: Sieve, asked: Moment, timestamp: number): void {
    this.agreed.agree(view, this.parts.union);
    this.reliance.agreed(asked, timestamp);
  }

  /** From where to go on after a gap; undefined where only a whole board helps. */
  get since(): { epoch: string; version: number } | undefined {
    return this.kept.since(this.asked);
  }

  /** Whether the server has not said anything for longer than a tick or two can explain. */
  get unanswered(): boolean {
    return this.reliance.unanswered;
  }

  /** Takes in that the server has answered, and the time between two updates, in ms. */
  answered(tickMs?: number): void {
    this.reliance.answered(tickMs);
  }

  /** Takes in a whole board. */
  update(update: OddsUpdate): true {
    const { sent } = this.agreed;
    if (!sent) return true;
    this.kept.update(update, sent.view);
    this.boardCame();
    return true;
  }

  /** Takes in what changed. False when a step is missing: the caller asks for what is. */
  delta(delta: OddsDelta): boolean {
    if (!this.agreed.sent) return true;
    if (!this.kept.delta(delta)) return false;
    this.boardCame();
    return true;
  }

  /** Takes in that what came cannot be read: only a whole board helps. */
  lose(): void {
    this.kept.lose();
  }

  /** Takes in an error that concerns this sport. False when it is the one that is known already. */
  failed(error: OddsError): boolean {
    if (isSame(this.error, error)) return false;
    this.error = error;
    this.tell();
    return true;
  }

  /** Takes in why the server does not send what it was asked for. False when that is known already. */
  refused(view: Sieve, error: OddsError): boolean {
    const isNews = this.agreed.refuse(view, error);
    if (!isOneTooMany(view, error)) return this.failed(error) && isNews;
    // Only those hear of it for whose part there is no board: the others may have theirs as before.
    this.tell();
    return isNews;
  }

  /** The view that `error` is the end of, as the server has no room for it any more: what it sent is behind. */
  endedBy(error: OddsError): Sieve {
    const view = this.agreed.endedBy(error);
    if (view) this.reliance.missing(error.code);
    return view;
  }

  /** Tells the listeners if the connection, or a silence, makes a difference. */
  check(): void {
    const { state } = this.connection;
    if (state === "connected" && this.told.connection !== state) this.reliance.connected();
    if (state !== "connected" && this.kept.board) this.reliance.missing();
    const now = this.state();
    const { connection, status, reason, error } = this.told;
    const same = now.connection === connection && now.status === status && now.reason === reason;
    if (!same || now.error !== error) this.tell(now);
  }

  private boardCame(): void {
    this.error = null;
    if (this.kept.board) this.reliance.boardCame(this.kept.board);
    this.tell();
  }

  /** A part's state: what is told of all that is held, where that is the part. */
  private stateOf(part: Part): SportState {
    const board = this.kept.board && part.of(this.kept.board, this.kept.view);
    return board === this.told.board ? this.told : this.state(board);
  }

  private tell(state = this.state()): void {
    this.told = state;
    this.parts.tell();
    this.changed();
  }

  private state(board = this.kept.board): SportState {
    const { sport, reliance } = this;
    const { state: connection, trouble } = this.connection;
    const error = this.error ?? (board ? null : this.agreed.refusal);
    const { status, reason } = reliance.of(board, error);
    const age = board && reliance.ageOf(board);
    return {
      sport,
      board,
      connection,
      status,
      reason,
      stale: status !== "live",
      error: error ?? trouble,
      ageMs: () => age?.() ?? null,
    };
  }
}

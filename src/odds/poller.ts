import { logError, SourceError } from "../errors.js";
import type { Logger } from "../logger.js";
import type { Backoff } from "./backoff.js";
import type { BoardStore } from "./board-store.js";
import type { SportsCatalog } from "./catalog.js";
import type { Credits } from "./credits.js";
import type { Demand } from "./demand.js";
import type { Sport } from "./model.js";
import type { OddsSource, Reading } from "./ports.js";
import type { Schedule } from "./schedule.js";

/** How long a tick waits for its read before the last board goes out in its place, in ms (at most half a tick). */
export const READ_WAIT_MS = 1000;

/** What is left is asked for, free, when nothing was heard of it for this long (ms). */
const LOOK_MS = 10 * 60_000;

/** What the poller works with. `tickMs` is the time between two ticks. */
export interface PollerParts {
  readonly source: OddsSource;
  readonly catalog: SportsCatalog;
  readonly boards: BoardStore;
  readonly demand: Demand;
  readonly backoff: Backoff;
  readonly credits: Credits;
  readonly schedule: Schedule;
  readonly log: Logger;
  readonly tickMs: number;
  readonly now?: () => number;
}

/** What the poller tells: a sport's board is to be sent (read anew or not), or a read of it has failed. */
export interface PollListener {
  board(sport: string): void;
  failure(sport: string, error: SourceError): void;
}

/** Each tick, reads the sports that somebody wants. A tick is never late because the one before it was. */
export class Poller {
  private readonly reads = new Map<string, Promise<void>>();
  /** The last reading of each sport: one that the cache gives again was not paid for again. */
  private readonly readings = new Map<string, Reading>();
  private lookedAt = 0;
  private readonly listeners: PollListener[] = [];
  private readonly now: () => number;
  private timer: NodeJS.Timeout | undefined;
  private stopped = true;

  constructor(private readonly parts: PollerParts) {
    this.now = parts.now ?? Date.now;
    parts.demand.onFirstWanted((sport) => {
      if (!this.stopped) void this.serveFirst(sport);
    });
  }

  /** Tells `listener` of every board and failure from here on. */
  listen(listener: PollListener): void {
    this.listeners.push(listener);
  }

  /** Starts ticking, on a grid that late timers do not shift. */
  start(): void {
    this.stopped = false;
    // The grid is the monotonic clock's: a step of the wall clock neither stops nor hurries it.
    this.beatFrom(performance.now(), 1);
  }

  private beatFrom(begun: number, beat: number): void {
    const due = begun + beat * this.parts.tickMs;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      // A timer may fire a fraction of a ms early; what is due is due.
      const late = Math.max(0, performance.now() - due);
      this.tick(Math.round(this.now() - late));
      const next = Math.max(beat + 1, Math.floor((performance.now() - begun) / this.parts.tickMs) + 1);
      if (!this.stopped) this.beatFrom(begun, next);
    }, due - performance.now());
  }

  /** Stops ticking; reads under way are the source's to end. */
  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  /** Reckons anew how often each sport is read; part of each tick. */
  plan(at: number): void {
    const { schedule, credits, demand } = this.parts;
    schedule.plan(at);
    // Where reads are rare, or have stopped, only the free call tells of a reset or of a larger plan.
    if (Math.min(credits.silentMs, at - this.lookedAt) < LOOK_MS || demand.wanted().length === 0) return;
    this.lookedAt = at;
    void this.look().then(() => schedule.plan(at));
  }

  /** Whether a read of a sport is under way. */
  isReading(sport: string): boolean {
    return this.reads.has(sport);
  }

  /** One tick, due at `at` (ms since the epoch): every wanted sport is read if it is due, and its board sent. */
  tick(at: number): void {
    this.plan(at);
    for (const sport of this.parts.demand.wanted()) void this.serve(sport, at);
  }

  /**
   * Reads a sport now, unless a read of it is under way (then waits for that one), it is not due by the schedule, or
   * the upstream must be left alone. Never rejects: what went wrong is told to the listeners and kept in the backoff.
   */
  read(sport: string, at: number): Promise<void> {
    const running = this.reads.get(sport);
    if (running) return running;
    const { schedule, backoff } = this.parts;
    if (!schedule.isDue(sport, at) || !backoff.mayRead(sport, this.now())) return Promise.resolve();
    const read = this.attempt(sport, at, schedule.begin(sport, at)).finally(() => this.reads.delete(sport));
    this.reads.set(sport, read);
    return read;
  }

  private async serve(sport: string, at: number): Promise<void> {
    if (this.reads.has(sport)) {
      this.send(sport, at);
      return;
    }
    const wait = setTimeout(() => this.send(sport, at), Math.min(READ_WAIT_MS, this.parts.tickMs / 2));
    await this.read(sport, at);
    clearTimeout(wait);
    if (!this.stopped) this.send(sport, at);
  }

  /** Somebody wants a sport that nobody held: it is read at once, and sent if that brought anything new. */
  private async serveFirst(sport: string): Promise<void> {
    const before = this.parts.boards.get(sport);
    const at = this.now();
    // After a time in which nobody wanted anything, ticks follow the one who came: a full board, a tick, the next.
    if (this.parts.demand.wanted().length === 1) this.beatFrom(performance.now(), 1);
    this.parts.schedule.plan(at);
    await this.read(sport, at);
    if (!this.stopped && this.parts.boards.get(sport) !== before) this.send(sport, at);
  }

  private async attempt(sport: string, at: number, notRead: () => void): Promise<void> {
    const { catalog, source, boards, backoff, credits, log } = this.parts;
    const begun = this.now();
    try {
      const found = await catalog.find(sport);
      const reading = await this.pay(found, () => source.board(found, at));
      if (reading.paid && reading !== this.readings.get(sport)) {
        credits.spent(sport, reading.paid.predicted, source.quota?.());
      }
      this.readings.set(sport, reading);
      boards.put(sport, reading);
      if (backoff.succeeded(sport, begun)) log.info(`Reading ${sport} works again`);
    } catch (error) {
      notRead();
      if (this.stopped) return;
      this.fail(sport, error, begun);
    }
  }

  /** Reads, unless that would touch the reserve. While credits are the trouble, the free call looks first. */
  private async pay(sport: Sport, read: () => Promise<Reading>): Promise<Reading> {
    const { source, credits, backoff } = this.parts;
    const cost = source.cost?.(sport) ?? 0;
    const trouble = backoff.trouble(sport.key)?.error.code;
    if (trouble === "OUT_OF_USAGE_CREDITS") await this.look();
    else if (!credits.account) credits.hear(source.quota?.());
    const refusal = credits.refusal(cost);
    if (refusal) throw refusal;
    const release = credits.hold(cost);
    return read().finally(release);
  }

  /** Asks what is left by the call that costs nothing. */
  private async look(): Promise<void> {
    const { catalog, credits, source, log } = this.parts;
    try {
      await catalog.look();
      credits.hear(source.quota?.());
    } catch (error) {
      log.debug("What credits are left could not be asked", logError(error));
    }
  }

  private fail(sport: string, thrown: unknown, begun: number): void {
    const error =
      thrown instanceof SourceError
        ? thrown
        : new SourceError("INTERNAL", "The board could not be made of what the upstream gave.", "retry");
    if (thrown !== error)
      this.parts.log.error(`Reading ${sport} failed by a fault of ours`, logError(thrown));
    const news = this.parts.backoff.failed(sport, error, begun, this.now());
    const retryInMs = Math.round((this.parts.backoff.trouble(sport)?.until ?? 0) - this.now());
    const level = error.recovery === "person" || error.recovery === "remember" ? "error" : "warn";
    this.parts.log[news ? level : "debug"](`Reading ${sport} failed: ${error.message}`, {
      code: error.code,
      reason: error.reason,
      retryInMs,
    });
    for (const listener of this.listeners) listener.failure(sport, error);
  }

  private send(sport: string, at: number): void {
    const board = this.parts.boards.get(sport);
    if (!board) return;
    const began = performance.now();
    for (const listener of this.listeners) listener.board(sport);
    this.parts.log.info(`Odds update for ${sport}: ${board.events.length} games`, {
      sport,
      version: board.version,
      ageMs: this.now() - board.fetchedAt,
      readMs: Math.round(this.now() - at),
      sendMs: Math.round(performance.now() - began),
    });
  }
}

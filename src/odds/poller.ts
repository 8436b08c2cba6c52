import { logError, SourceError } from "../errors.js";
import type { Logger } from "../logger.js";
import type { Backoff } from "./backoff.js";
import type { BoardStore, Step } from "./board-store.js";
import type { SportsCatalog } from "./catalog.js";
import type { Credits } from "./credits.js";
import type { Demand } from "./demand.js";
import type { Sport } from "./model.js";
import type { Outlooks } from "./outlooks.js";
import type { Cluster, OddsSource, Reading, Word } from "./ports.js";
import type { Schedule } from "./schedule.js";

/** How long a tick waits for its read before the last board goes out in its place, in ms (at most half a tick). */
export const READ_WAIT_MS = 1000;

/** A reader that is asked for a board must answer within this time (ms), or there is none. */
const ANSWER_MS = 5000;

/** Followers' ticks are put right when they are further off the reader's than this, in ms. */
const OFF_BEAT_MS = 20;

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
  readonly cluster: Cluster;
  readonly outlooks: Outlooks;
  readonly log: Logger;
  readonly tickMs: number;
  readonly now?: () => number;
}

/** What the poller tells: a sport's board is to be sent (read anew or not), or a read of it has failed. */
export interface PollListener {
  board(sport: string): void;
  failure(sport: string, error: SourceError): void;
}

/**
 * Each tick, has the boards that somebody wants sent. The one process that may reads them first; the others send what
 * it tells them, and what they have when it falls silent. A tick is never late because the one before it was.
 */
export class Poller {
  private readonly reads = new Map<string, Promise<void>>();
  /** Who waits for the reader's word on a sport. */
  private readonly waiting = new Map<string, () => void>();
  /** When a sport's board was last sent, in ms on the monotonic clock. */
  private readonly sentAt = new Map<string, number>();
  /** The last tick's due time, in ms on the monotonic clock. */
  private beatAt = performance.now();
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
      if (this.stopped) return;
      if (parts.cluster.reads) void this.serveFirst(sport);
      else parts.cluster.want();
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
      this.beatAt = due;
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

  /** Resolves when no read is under way, or after `ms`. */
  async idle(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms);
    });
    await Promise.race([Promise.allSettled(this.reads.values()), limit]);
    clearTimeout(timer);
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
    if (this.parts.cluster.reads) {
      this.plan(at);
      for (const sport of this.parts.demand.wanted()) void this.serve(sport, at);
    } else {
      const { demand } = this.parts;
      for (const sport of demand.wantedHere()) this.follow(sport, at);
      // Whose claims count is the reader's to reckon.
      for (const sport of demand.voicesHere().keys()) demand.settle(sport);
    }
  }

  /**
   * Reads a sport for a client that asks once, or has the process read it that may. Resolves when that is done, and
   * at once where it is not the sport's turn.
   */
  ask(sport: string, client: string | undefined): Promise<void> {
    const { cluster, demand, schedule, outlooks, boards } = this.parts;
    const now = this.now();
    if (cluster.reads) {
      demand.ask(sport, client);
      schedule.plan(now);
      return this.read(sport, now);
    }
    const known = boards.get(sport) !== undefined && outlooks.of(sport).nextFetchAt > now;
    if (!cluster.connected || known) return Promise.resolve();
    const running = this.reads.get(sport);
    if (running) return running;
    const answered = new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ANSWER_MS);
      this.waiting.set(sport, () => {
        clearTimeout(timer);
        resolve();
      });
    }).finally(() => {
      this.waiting.delete(sport);
      this.reads.delete(sport);
    });
    this.reads.set(sport, answered);
    cluster.ask(sport, client);
    return answered;
  }

  /** Another process asks for a sport: it is read, and everybody hears how it is. */
  async askedByOther(sport: string, client: string | undefined): Promise<void> {
    if (!this.parts.cluster.reads) return;
    await this.ask(sport, client);
    this.tell(sport, "answer");
  }

  /** The reader's word on a sport has come; `isNew`: and a board with it. */
  heard(sport: string, { why, phaseMs, outlook }: Word, isNew: boolean): void {
    if (this.stopped || this.parts.cluster.reads) return;
    this.waiting.get(sport)?.();
    this.tickWith(phaseMs);
    if (why === "failure" && outlook.trouble) {
      for (const listener of this.listeners) listener.failure(sport, outlook.trouble.error);
    }
    if (why === "send" || isNew) this.send(sport, this.now());
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
      this.sendToAll(sport, at);
      return;
    }
    const before = this.parts.boards.get(sport);
    const wait = setTimeout(() => this.sendToAll(sport, at), this.patienceMs);
    await this.read(sport, at);
    clearTimeout(wait);
    if (this.stopped) return;
    // A new board has gone to the other processes already.
    if (this.parts.boards.get(sport) !== before) this.send(sport, at);
    else this.sendToAll(sport, at);
  }

  /** Has a tick send what is here, unless the reader's word comes in time. */
  private follow(sport: string, at: number): void {
    const silentSince = performance.now() - this.parts.tickMs / 2;
    setTimeout(() => {
      if (this.stopped || this.parts.cluster.reads) return;
      if ((this.sentAt.get(sport) ?? 0) < silentSince) this.send(sport, at);
    }, this.patienceMs).unref();
  }

  private get patienceMs(): number {
    return Math.min(READ_WAIT_MS, this.parts.tickMs / 2);
  }

  /** Ticks when the reader does, so that whoever takes its place goes on in its beat. */
  private tickWith(phaseMs: number): void {
    const { tickMs } = this.parts;
    const now = performance.now();
    const off = (((now - phaseMs - this.beatAt) % tickMs) + tickMs) % tickMs;
    if (Math.min(off, tickMs - off) <= OFF_BEAT_MS) return;
    this.beatAt = now - (phaseMs % tickMs);
    this.beatFrom(this.beatAt, 1);
  }

  /** Somebody wants a sport that nobody held: it is read at once, and sent if that brought anything new. */
  private async serveFirst(sport: string): Promise<void> {
    const before = this.parts.boards.get(sport);
    const at = this.now();
    // After a time in which nobody wanted anything, ticks follow the one who came: a full board, a tick, the next.
    if (this.parts.demand.wanted().length === 1) {
      this.beatAt = performance.now();
      this.beatFrom(this.beatAt, 1);
    }
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
      if (backoff.succeeded(sport, begun)) log.info(`Reading ${sport} works again`);
      await this.share(boards.draft(sport, reading));
    } catch (error) {
      notRead();
      if (this.stopped) return;
      this.fail(sport, error, begun);
    }
  }

  /** A board of an epoch that is over becomes the first of this one. */
  async renumber(sport: string): Promise<void> {
    const step = this.parts.boards.renumbered(sport);
    if (step && !this.reads.has(sport)) await this.share(step);
  }

  /** Keeps what a reading made of a board, once every process has it. */
  private async share(step: Step): Promise<void> {
    const { boards, cluster, log } = this.parts;
    const { sport } = step.board;
    if (step.board === boards.get(sport)) return;
    try {
      if ((await cluster.publish(step, this.word(sport, "send"))) && boards.take(step)) return;
      log.warn(`A reading of ${sport} came to nothing: another process reads now`, { sport });
    } catch (error) {
      log.warn(`A reading of ${sport} could not be shared, and is dropped`, { sport, ...logError(error) });
    }
  }

  private word(sport: string, why: Word["why"]): Word {
    const { outlooks, credits, tickMs } = this.parts;
    const { account } = credits;
    return {
      outlook: outlooks.of(sport),
      quota: account ? { remaining: account.remaining, used: account.used, last: null } : undefined,
      phaseMs: Math.round(performance.now() - this.beatAt) % tickMs,
      why,
    };
  }

  private tell(sport: string, why: Word["why"]): void {
    if (this.parts.cluster.reads) this.parts.cluster.tell(sport, this.word(sport, why));
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
    this.tell(sport, "failure");
  }

  private sendToAll(sport: string, at: number): void {
    this.tell(sport, "send");
    this.send(sport, at);
  }

  private send(sport: string, at: number): void {
    const board = this.parts.boards.get(sport);
    if (!board) return;
    const began = performance.now();
    this.sentAt.set(sport, began);
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

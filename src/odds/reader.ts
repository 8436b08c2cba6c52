import { promisify } from "node:util";
import { logError, SourceError } from "../errors.js";
import type { Logger } from "../logger.js";
import type { Backoff } from "./backoff.js";
import type { BoardStore, Step } from "./board-store.js";
import type { SportsCatalog } from "./catalog.js";
import type { Credits } from "./credits.js";
import type { Sport } from "./model.js";
import type { OddsSource, Reading } from "./ports.js";
import type { Schedule } from "./schedule.js";

const turn = promisify(setImmediate);

/** What is left is asked for, free, when nothing was heard of it for this long (ms). */
const LOOK_MS = 10 * 60_000;

/** What the reader works with. */
export interface ReaderParts {
  readonly source: OddsSource;
  readonly catalog: SportsCatalog;
  readonly boards: BoardStore;
  readonly backoff: Backoff;
  readonly credits: Credits;
  readonly schedule: Schedule;
  readonly log: Logger;
  readonly now?: () => number;
}

/** What becomes of a read. */
export interface ReadListener {
  /** A step was made of a reading: true once every process has it, and it is to be kept. */
  share(step: Step): Promise<boolean>;
  failure(sport: string, error: SourceError): void;
}

/** Reads boards of the upstream: when it is their turn, as far as the credits go, and one at a time for each sport. */
export class Reader {
  private readonly reads = new Map<string, Promise<void>>();
  /** The last reading of each sport: one that the cache gives again was not paid for again. */
  private readonly readings = new Map<string, Reading>();
  private lookedAt = 0;
  private stopped = false;
  private readonly now: () => number;

  constructor(
    private readonly parts: ReaderParts,
    private readonly listener: ReadListener,
  ) {
    this.now = parts.now ?? Date.now;
  }

  /** Failures are no news from here on: the source is being closed. */
  stop(): void {
    this.stopped = true;
  }

  /** Whether a read of a sport is under way. */
  isReading(sport: string): boolean {
    return this.reads.has(sport);
  }

  /** Resolves when the reads under way are over. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.reads.values());
  }

  /**
   * Reads a sport now, unless a read of it is under way (then waits for that one), it is not due by the schedule, or
   * the upstream must be left alone. Never rejects: what went wrong is told to the listener and kept in the backoff.
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

  /** Where reads are rare, or have stopped, only the free call tells of a reset or of a larger plan. */
  lookAt(at: number): void {
    const { credits, schedule, log } = this.parts;
    if (Math.min(credits.silentMs, at - this.lookedAt) < LOOK_MS) return;
    this.lookedAt = at;
    this.look()
      .then(() => schedule.plan(at))
      .catch((error: unknown) => log.error("Reads could not be planned anew", logError(error)));
  }

  /** A board of an epoch that is over becomes the first of this one. */
  async renumber(sport: string): Promise<void> {
    const step = this.parts.boards.renumbered(sport);
    if (step && !this.isReading(sport)) await this.listener.share(step);
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
      // A big board's every stage is long enough: others get a turn in between.
      await turn();
      const step = boards.draft(sport, reading);
      await turn();
      if (step.board !== boards.get(sport)) await this.listener.share(step);
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
    const { backoff, log } = this.parts;
    const error =
      thrown instanceof SourceError
        ? thrown
        : new SourceError("INTERNAL", "The board could not be made of what the upstream gave.", "retry");
    const news = backoff.failed(sport, error, begun, this.now());
    if (thrown !== error) {
      log[news ? "error" : "debug"](`Reading ${sport} failed by a fault of ours`, logError(thrown));
    }
    const retryInMs = Math.round((backoff.trouble(sport)?.until ?? 0) - this.now());
    const level = error.recovery === "person" || error.recovery === "remember" ? "error" : "warn";
    log[news ? level : "debug"](`Reading ${sport} failed: ${error.message}`, {
      code: error.code,
      reason: error.reason,
      retryInMs,
    });
    this.listener.failure(sport, error);
  }
}

import { promisify } from "node:util";
import type { Reading, Sport } from "../board/model.js";
import type { BoardStore, Step } from "../board/store.js";
import { logError } from "../errors.js";
import type { Logger } from "../logger.js";
import { SourceError } from "../source-error.js";
import type { Backoff, Need } from "./backoff.js";
import type { SportsCatalog } from "./catalog.js";
import { Clock } from "./clock.js";
import type { Credits } from "./credits.js";
import type { OddsSource } from "./odds-source.js";
import type { Schedule } from "./schedule.js";

const turn = promisify(setImmediate);

/** What is left is asked for, free, when nothing was heard of it for this long (ms); and before that is believed to be too little. */
const LOOK_MS = 10 * 60_000;

/** What the reader works with. */
export interface UpstreamReaderParts {
  readonly source: OddsSource;
  readonly catalog: SportsCatalog;
  readonly boards: BoardStore;
  readonly backoff: Backoff;
  readonly credits: Credits;
  readonly schedule: Schedule;
  /** What a read of a sport takes now. */
  readonly need: (sport: string) => Need;
  readonly log: Logger;
  readonly clock?: Clock;
}

/** What becomes of a read. */
export interface ReadListener {
  /** A step was made of a reading: true once every process has it, and it is to be kept. */
  share(step: Step): Promise<boolean>;
  failure(sport: string, error: SourceError): void;
}

/** Reads boards of the upstream: when it is their turn, as far as the credits go, and one at a time for each sport. */
export class UpstreamReader {
  private readonly reads = new Map<string, Promise<void>>();
  /** The last reading of each sport: one that the cache gives again was not paid for again. */
  private readonly readings = new Map<string, Reading>();
  /** Readings that not every process has yet: paid for, so they are shared when that is possible again. */
  private readonly unshared = new Map<string, Reading>();
  private lookedAt = Number.NEGATIVE_INFINITY;
  private stopped = false;
  private readonly clock: Clock;

  constructor(
    private readonly parts: UpstreamReaderParts,
    private readonly listener: ReadListener,
  ) {
    this.clock = parts.clock ?? new Clock();
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
   * the upstream must be left alone: then what was read before and could not be shared is tried again. Never rejects:
   * what went wrong is told to the listener and kept in the backoff.
   */
  read(sport: string, at: number): Promise<void> {
    const running = this.reads.get(sport);
    if (running) return running;
    const { schedule, backoff, need } = this.parts;
    const may = schedule.isDue(sport, at) && backoff.mayRead(sport, this.clock.steady(), need(sport));
    const unshared = this.unshared.get(sport);
    if (may) return this.under(sport, this.attempt(sport, at, schedule.begin(sport, at)));
    return unshared ? this.under(sport, this.take(sport, unshared)) : Promise.resolve();
  }

  /** Where reads are rare, or have stopped, only the free call tells of a reset or of a larger plan. */
  lookAt(at: number): void {
    const { credits, schedule, source, log } = this.parts;
    const now = this.clock.steady();
    if (!source.cost || Math.min(credits.silentMs, now - this.lookedAt) < LOOK_MS) return;
    this.lookedAt = now;
    this.look()
      .then(() => schedule.plan(at))
      .catch((error: unknown) => log.error("Reads could not be planned anew", logError(error)));
  }

  /** A board of an epoch that is over becomes the first of this one. */
  async renumber(sport: string): Promise<void> {
    const step = this.parts.boards.renumbered(sport);
    if (step && !this.isReading(sport)) await this.listener.share(step);
  }

  private under(sport: string, work: Promise<void>): Promise<void> {
    const read = work.finally(() => this.reads.delete(sport));
    this.reads.set(sport, read);
    return read;
  }

  private async attempt(sport: string, at: number, notRead: () => void): Promise<void> {
    const { catalog, source, backoff, credits, log } = this.parts;
    const begun = this.clock.steady();
    let read = false;
    let atStake = 0;
    try {
      const found = await catalog.find(sport);
      atStake = await this.price(found, at);
      const reading = await source.board(found, at).finally(credits.hold(atStake));
      read = true;
      // What the cache gives again was paid for before, and proves nothing now.
      if (reading !== this.readings.get(sport)) {
        this.book(sport, reading, begun);
        const asked = reading.paid !== undefined || !source.cost;
        if (backoff.succeeded(sport, begun, asked)) log.info(`Reading ${sport} works again`);
      }
      this.readings.set(sport, reading);
      await this.take(sport, reading);
    } catch (error) {
      // What was charged, or may have been, was its turn.
      if (!read && !this.bookFailure(sport, error, begun, atStake)) notRead();
      if (this.stopped) return;
      this.fail(sport, error, begun);
    }
  }

  /** Makes a step of a reading and has it shared; what cannot be now is kept. */
  private async take(sport: string, reading: Reading): Promise<void> {
    const { boards } = this.parts;
    // A big board's every stage is long enough: others get a turn in between.
    await turn();
    const before = boards.get(sport);
    const isOld = before !== undefined && before.fetchedAt > reading.fetchedAt && this.unshared.has(sport);
    const step = isOld ? undefined : boards.draft(sport, reading);
    await turn();
    const shared = !step || step.board === boards.get(sport) || (await this.listener.share(step));
    if (shared) this.unshared.delete(sport);
    else this.unshared.set(sport, reading);
  }

  private book(sport: string, { paid, quota }: Reading, begun: number): void {
    if (paid) this.parts.credits.spent(sport, paid.predicted, quota, begun);
    else this.parts.credits.hear(quota, begun);
  }

  /**
   * Takes down what a failed read cost, or may have. Returns whether that is anything. Of a fault of ours nobody knows
   * whether what was at stake was charged before.
   */
  private bookFailure(sport: string, error: unknown, begun: number, atStake: number): boolean {
    const { quota, charged = 0 } = error instanceof SourceError ? error.bill : { charged: atStake };
    if (charged > 0) this.parts.credits.spent(sport, charged, quota, begun);
    else this.parts.credits.hear(quota, begun);
    return charged > 0;
  }

  /**
   * What a read costs. Rejects where that would touch the reserve. While credits are the trouble, the free call looks
   * first.
   */
  private async price(sport: Sport, at: number): Promise<number> {
    const { source, credits, backoff } = this.parts;
    credits.hear(await source.look?.(sport, at));
    const cost = source.cost?.(sport, at) ?? 0;
    const trouble = backoff.trouble(sport.key)?.error.code;
    if (cost > 0 && trouble === "OUT_OF_USAGE_CREDITS") await this.look();
    // What is known may be of before the reset.
    else if (credits.refusal(cost) && credits.silentMs >= LOOK_MS) await this.look();
    const refusal = credits.refusal(cost);
    if (refusal) throw refusal;
    return cost;
  }

  /** Asks what is left by the call that costs nothing. */
  private async look(): Promise<void> {
    const { catalog, log } = this.parts;
    try {
      await catalog.look();
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
    const now = this.clock.steady();
    const news = backoff.failed(sport, error, begun, now);
    if (thrown !== error) {
      log[news ? "error" : "debug"](`Reading ${sport} failed by a fault of ours`, logError(thrown));
    }
    const retryInMs = Math.round((backoff.trouble(sport)?.until ?? now) - now);
    const level = error.recovery === "person" || error.recovery === "remember" ? "error" : "warn";
    log[news ? level : "debug"](`Reading ${sport} failed: ${error.message}`, {
      code: error.code,
      reason: error.reason,
      retryInMs,
    });
    this.listener.failure(sport, error);
  }
}

import type { Board } from "../board/model.js";
import { logError, sentenceOf } from "../errors.js";
import type { Logger } from "../logger.js";
import { SourceError } from "../source-error.js";
import type { Backoff } from "./backoff.js";
import type { Billing } from "./billing.js";
import type { Clock } from "./clock.js";
import type { Publisher } from "./publisher.js";
import type { ReadTurn, Schedule } from "./schedule.js";

/** Reads boards of the upstream: when it is their turn, as far as the credits go, and one at a time for each sport. */
export class UpstreamReader {
  private readonly reads = new Map<string, Promise<boolean>>();
  private stopped = false;

  constructor(
    readonly billing: Billing,
    private readonly publisher: Publisher,
    private readonly backoff: Backoff,
    readonly schedule: Schedule,
    private readonly clock: Clock,
    private readonly log: Logger,
  ) {}

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

  /** Reckons anew how often each sport is read; part of each tick in which anything is wanted. */
  plan(at: number): void {
    this.schedule.plan(at);
    this.billing.lookNowAndThen(() => this.schedule.plan(at));
  }

  /**
   * Reads a sport now, unless a read of it is under way (then waits for that one), it is not due by the schedule, or
   * the upstream must be left alone: then what was read before and could not be shared is tried again. Resolves with
   * whether that brought anything new. Never rejects: what went wrong is told to everybody and kept in the backoff.
   */
  read(sport: string, at: number): Promise<boolean> {
    const running = this.reads.get(sport);
    if (running) return running;
    const { schedule, backoff, billing, publisher } = this;
    const may = schedule.isDue(sport, at) && backoff.mayRead(sport, this.clock.steady(), billing.need(sport));
    const unshared = publisher.unsharedOf(sport);
    if (may) {
      const readTurn = schedule.begin(sport, at);
      return this.under(sport, this.attempt(sport, at, readTurn).finally(readTurn.over));
    }
    return unshared ? this.under(sport, publisher.publish(sport, unshared)) : Promise.resolve(false);
  }

  /**
   * Reads a sport now, out of turn, from what is kept for closing reads. Resolves when that is over, or the one is that
   * is under way, with why there is no reading: the reason, or undefined where nothing went wrong. What was read within
   * `recentMs` and could not be shared is not paid for once more. Never rejects.
   */
  async readClose(sport: string, at: number, recentMs: number): Promise<string | undefined> {
    const { schedule, backoff, billing } = this;
    const trouble = () => backoff.trouble(sport, this.clock.steady(), billing.need(sport))?.error.reason;
    const unshared = this.publisher.unsharedOf(sport);
    if (!this.reads.has(sport) && unshared && unshared.fetchedAt >= at - recentMs) {
      await this.under(sport, this.publisher.publish(sport, unshared));
      return this.publisher.unsharedOf(sport) ? "CLUSTER_UNAVAILABLE" : undefined;
    }
    const running = this.reads.get(sport);
    const isKept = this.isReserveKept() && billing.refusal(sport, true) === undefined;
    if (!running && !isKept && !backoff.mayRead(sport, this.clock.steady(), billing.need(sport))) {
      return trouble();
    }
    const read = () => {
      const readTurn = schedule.begin(sport, at, true);
      return this.under(sport, this.attempt(sport, at, readTurn, true).finally(readTurn.over));
    };
    await (running ?? read());
    const reason = trouble();
    return reason === "CREDIT_RESERVE" && billing.refusal(sport, true) === undefined ? undefined : reason;
  }

  /** Another process has read a board: a trouble that this one told of is over, and that is told here as well. */
  heardRead({ sport, events }: Board): void {
    // Without prices in it nothing may have been asked for: out of season, or no game soon enough, as only it knows.
    const asked = events.length > 0;
    if (this.backoff.succeeded(sport, this.clock.steady(), asked)) {
      this.log.info(`Reading ${sport} works again: another process reads it`);
    }
  }

  private under(sport: string, work: Promise<boolean>): Promise<boolean> {
    const read = work.finally(() => this.reads.delete(sport));
    this.reads.set(sport, read);
    return read;
  }

  /** Whether reads are refused as the reserve, or what is kept for closing reads, would be touched. */
  private isReserveKept(): boolean {
    return this.backoff.everywhere?.reason === "CREDIT_RESERVE";
  }

  private async attempt(sport: string, at: number, readTurn: ReadTurn, closing = false): Promise<boolean> {
    const { backoff, billing } = this;
    const begun = this.clock.steady();
    try {
      const isOut = backoff.trouble(sport)?.error.code === "OUT_OF_USAGE_CREDITS";
      const bought = await billing.buy(sport, at, isOut, closing);
      if ("reading" in bought) {
        // What a closing read may spend proves nothing for the others.
        const asked = bought.asked && !(closing && this.isReserveKept());
        if (backoff.succeeded(sport, begun, asked)) this.log.info(`Reading ${sport} works again`);
        return await this.publisher.publish(sport, bought.reading);
      }
      // What was charged, or may have been, was its turn.
      if (!bought.charged) readTurn.unused();
      this.fail(sport, bought.failure, begun);
    } catch (fault) {
      this.fail(sport, fault, begun);
    }
    return false;
  }

  private fail(sport: string, thrown: unknown, begun: number): void {
    if (this.stopped) return;
    const { backoff, log } = this;
    const error =
      thrown instanceof SourceError
        ? thrown
        : new SourceError("INTERNAL", "The board could not be made of what the upstream gave.", "retry");
    const now = this.clock.steady();
    const news = backoff.failed(sport, error, begun, now);
    if (thrown !== error) {
      log[news ? "error" : "debug"](`Reading ${sport} failed by a fault of ours`, {
        sport,
        ...logError(thrown),
      });
    }
    const retryInMs = Math.round((backoff.trouble(sport)?.until ?? now) - now);
    const level = error.recovery === "person" || error.recovery === "remember" ? "error" : "warn";
    log[news ? level : "debug"](`Reading ${sport} failed: ${sentenceOf(error)}`, {
      sport,
      code: error.code,
      reason: error.reason,
      retryInMs,
    });
    this.publisher.failed(sport, error);
  }
}

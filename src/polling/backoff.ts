import type { Recovery, SourceError } from "../source-error.js";

/** First wait after a failure that heals by itself, doubling up to {@link LONGEST_RETRY_MS}; The Odds API's guide on 429. */
const FIRST_RETRY_MS = 2000;
const LONGEST_RETRY_MS = 60_000;
/** A bad key or an empty account is looked at again this rarely: only a person, or the monthly reset, mends it. */
const PERSON_RETRY_MS = 10 * 60_000;
/** An unknown sport or a wrong parameter is not asked for again within this time. */
const REMEMBER_MS = 60 * 60_000;
/** No upstream may make us wait longer than this by `Retry-After`. */
const LONGEST_RETRY_AFTER_MS = 60 * 60_000;
/** While one sport's read tries whether a trouble of all sports is over, the others wait this long for its word. */
const PROBE_MS = 15_000;
/** Sports whose trouble is kept: more than there are, so that made-up ones cannot fill the memory. */
const MAX_SPORTS = 1000;

interface Hold {
  readonly error: SourceError;
  readonly failures: number;
  readonly since: number;
  until: number;
}

/** What a read takes: credits, a call that is free, or no call at all, as the sport is out of season. */
export type Need = "credits" | "free call" | "nothing";

const ofAllSports = (recovery: Recovery): boolean => recovery === "slow-down" || recovery === "person";

/**
 * When the upstream may be asked again after it failed: for one sport, or for all where the trouble is the key, the
 * account or our pace. Times are ms on the steady clock.
 */
export class Backoff {
  private everySport: Hold | undefined;
  private readonly bySport = new Map<string, Hold>();

  constructor(private readonly random: () => number = Math.random) {}

  /**
   * Takes down that a read which began at `begun` failed. True when it is news: another trouble than before, worth a
   * loud log line. Reads that were under way when the trouble was met only confirm it: they are no further failure.
   */
  failed(sport: string, error: SourceError, begun: number, now: number): boolean {
    const before = ofAllSports(error.recovery) ? this.everySport : this.bySport.get(sport);
    const repeated = before?.error.reason === error.reason;
    if (repeated && begun <= before.since) return false;
    const failures = repeated ? before.failures + 1 : 1;
    const hold = { error, failures, since: now, until: now + this.wait(error, failures) };
    if (ofAllSports(error.recovery)) this.everySport = hold;
    else this.remember(sport, hold);
    return !repeated;
  }

  /**
   * Takes down that a read which began at `begun` succeeded. True when that ended a trouble. A trouble of all sports
   * is ended only by a call of the kind that met it (`asked`): neither by one that was under way then, nor by a read
   * for which the upstream was not asked for prices.
   */
  succeeded(sport: string, begun: number, asked = true): boolean {
    const over = asked && this.everySport !== undefined && begun > this.everySport.since;
    if (over) this.everySport = undefined;
    return this.bySport.delete(sport) || over;
  }

  /**
   * Whether the upstream may be asked for this sport now. After a trouble of all sports one read goes first: not one
   * that needs no credits, as it would prove nothing.
   */
  mayRead(sport: string, now: number, need: Need = "credits"): boolean {
    if ((this.bySport.get(sport)?.until ?? 0) > now) return false;
    const common = this.common(now, need);
    if (!common) return true;
    if (common.until > now) return false;
    common.until = now + PROBE_MS;
    return true;
  }

  /** Why this sport is not being read as planned, and when it will be tried again; undefined while all is well. */
  trouble(
    sport: string,
    now = 0,
    need: Need = "credits",
  ): { readonly error: SourceError; readonly until: number } | undefined {
    return this.common(now, need) ?? this.bySport.get(sport);
  }

  /** The trouble of all sports; undefined while there is none. */
  get everywhere(): SourceError | undefined {
    return this.everySport?.error;
  }

  /** The trouble of all sports, where it is this one's. A free call waits for no credits, nor for another's word. */
  private common(now: number, need: Need): Hold | undefined {
    const { everySport } = this;
    if (need === "nothing") return undefined;
    const over = everySport?.error.code === "OUT_OF_USAGE_CREDITS" || (everySport?.until ?? 0) <= now;
    return need === "free call" && over ? undefined : everySport;
  }

  private remember(sport: string, hold: Hold): void {
    this.bySport.delete(sport);
    this.bySport.set(sport, hold);
    const [oldest] = this.bySport.keys();
    if (this.bySport.size > MAX_SPORTS && oldest !== undefined) this.bySport.delete(oldest);
  }

  private wait(error: SourceError, failures: number): number {
    if (error.recovery === "person") return PERSON_RETRY_MS;
    if (error.recovery === "remember") return REMEMBER_MS;
    const doubled = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(failures - 1, 10));
    const jittered = doubled * (1 + this.random() / 2);
    return Math.max(jittered, Math.min(error.retryAfterMs ?? 0, LONGEST_RETRY_AFTER_MS));
  }
}

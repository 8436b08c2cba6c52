import type { Sport } from "../board/model.js";
import { AppError } from "../errors.js";
import { type Quota, SourceError } from "../source-error.js";
import { Backoff } from "./backoff.js";
import type { Trouble } from "./cluster.js";
import type { OddsSource } from "./odds-source.js";

/** The list is free and changes with the seasons: once an hour is plenty. */
const LIST_TTL_MS = 60 * 60_000;
/** A list that could not be read is not asked for again within this time: no longer than a failed read's first wait. */
const LIST_RETRY_MS = 2000;

/** What its failures are kept under, in a back-off of its own. */
const LIST = "the sports list";

/** So many sports pass before the first list: more than there are. */
const MAX_UNPROVEN = 200;

/** The form of The Odds API's sport keys: what does not look like one is never asked for. */
const SPORT_KEY = /^[a-z0-9_]{1,100}$/;

/** The sports there are, and those of them that clients may have (`allowed`; undefined is all). */
export class SportsCatalog {
  private sports: ReadonlyMap<string, Sport> | undefined;
  private readAt = Number.NEGATIVE_INFINITY;
  private loading: Promise<void> | undefined;
  private failure: { readonly error: unknown; readonly until: number } | undefined;
  /** When a list that could not be read is tried again though nobody asks for it. */
  private readonly backoff = new Backoff();
  private readonly allowed: ReadonlySet<string> | undefined;
  private readonly unproven = new Set<string>();

  constructor(
    private readonly source: OddsSource,
    allowed?: readonly string[],
    /** Is told what each answer said of the credits. */
    private readonly hear: (quota: Quota | undefined) => void = () => {},
    private readonly now: () => number = () => performance.now(),
  ) {
    this.allowed = allowed && new Set(allowed);
  }

  /**
   * Why a client may not have this sport; undefined when it may. Before the first list, what looks like a sport key
   * passes, so that nobody need come back: but no more of them than there may be sports. `proven`: there is a board.
   */
  refusal(sport: string, proven = false): AppError | undefined {
    if (!SPORT_KEY.test(sport) || (this.sports && !this.sports.has(sport))) return AppError.unknownSport();
    if (this.allowed && !this.allowed.has(sport)) return AppError.sportNotAllowed();
    if (this.sports || this.allowed || proven || this.unproven.has(sport)) return undefined;
    if (this.unproven.size >= MAX_UNPROVEN) {
      return new AppError("UPSTREAM_FAILED", "The list of sports could not be read yet. Ask again later.");
    }
    this.unproven.add(sport);
    return undefined;
  }

  /** The sport of a key. Reads the list when there is none yet. Rejects with the list's failure, or `UNKNOWN_SPORT`. */
  async find(key: string): Promise<Sport> {
    const sport = (await this.known()).get(key);
    if (sport) return sport;
    const { code, message } = AppError.unknownSport();
    throw new SourceError(code, message, "remember");
  }

  /** The sport of a key, as far as the list is known; never waits. */
  get(key: string): Sport | undefined {
    return this.sports?.get(key);
  }

  /** Whether the list has been read. */
  get isKnown(): boolean {
    return this.sports !== undefined;
  }

  /** The sports that clients may have. Rejects with the list's failure while none could be read. */
  async list(): Promise<Sport[]> {
    const known = await this.known();
    return [...known.values()].filter((sport) => !this.allowed || this.allowed.has(sport.key));
  }

  /** Why the list could not be read the last time it was tried, where the upstream said so; undefined when it could. */
  get trouble(): Trouble | undefined {
    const { error } = this.failure ?? {};
    const until = this.backoff.trouble(LIST)?.until ?? 0;
    return error instanceof SourceError
      ? { error, until: Date.now() + Math.max(0, until - this.now()) }
      : undefined;
  }

  /**
   * Whether the list could not be read the last time, and is to be looked at again now: else that would stand until
   * somebody came who wants a sport, and who would may stay away because of it.
   */
  isDueAgain(): boolean {
    return this.failure !== undefined && this.backoff.mayRead(LIST, this.now());
  }

  /** Reads the list now: a free call, which also tells what credits are left. Rejects with its failure. */
  async look(): Promise<void> {
    await this.load();
    if (this.failure) throw this.failure.error;
  }

  /** Those of some sports, or of the allowed ones, that the upstream does not know: most likely misspelt. */
  async misspelt(sports: Iterable<string> = this.allowed ?? []): Promise<string[]> {
    const known = await this.known();
    return [...sports].filter((sport) => !known.has(sport));
  }

  /** The list, read anew in the background when it is old; an old list serves until a new one is there. */
  private async known(): Promise<ReadonlyMap<string, Sport>> {
    const now = this.now();
    if (now - this.readAt >= LIST_TTL_MS && (this.failure?.until ?? 0) <= now) {
      this.loading ??= this.load().finally(() => {
        this.loading = undefined;
      });
    }
    if (!this.sports) await this.loading;
    if (this.sports) return this.sports;
    throw this.failure?.error;
  }

  private async load(): Promise<void> {
    const now = this.now();
    try {
      const { sports, quota } = await this.source.sports(Date.now());
      this.hear(quota);
      this.sports = new Map(sports.map((sport) => [sport.key, sport]));
      this.readAt = now;
      this.failure = undefined;
      this.backoff.succeeded(LIST, now);
    } catch (error) {
      if (error instanceof SourceError) this.hear(error.bill.quota);
      this.failure = { error, until: this.now() + LIST_RETRY_MS };
      this.backoff.failed(LIST, asSourceError(error), now, this.now());
    }
  }
}

function asSourceError(error: unknown): SourceError {
  return error instanceof SourceError
    ? error
    : new SourceError("INTERNAL", "The list of sports could not be read.", "retry");
}

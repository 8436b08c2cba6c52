import type { AppError } from "../errors.js";
import type { Logger } from "../logger.js";

/** A kind of refusal is logged at once, and then no more often than this, in ms. */
const QUIET_MS = 60_000;

/** What was told once is told again after so long (ms), so that today's log has what still goes on. */
const FORGET_MS = 86_400_000;
/** So many are told once; further ones are a kind like any other, as whoever makes them up makes up thousands. */
const MAX_TOLD = 100;

interface Kind {
  /** Refused since the last line. */
  count: number;
  /** Who was refused last. */
  last: Record<string, unknown>;
}

/**
 * Who is refused, for the log: the first of each kind at once, then a line a minute with how many there were. Where it
 * matters which one, each once.
 */
export class Refusals {
  private readonly kinds = new Map<string, Kind>();

  /** What was told once. */
  private readonly told = new Set<string>();

  constructor(private readonly log: Logger) {}

  /** Takes down a refusal of which there is a line for each `one` (an origin), once a day, as far as those can be counted. */
  noteOnce(one: string, kind: string, error: AppError, who: Record<string, unknown>): void {
    if (this.told.has(one)) return;
    if (this.told.size >= MAX_TOLD) {
      this.note(kind, error, who);
      return;
    }
    if (this.told.size === 0) setTimeout(() => this.told.clear(), FORGET_MS).unref();
    this.told.add(one);
    this.say(kind, error, 1, who);
  }

  /** Takes down a refusal of a kind; `who` says whom it met (`client`: an address), and from where. */
  note(kind: string, error: AppError, who: Record<string, unknown>): void {
    const known = this.kinds.get(kind);
    if (known) {
      known.count += 1;
      known.last = who;
      return;
    }
    this.kinds.set(kind, { count: 0, last: who });
    this.say(kind, error, 1, who);
    this.wait(kind, error);
  }

  private wait(kind: string, error: AppError): void {
    setTimeout(() => {
      const { count = 0, last = {} } = this.kinds.get(kind) ?? {};
      this.kinds.delete(kind);
      if (count === 0) return;
      this.kinds.set(kind, { count: 0, last });
      this.say(kind, error, count, last);
      this.wait(kind, error);
    }, QUIET_MS).unref();
  }

  private say(kind: string, { code, advice }: AppError, count: number, who: Record<string, unknown>): void {
    const fix = advice === undefined ? {} : { fix: advice };
    this.log.warn(`Refused: ${kind}`, { code, count, ...who, ...fix });
  }
}

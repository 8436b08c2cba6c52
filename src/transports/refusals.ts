import type { AppError } from "../errors.js";
import type { Logger } from "../logger.js";

/** A kind of refusal is logged at once, and then no more often than this, in ms. */
const QUIET_MS = 60_000;

interface Kind {
  /** Refused since the last line. */
  count: number;
  /** Who was refused last. */
  last: Record<string, unknown>;
}

/** Who is refused, for the log: the first of each kind at once, then a line a minute with how many there were. */
export class Refusals {
  private readonly kinds = new Map<string, Kind>();

  constructor(private readonly log: Logger) {}

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

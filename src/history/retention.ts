import { Faults } from "../faults.js";
import type { Logger } from "../logger.js";
import { EngineError, type HistoryEngine } from "./engine.js";

const DAY_MS = 86_400_000;
/** How often what has become too old is looked for, in ms. */
const EVERY_MS = 10 * 60_000;
/** Rests between two small deletions, in ms, so that writing and questions get their turn. */
const REST_MS = 250;

/** Deletes what is older than so many days, a little at a time; never, where that is 0. */
export class Retention {
  private timer: NodeJS.Timeout | undefined;
  private readonly faults: Faults;
  private hasEnded = false;

  /** `may`: whether this process may delete now, as it leads and the engine is well. */
  constructor(
    private readonly engine: Pick<HistoryEngine, "trim">,
    private readonly days: number,
    private readonly now: () => number,
    private readonly may: () => boolean,
    log: Logger,
  ) {
    this.faults = new Faults(log);
  }

  /** Begins; the first look is after a rest. */
  start(restMs = REST_MS): void {
    if (this.days > 0 && !this.hasEnded) this.next(restMs, restMs);
  }

  /** Deletes nothing from here on. */
  stop(): void {
    this.hasEnded = true;
    clearTimeout(this.timer);
  }

  private next(ms: number, restMs: number): void {
    this.timer = setTimeout(() => void this.trim(restMs), ms).unref();
  }

  private async trim(restMs: number): Promise<void> {
    let isMore = false;
    try {
      if (this.may()) isMore = await this.engine.trim(this.now() - this.days * DAY_MS);
    } catch (thrown) {
      // Whoever writes meets the same, and says it.
      if (!(thrown instanceof EngineError)) this.faults.note("What is too old could not be deleted", thrown);
    }
    if (!this.hasEnded) this.next(isMore ? restMs : EVERY_MS, restMs);
  }
}

import type { Logger } from "../logger.js";
import { EngineError } from "./engine.js";

/** A failure is followed by another try after this time in ms, doubling up to {@link LONGEST_RETRY_MS}. */
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 30_000;

/** Why a try failed, and when (ms since the epoch). */
export interface WriteError {
  readonly message: string;
  readonly at: number;
}

/** What the engine did not take since it last took all: said once in the log, and tried again ever more rarely. */
export class WriteFailures {
  private count = 0;
  /** Whether a write has failed since one last succeeded. */
  private ofWrite = false;
  private last: WriteError | null = null;

  constructor(
    private readonly now: () => number,
    private readonly log: Logger,
  ) {}

  /** Whether there are any. */
  get areThere(): boolean {
    return this.count > 0;
  }

  /** The last failure since the start; it stays when all is well again. */
  get lastError(): WriteError | null {
    return this.last;
  }

  /** How long to wait for the next try, in ms. */
  get retryMs(): number {
    return Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(this.count - 1, 10));
  }

  /** A try failed, with the engine open or while it was being opened. */
  add(thrown: unknown, isOpen: boolean): void {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    this.count += 1;
    this.ofWrite = isOpen;
    this.last = { message, at: this.now() };
    // Once: what lasts is told by /status.
    if (this.count > 1) return;
    const what = isOpen ? "The history cannot be written" : "The history cannot be opened";
    this.log.warn(
      `${what}: ${message}${/[.!?]$/.test(message) ? "" : "."} All else goes on, and it is tried again.`,
      {
        ...(thrown instanceof EngineError || !(thrown instanceof Error) ? {} : { stack: thrown.stack }),
      },
    );
  }

  /** A write succeeded. */
  wrote(): void {
    this.ofWrite = false;
  }

  /** A try went well: they are over, unless they were of writes and nothing was written since. */
  end(): void {
    // A note that it lives may fit on a disk that is too full for a reading.
    if (this.count === 0 || this.ofWrite) return;
    this.log.info("The history is written again", { tries: this.count });
    this.count = 0;
  }
}

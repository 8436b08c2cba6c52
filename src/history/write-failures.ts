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

/** What was tried. */
export type Tried = "to open" | "to write" | "to ask";

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

  add(thrown: unknown, tried: Tried): void {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    this.count += 1;
    this.ofWrite ||= tried === "to write";
    this.last = { message, at: this.now() };
    // Once: what lasts is told by /status.
    if (this.count > 1) return;
    const what = `The history cannot be ${tried === "to open" ? "opened" : "written"}`;
    this.log.warn(
      `${what}: ${message}${/[.!?]$/.test(message) ? "" : "."} All else goes on, and it is tried again.`,
      {
        ...(thrown instanceof EngineError || !(thrown instanceof Error) ? {} : { stack: thrown.stack }),
      },
    );
  }

  /** A write succeeded, be it one that seemed to fail. */
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

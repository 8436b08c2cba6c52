import type { SourceError } from "../source-error.js";

/** After so many failures in a row, a process takes it that reads fail here, and maybe not elsewhere. */
const FAILURES = 2;
/** Failures within this time (ms) are one: the reads of a tick fail together. */
const TOGETHER_MS = 1000;

/**
 * Whether this process should let another read: its network or its key may be at fault, which the others need not
 * share. What they would surely share (our pace, a wrong sport, our own reserve) does not count.
 */
export class LeaderHealth {
  private failures = 0;
  private failedAt = Number.NEGATIVE_INFINITY;

  /** A read failed. True when another process should try. */
  failed({ recovery, reason }: SourceError): boolean {
    if (recovery === "person") return reason !== "CREDIT_RESERVE";
    if (recovery !== "retry") return false;
    const now = performance.now();
    if (now - this.failedAt > TOGETHER_MS) this.failures += 1;
    this.failedAt = now;
    return this.failures >= FAILURES;
  }

  /** A read worked. */
  worked(): void {
    this.failures = 0;
  }
}

import { AppError, type ErrorCode } from "./errors.js";

/**
 * How a failed read of the upstream mends itself: `retry` by asking again later (this sport), `slow-down` by
 * asking less (all sports), `remember` never by asking (this sport is wrong), `person` only by somebody who
 * changes the key or the plan (all sports).
 */
export type Recovery = "retry" | "slow-down" | "remember" | "person";

/** What the upstream said of our credits with one answer; null where it did not say, or said nonsense. */
export interface Quota {
  readonly remaining: number | null;
  readonly used: number | null;
  /** What the call cost. */
  readonly last: number | null;
}

/** What a failed call did to the account. */
export interface Bill {
  /** What its answer said of the credits; absent where there was none. */
  readonly quota?: Quota | undefined;
  /** Credits that it cost, or may have cost: its answer was lost, or cannot be used. */
  readonly charged?: number;
}

/** A read of the upstream that gave no board. `reason` is finer than `code`: the upstream's own word where it has one. */
export class SourceError extends AppError {
  override readonly name = "SourceError";

  constructor(
    code: ErrorCode,
    message: string,
    readonly recovery: Recovery,
    readonly reason: string = code,
    /** How long the upstream asked us to wait, in ms, where it did. */
    readonly retryAfterMs?: number,
    readonly bill: Bill = {},
  ) {
    super(code, message);
  }

  /** The same, with what the call did to the account. */
  billed(bill: Bill): SourceError {
    const { code, message, recovery, reason, retryAfterMs, advice } = this;
    return new SourceError(code, message, recovery, reason, retryAfterMs, bill).advised(advice);
  }
}

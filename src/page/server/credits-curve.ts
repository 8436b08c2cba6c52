import type { CreditsAnswer } from "../../client/index.js";

/*
 * The credits from now to the reset, as they go if they are spent as they are spent now: pure.
 */

const HOUR_MS = 3_600_000;

/** A moment (ms since the epoch), and the credits that are left then. */
export interface CreditsPoint {
  readonly at: number;
  readonly credits: number;
}

/** A straight line from what is left now to the reset, which bends where nothing more may be spent. */
export interface CreditsCurve {
  /** From now to the reset; where the credits do not last so long, with the point between at which it bends. */
  readonly points: readonly [now: CreditsPoint, ...CreditsPoint[]];
  /** The last of them: at the reset. */
  readonly end: CreditsPoint;
  /** What is never spent on boards: the reserve, and what is kept for closing reads. */
  readonly floor: number;
  /** When all above the floor is gone; null where it lasts to the reset. */
  readonly runsOut: number | null;
}

/** The curve of an account; null where nothing is known of it, or nothing is paid for. */
export function creditsCurve(answer: CreditsAnswer): CreditsCurve | null {
  const { remaining, reserve, resetAt, rate, runsOutAt, timestamp, closing } = answer;
  if (remaining === null || resetAt === null || resetAt <= timestamp) return null;
  const floor = Math.min(remaining, (reserve ?? 0) + (closing?.earmarked ?? 0));
  const now = { at: timestamp, credits: remaining };
  // Where nothing may be spent, nothing is going to run out.
  const runsOut = remaining > floor && runsOutAt !== null ? Math.max(timestamp, runsOutAt) : null;
  const spent = remaining > floor ? (rate * (resetAt - timestamp)) / HOUR_MS : 0;
  const end = {
    at: resetAt,
    credits: runsOut === null ? Math.max(floor, Math.round(remaining - spent)) : floor,
  };
  const points = [now, ...(runsOut === null ? [] : [{ at: runsOut, credits: floor }]), end] as const;
  return { points, end, floor, runsOut };
}

/*
 * How a price moved from one board to the next, until that has faded.
 */

/** How a price went: it pays more, it pays less, or it is for another line now. */
export type Direction = "up" | "down" | "line";

/** A price's last move, until it has faded. */
export interface Move {
  readonly direction: Direction;
  /** When it came, in ms since the epoch by the board's clock. */
  readonly at: number;
  /** Whether it is to be seen from afar; then it is only told apart. */
  readonly isFresh: boolean;
}

/** So long (ms) a move is the loudest thing on the board, and so long it is shown at all. */
const FRESH_MS = 4000;
const FADED_MS = 10_000;

/** What of a price is told apart from what it was. */
interface Priced {
  readonly price: number;
  readonly point: number | null;
}

/** How a price moved to what it is now; undefined where it was not there before, or has been as it is for long enough. */
export function moveOf(
  old: (Priced & { readonly move: Move | undefined }) | undefined,
  now: Priced,
  nowMs: number,
): Move | undefined {
  if (!old) return undefined;
  if (old.point !== now.point) return { direction: "line", at: nowMs, isFresh: true };
  if (old.price === now.price) return faded(old.move, nowMs);
  return { direction: now.price > old.price ? "up" : "down", at: nowMs, isFresh: true };
}

/** A move as it is by now: the same one where it looks no different, undefined where it has faded. */
export function faded(move: Move | undefined, nowMs: number): Move | undefined {
  if (move === undefined || nowMs - move.at >= FADED_MS) return undefined;
  return move.isFresh && nowMs - move.at >= FRESH_MS ? { ...move, isFresh: false } : move;
}

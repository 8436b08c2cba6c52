import type { Board, Status } from "../board/model.js";
import type { PollStatus, Trouble } from "./cluster.js";

/** How long a tick waits for its read, or for the leader's message, before the last board goes out in its place, in ms (at most half a tick). */
export const READ_WAIT_MS = 1000;

/** A board as a client sees it at one moment (`seenAt`, ms since the epoch), and how far to trust its age then. */
export interface BoardView extends Board {
  readonly seenAt: number;
  /** When the upstream is read next for this sport, if somebody wants it then; ms since the epoch. */
  readonly nextFetchAt: number;
  readonly status: Status;
  /** Why the status is not `live`; null while it is. */
  readonly reason: string | null;
}

/** A board as it is to be seen at `now` (ms since the epoch), where it is read as `polling` tells and this `trouble` stands in the way. */
export function viewOf(
  board: Board,
  polling: PollStatus,
  trouble: Trouble | undefined,
  now: number,
  tickMs: number,
): BoardView {
  return {
    ...board,
    // Processes know their common clock to a few ms: a board is not of the future.
    seenAt: Math.max(now, board.fetchedAt),
    nextFetchAt: polling.nextFetchAt,
    ...statusOf(board, polling.everyMs + 2 * tickMs + READ_WAIT_MS, trouble, now),
  };
}

function statusOf(
  board: Board,
  patienceMs: number,
  trouble: Trouble | undefined,
  now: number,
): { status: Status; reason: string | null } {
  if (trouble) {
    const { recovery, reason } = trouble.error;
    const stopped = recovery === "person" || recovery === "remember";
    return { status: stopped ? "paused" : "stale", reason };
  }
  const overdue = now - board.fetchedAt > patienceMs;
  return overdue ? { status: "stale", reason: "OVERDUE" } : { status: "live", reason: null };
}

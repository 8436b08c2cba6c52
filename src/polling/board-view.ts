import type { Board, Status } from "../board/model.js";
import type { PollStatus, Trouble } from "./cluster.js";

/** How long a tick waits for its read, or for the leader's message, before the last board goes out in its place, in ms (at most half a tick). */
export const READ_WAIT_MS = 1000;

/** The reason of a board that is old as nobody wanted it for a while, and that is about to be read: no fault of anybody's. */
export const NOT_WATCHED = "NOT_WATCHED";

/** A board as a client sees it at one moment (`seenAt`, ms since the epoch), and how far to trust its age then. */
export interface BoardView extends Board {
  readonly seenAt: number;
  /** When the upstream is read next for this sport, if somebody wants it then; ms since the epoch. */
  readonly nextFetchAt: number;
  readonly status: Status;
  /** Why the status is not `live`; null while it is. */
  readonly reason: string | null;
}

/**
 * A board as it is to be seen at `now` (ms since the epoch), where it is read as `polling` tells, this `trouble` stands
 * in the way, and it is wanted since `wantedSince` (undefined: by nobody but who looks now).
 */
export function viewOf(
  board: Board,
  polling: PollStatus,
  trouble: Trouble | undefined,
  wantedSince: number | undefined,
  now: number,
  tickMs: number,
): BoardView {
  const patienceMs = polling.everyMs + 2 * tickMs + READ_WAIT_MS;
  const since = wantedSince ?? now;
  // A board that is of the future by much is of before the clock was put back: how old it is, nobody knows.
  const isOldAt = (moment: number) => Math.abs(moment - board.fetchedAt) > patienceMs;
  return {
    ...board,
    // Processes know their common clock to a few ms: a board is not of the future.
    seenAt: Math.max(now, board.fetchedAt),
    nextFetchAt: polling.nextFetchAt,
    ...statusOf({
      trouble,
      isOld: isOldAt(now),
      wasOld: isOldAt(since),
      // Its first read is under way, or has to wait for its turn.
      isAwaited: now - since <= patienceMs || polling.nextFetchAt > now,
    }),
  };
}

/** `isOld`: too old for one that is read as planned. `wasOld`: that already when somebody came to want it. */
function statusOf(board: {
  readonly trouble: Trouble | undefined;
  readonly isOld: boolean;
  readonly wasOld: boolean;
  readonly isAwaited: boolean;
}): Pick<BoardView, "status" | "reason"> {
  if (board.trouble) {
    const { recovery, reason } = board.trouble.error;
    const stopped = recovery === "person" || recovery === "remember";
    return { status: stopped ? "paused" : "stale", reason };
  }
  if (!board.isOld) return { status: "live", reason: null };
  return { status: "stale", reason: board.wasOld && board.isAwaited ? NOT_WATCHED : "OVERDUE" };
}

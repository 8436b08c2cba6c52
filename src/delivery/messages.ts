import type { Delta } from "../board/store.js";
import { type PublicError, publicError } from "../errors.js";
import type { BoardView } from "../polling/board-view.js";
import type { ErrorMessage, OddsDelta, OddsUpdate, Reconnect } from "../protocol/messages.js";

/** The `odds_update` of a board, stamped with when it was looked at, but for its `odds`. */
export function oddsUpdate(view: BoardView): Omit<OddsUpdate, "odds"> {
  return { type: "odds_update", ...head(view) };
}

/** The `odds_delta` that leads to a board, stamped with when that was looked at. */
export function oddsDelta(view: BoardView, { from, steps, changes }: Delta): OddsDelta {
  return {
    type: "odds_delta",
    ...head(view),
    from,
    ...(steps > 1 ? { conflated: true as const } : {}),
    changes,
  };
}

function head({ seenAt, sport, epoch, version, fetchedAt, nextFetchAt, source, status, reason }: BoardView) {
  return { timestamp: seenAt, sport, epoch, version, fetchedAt, nextFetchAt, source, status, reason };
}

/** The `error` message of anything thrown, stamped now. */
export function errorMessage(thrown: unknown, sport?: string): ErrorMessage {
  const { code, message }: PublicError = publicError(thrown);
  return { type: "error", timestamp: Date.now(), code, message, ...(sport === undefined ? {} : { sport }) };
}

/** The `reconnect` notice, stamped now. */
export function reconnectMessage(delayMs: number): Reconnect {
  return { type: "reconnect", timestamp: Date.now(), delayMs };
}

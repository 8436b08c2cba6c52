import { type PublicError, publicError } from "../errors.js";
import type { BoardView } from "../odds/feed.js";
import type { ErrorMessage, OddsUpdate } from "./protocol.js";

/** The `odds_update` of a board, stamped now. */
export function oddsUpdate(view: BoardView): OddsUpdate {
  return {
    type: "odds_update",
    timestamp: Date.now(),
    sport: view.sport,
    epoch: view.epoch,
    version: view.version,
    fetchedAt: view.fetchedAt,
    source: view.source,
    status: view.status,
    reason: view.reason,
    odds: view.events,
  };
}

/** The `error` message of anything thrown, stamped now. */
export function errorMessage(thrown: unknown, sport?: string): ErrorMessage {
  const { code, message }: PublicError = publicError(thrown);
  return { type: "error", timestamp: Date.now(), code, message, ...(sport === undefined ? {} : { sport }) };
}

import { Connection, type OddsConnection } from "./connection.js";
import type { OddsSocketOptions } from "./socket.js";

export type * from "../protocol/messages.js";
export { applyDelta, type ClientBoard, DeltaGap } from "./apply-delta.js";
export type { ConnectionState, OddsConnection } from "./connection.js";
export type { OddsSocket } from "./socket.js";
export type { OddsError, SportListener, SportState } from "./subscription.js";

/**
 * Connects to a live odds server at `url` (its origin) and keeps the boards of the subscribed sports up to date, by
 * deltas; what is missed in a cut is fetched by resuming. `options` go to socket.io-client. Throws a `TypeError` where
 * `url` cannot be a server's.
 */
export function connectOdds(url: string, options: OddsSocketOptions = {}): OddsConnection {
  return new Connection(url, options);
}

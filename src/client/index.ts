import { Connection, type OddsConnection, type OddsOptions } from "./connection.js";

export { applyDelta, type ClientBoard, DeltaGap } from "./apply-delta.js";
export type { ConnectionState, OddsConnection, OddsOptions } from "./connection.js";
export type * from "./messages.js";
export type { OddsSocket } from "./socket.js";
export type { OddsError, SportListener, SportState } from "./subscription.js";
export type { TokenSource } from "./token.js";

/**
 * Connects to a live odds server at `url` (its origin) and keeps the boards of the subscribed sports up to date, by
 * deltas; what is missed in a cut is fetched by resuming. `options.token` gives the token that a server may ask for; the
 * rest goes to socket.io-client. Throws a `TypeError` where
 * `url` cannot be a server's.
 */
export function connectOdds(url: string, options: OddsOptions = {}): OddsConnection {
  return new Connection(url, options);
}

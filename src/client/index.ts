import { Connection } from "./connection.js";
import type { OddsConnection, OddsOptions } from "./odds-connection.js";

export type { Age } from "./ages.js";
export { applyDelta, type ClientBoard, DeltaGap } from "./apply-delta.js";
export type { ClientCode, OddsError } from "./errors.js";
export {
  type Between,
  type ChangesOf,
  HistoryError,
  type HistoryOptions,
  history,
  type Moment,
  type OddsHistory,
  type Paged,
} from "./history.js";
export type * from "./messages.js";
export type { OddsConnection, OddsOptions, SubscribeOptions } from "./odds-connection.js";
export type { OddsSocket, OddsSocketOptions } from "./socket.js";
export type { ConnectionState, ConnectionTransport, SportListener, SportState } from "./state.js";
export type { TokenSource } from "./token.js";

/**
 * Connects to a live odds server at `url` (its origin) and keeps the boards of the subscribed sports up to date, by
 * deltas; what is missed in a cut is fetched by resuming. `options.token` gives the token that a server may ask for,
 * `options.lastUpdate` leaves the `last_update`s out; the rest goes to socket.io-client. Throws a `TypeError` where
 * `url` cannot be a server's.
 */
export function connectOdds(url: string, options: OddsOptions = {}): OddsConnection {
  return new Connection(url, options);
}

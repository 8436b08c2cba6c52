import type { Age } from "./ages.js";
import type { OddsError } from "./errors.js";
import type { OddsSocketOptions } from "./socket.js";
import type { ConnectionState, ConnectionTransport, SportListener, SportState } from "./state.js";
import type { TokenSource } from "./token.js";
import type { GivenOnly } from "./views.js";

/** What `connectOdds` can be told. */
export interface OddsOptions extends OddsSocketOptions {
  /** Gives the token, where the server asks for one: at each connection, and before the last one ends. */
  readonly token?: TokenSource | undefined;
  /**
   * Whether boards have their `last_update`s (the default). Without them, what keeps its prices keeps its identity:
   * events, bookmakers and markets.
   */
  readonly lastUpdate?: boolean | undefined;
}

/** What `subscribe` and `peek` can be told. */
export interface SubscribeOptions {
  /**
   * What of the sport is watched; without it all. Listeners of one sport share one subscription to all that any of them
   * watches, and each is given its part; a part's board is null until one has come that holds it.
   */
  readonly only?: GivenOnly | undefined;
}

/** A connection to a live odds server. */
export interface OddsConnection {
  /** How it is with the connection now. */
  readonly state: ConnectionState;
  /** Why there is no connection, or none for now; null while there is one, and until the first attempt has failed. */
  readonly trouble: OddsError | null;
  /** What it speaks over, which may change from polling to WebSocket; null while it is not connected. */
  readonly transport: ConnectionTransport | null;
  /**
   * Calls `listener` with each state of a sport, or of what it watches of that, at once where one is known, until the
   * returned function is called.
   */
  subscribe(sport: string, listener: SportListener, options?: SubscribeOptions): () => void;
  /**
   * The state of a sport as a listener with these options was last told it, or would have been: the same object until it
   * changes; undefined for a sport that nobody subscribed to.
   */
  peek(sport: string, options?: SubscribeOptions): SportState | undefined;
  /** Calls `listener` with each change of the connection, its trouble or its transport, until the returned function is called. */
  onConnection(
    listener: (
      state: ConnectionState,
      trouble: OddsError | null,
      transport: ConnectionTransport | null,
    ) => void,
  ): () => void;
  /**
   * Calls `listener` with each error, those of one sport included, until the returned function is called. Not with one
   * that is known already, nor with what heals by itself.
   */
  onError(listener: (error: OddsError) => void): () => void;
  /**
   * Calls `listener` with the age of a sport's board, at once, each second, and with each change, until the returned
   * function is called. It subscribes to nothing.
   */
  onAge(sport: string, listener: (age: Age) => void): () => void;
  /** Ends the connection for good. */
  close(): void;
}

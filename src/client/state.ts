import type { ClientBoard } from "./apply-delta.js";
import type { OddsError } from "./errors.js";

/** `connecting`: not there yet, or on the way back. `closed`: by `close()`, or cut off by the server for good. */
export type ConnectionState = "connecting" | "connected" | "closed";

/** What a connection speaks over: HTTP requests that wait for news, or a WebSocket. */
export type ConnectionTransport = "polling" | "websocket";

/** What a frontend draws of one sport. A new object at each change; what is the same on its board keeps its identity. */
export interface SportState {
  /** Which sport it is: its key. */
  readonly sport: string;
  /** The latest board; null before the first. */
  readonly board: ClientBoard | null;
  /** How it is with the connection. */
  readonly connection: ConnectionState;
  /**
   * How far the prices may be relied on: the server's word while it is heard, and `stale` while it is not. null before
   * the first board.
   */
  readonly status: ClientBoard["status"] | null;
  /**
   * Why it is not `live`: the server's code for that; or the code of the connection's trouble (`NO_ANSWER`, say); or
   * `SILENT`, where there is a connection and nothing comes. null while it is.
   */
  readonly reason: string | null;
  /** Whether the prices should not be relied on: the status is not `live`. */
  readonly stale: boolean;
  /** The sport's own error, else why there is no connection; null once that is over. */
  readonly error: OddsError | null;
  /** How old the data is now, in ms, whatever the clocks of server and client say; null before the first board. */
  ageMs(): number | null;
}

/** Called with each new state of a sport. */
export type SportListener = (state: SportState) => void;

/** How it is with the connection, as a sport's state tells it. */
export interface Standing {
  readonly state: ConnectionState;
  readonly trouble: OddsError | null;
}

import { io, type ManagerOptions, type Socket, type SocketOptions } from "socket.io-client";
import type { ClientToServerEvents, ServerToClientEvents } from "./messages.js";
import type { ConnectionTransport } from "./state.js";

/** A socket.io-client typed with the server's events, for those who use it bare. */
export type OddsSocket = Socket<ServerToClientEvents, ClientToServerEvents>;
/** What socket.io-client can be told. */
export type OddsSocketOptions = Partial<ManagerOptions & SocketOptions>;

/** The longest wait between two attempts is between these, in ms. */
const LONGEST_MS = { least: 2500, most: 4500 };

/** A socket on its way to the server at `origin`, which connects again by itself. */
export function openSocket(origin: string, options: OddsSocketOptions): OddsSocket {
  return io(`${origin}/odds`, {
    // Its own connection: one that is shared with others of the page cannot be made anew when it is dead.
    forceNew: true,
    // Back within 5 s of the server; spread out, so that it is not met by everybody at once. socket.io-client cuts its
    // waits to the longest after it has spread them: so that is another for each connection.
    reconnectionDelay: 500,
    reconnectionDelayMax: LONGEST_MS.least + Math.random() * (LONGEST_MS.most - LONGEST_MS.least),
    randomizationFactor: 0.5,
    ...options,
  });
}

/** What a socket that is connected speaks over now. */
export function transportOf({ io }: OddsSocket): ConnectionTransport {
  return io.engine.transport.name === "polling" ? "polling" : "websocket";
}

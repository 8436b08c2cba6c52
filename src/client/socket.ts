import type { Socket } from "socket.io-client";
import type { ClientToServerEvents, ServerToClientEvents } from "../protocol/messages.js";

/** A socket.io-client typed with the server's events, for those who use it bare. */
export type OddsSocket = Socket<ServerToClientEvents, ClientToServerEvents>;

import type { Server as HttpServer, IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { Server } from "socket.io";
import type { ServerOptions, WebSocket } from "ws";
import type { Config } from "../config.js";
import { MAX_MESSAGE_BYTES } from "../protocol/connections.js";
import type { ClientToServerEvents, ServerToClientEvents } from "../protocol/socketio-events.js";
import type { OriginPolicy } from "./origins.js";
import { engineKeepsOrder, RawSocket } from "./raw-socket.js";
import { SharedDeflateServer } from "./websocket-server.js";

/** Socket.IO's server, with the wire's events. */
export type OddsServer = Server<ClientToServerEvents, ServerToClientEvents>;
/** When clients are pinged, and how long they may take to answer, in ms. */
export type PingConfig = Pick<Config, "PING_INTERVAL_MS" | "PING_TIMEOUT_MS">;

/** A connection that has not joined a namespace by then (ms) is cut off. */
const JOIN_TIMEOUT_MS = 10_000;

/**
 * Socket.IO on an HTTP server, as it is used here. Upgrades are for the caller to hand to it; `arrive` hears of each
 * WebSocket that came in by one, before anything is heard from it.
 */
export function createSocketIoServer(
  server: HttpServer,
  origins: OriginPolicy,
  config: PingConfig,
  arrive: (request: IncomingMessage, raw: RawSocket) => void,
): OddsServer {
  const taken = (client: WebSocket, request: IncomingMessage, stream: Duplex) =>
    arrive(request, new RawSocket(client, stream));
  const io: OddsServer = new Server(server, {
    // The plain WebSocket shares the upgrade event: what is not Socket.IO's is answered there.
    destroyUpgrade: false,
    // engine.io compresses nothing by itself: that would be done for each socket, at 33 times the CPU.
    perMessageDeflate: false,
    wsEngine: class extends SharedDeflateServer {
      constructor(options: ServerOptions) {
        super(options, taken);
      }
    },
    maxHttpBufferSize: MAX_MESSAGE_BYTES,
    pingInterval: config.PING_INTERVAL_MS,
    pingTimeout: config.PING_TIMEOUT_MS,
    connectTimeout: JOIN_TIMEOUT_MS,
    cors: (request, done) => done(null, origins.cors(request.headers)),
  });
  // A refused upgrade is answered there as well: engine.io says 400 to all, and a proxy would not try the next server.
  server.removeAllListeners("upgrade");
  return io;
}

/** Whether frames may be written past this server's engine.io; see raw-socket.ts. */
export function keepsOrder({ engine }: OddsServer): Promise<boolean> {
  const Engine = engine.constructor as unknown as Parameters<typeof engineKeepsOrder>[0];
  return engineKeepsOrder(Engine, { perMessageDeflate: false, wsEngine: SharedDeflateServer });
}

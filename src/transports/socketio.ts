import type { Server as HttpServer, IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Namespace, Server } from "socket.io";
import type { Hub } from "../delivery/hub.js";
import { errorMessage, reconnectMessage } from "../delivery/messages.js";
import type { SessionLimits } from "../delivery/session-limits.js";
import { AppError, logError, publicError } from "../errors.js";
import type { Logger } from "../logger.js";
import type { OddsFeed } from "../polling/feed.js";
import { ODDS_PATH } from "../protocol/connections.js";
import type { Answer, ClientToServerEvents, ServerToClientEvents } from "../protocol/socketio-events.js";
import type { Access } from "./access.js";
import { sendAway } from "./drain.js";
import type { OddsSocket } from "./socketio-connection.js";
import { guardHandshakes, queryOf, refusalOfUpgrade } from "./socketio-handshake.js";
import { createSocketIoServer, keepsOrder, type OddsServer, type PingConfig } from "./socketio-server.js";
import { SocketIoSessions } from "./socketio-sessions.js";
import type { Transport } from "./transport.js";
import type { UpgradeTransport } from "./upgrade.js";

/** engine.io's server, of which Socket.IO's types show less. */
type Upgrading = { handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void };

/** The Socket.IO transport: namespace `/odds`, a room for each sport. */
export class SocketIoTransport implements Transport, UpgradeTransport {
  private readonly io: OddsServer;
  private readonly odds: Namespace<ClientToServerEvents, ServerToClientEvents>;
  private readonly sessions: SocketIoSessions;

  constructor(
    server: HttpServer,
    feed: OddsFeed,
    hub: Hub,
    private readonly access: Access,
    config: PingConfig & SessionLimits,
    private readonly log: Logger,
  ) {
    const sessions = new SocketIoSessions(feed, hub, access, config, log);
    this.sessions = sessions;
    this.io = createSocketIoServer(server, access.origins, config, (request, raw) =>
      sessions.arrive(request, raw),
    );
    guardHandshakes(this.io, access, log);
    this.io.engine.on("connection", (engine: OddsSocket["conn"]) => sessions.hold(engine));
    this.io.use((socket, next) => this.enter(socket, next));
    this.io.on("connection", (socket) => this.hint(socket));
    this.odds = this.io.of(ODDS_PATH);
    this.odds.use((socket, next) => this.enter(socket, next));
    this.odds.on("connection", (socket) => this.welcome(socket));
    void this.tryOut();
  }

  get clients(): number {
    return this.odds.sockets.size;
  }

  /** Why a WebSocket may not come in. */
  refusal(request: IncomingMessage): AppError | undefined {
    return refusalOfUpgrade(request, this.access, (sid) => this.sessions.mayUpgrade(sid));
  }

  opens(request: IncomingMessage): boolean {
    return !queryOf(request).sid;
  }

  /** Takes an upgrade request in that may come in. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    (this.io.engine as Upgrading).handleUpgrade(request, socket, head);
  }

  /** Has operations on all processes' clients go by this adapter; boards do not. */
  use(adapter: Parameters<Server["adapter"]>[0]): void {
    this.io.adapter(adapter);
  }

  drain(spreadMs: number): void {
    this.sessions.drain();
    // This process's clients only: `emit` alone would go to those of all processes.
    this.odds.local.emit("error", errorMessage(AppError.shuttingDown()));
    sendAway(this.odds.sockets.values(), spreadMs, tellToReconnect, letReconnect);
  }

  close(): void {
    this.io.engine.close();
  }

  private async tryOut(): Promise<void> {
    if (await keepsOrder(this.io)) this.sessions.writeDirectly();
    else this.log.warn("This version of engine.io is not as expected: boards go the slower way through it");
  }

  /** A connection holds one client in each namespace: thousands of joins come in one packet. */
  private enter(socket: OddsSocket, next: (error?: Error) => void): void {
    const held = this.sessions.of(socket.conn);
    const { handshake, nsp } = socket;
    const { token } = handshake.auth;
    // Other processes can ask for a client's handshake.
    handshake.auth = {};
    if (!held?.connection.enter(nsp.name)) {
      next(refused(AppError.invalidMessage("This connection has a client in this namespace already.")));
    } else if (!this.access.auth.isOn) next();
    else {
      this.sessions.verify(held, token).then(
        (claims) => {
          if (nsp.name === ODDS_PATH) held.claims = claims;
          next();
        },
        (error: unknown) => {
          held.connection.exit(nsp.name);
          if (error instanceof AppError) this.access.refusedEntry(held.seat.client, error);
          else this.log.error("A client could not be let in", logError(error));
          next(refused(error));
        },
      );
    }
  }

  /** Tells a client in the main namespace where to go. */
  private hint(socket: OddsSocket): void {
    const error = AppError.invalidMessage(`There is nothing here: connect to the ${ODDS_PATH} namespace.`);
    socket.emit("error", errorMessage(error));
    socket.on("disconnect", () => this.sessions.of(socket.conn)?.connection.exit("/"));
  }

  private welcome(socket: OddsSocket): void {
    const held = this.sessions.of(socket.conn);
    if (!held) return;
    const { connection, session, claims } = held;
    connection.socket = socket;
    const name = {
      client: socket.id,
      transport: "socket.io",
      ...(claims?.sub === undefined ? {} : { sub: claims.sub }),
    };
    this.log.info("Client connected", name);
    if (claims) session.admit(claims);
    socket.onAny((event: string, ...args: unknown[]) => {
      // What came in one packet with its leaving comes after it.
      if (connection.socket !== socket) return;
      const { said, reply } = read(event, args);
      session.receive(said, reply);
    });
    socket.on("disconnect", (reason) => {
      session.leave();
      connection.socket = undefined;
      connection.exit(ODDS_PATH);
      held.claims = undefined;
      this.log.info("Client disconnected", { ...name, reason });
    });
    // Its connection was here before, and had no client in it to be sent away.
    if (this.sessions.isDraining) {
      socket.emit("error", errorMessage(AppError.shuttingDown()));
      sendAway([socket], 0, tellToReconnect, letReconnect);
    }
  }
}

function tellToReconnect(socket: OddsSocket, delayMs: number): void {
  socket.emit("reconnect", reconnectMessage(delayMs));
}

/** socket.disconnect() would tell clients never to come back; a closed transport makes them reconnect. */
function letReconnect(socket: OddsSocket): void {
  socket.conn.close();
}

const KNOWN_EVENTS = new Set(["subscribe", "unsubscribe", "auth", "message"]);

/** A refusal as Socket.IO tells it, by `connect_error`. */
function refused(error: unknown): Error {
  const told = publicError(error);
  return Object.assign(new Error(told.message), { data: told });
}

/** An event as the message that a plain WebSocket would have sent, and its callback. */
function read(event: string, args: readonly unknown[]): { said: unknown; reply?: (answer: Answer) => void } {
  const last = args.at(-1);
  const reply = typeof last === "function" ? (last as (answer: Answer) => void) : undefined;
  const said = args[0] === last && reply ? undefined : args[0];
  const named = event !== "message" && isObject(said) ? { ...said, type: event } : said;
  return {
    said: isObject(named) || KNOWN_EVENTS.has(event) ? named : { type: event },
    ...(reply ? { reply } : {}),
  };
}

function isObject(said: unknown): said is object {
  return said !== null && typeof said === "object" && !Array.isArray(said);
}

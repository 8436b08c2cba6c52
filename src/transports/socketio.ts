import { type Server as HttpServer, type IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { type Namespace, Server } from "socket.io";
import type { ServerOptions, WebSocket } from "ws";
import type { Config } from "../config.js";
import type { Hub } from "../delivery/hub.js";
import { errorMessage, reconnectMessage } from "../delivery/messages.js";
import { Session, type SessionLimits } from "../delivery/session.js";
import { AppError, publicError } from "../errors.js";
import type { Logger } from "../logger.js";
import type { OddsFeed } from "../polling/feed.js";
import {
  type Answer,
  type ClientToServerEvents,
  MAX_MESSAGE_BYTES,
  ODDS_PATH,
  type ServerToClientEvents,
} from "../protocol/messages.js";
import type { Access } from "./access.js";
import { sendAway } from "./drain.js";
import { engineKeepsOrder, forgetRequest, onPoll, RawSocket, slimRequest } from "./raw-socket.js";
import { type EngineSocket, type OddsSocket, SocketIoConnection } from "./socketio-connection.js";
import type { Transport } from "./transport.js";
import { refuse, type UpgradeTransport } from "./upgrade.js";
import { SharedDeflateServer } from "./websocket-server.js";

/** A connection that has not joined a namespace by then (ms) is cut off. */
const JOIN_TIMEOUT_MS = 10_000;

/** engine.io's server, of which Socket.IO's types show less. */
type Upgrading = { handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void };
/** A connection and what goes with it. */
type Held = { readonly connection: SocketIoConnection; readonly session: Session };

/** The Socket.IO transport: namespace `/odds`, a room for each sport. */
export class SocketIoTransport implements Transport, UpgradeTransport {
  private readonly io: Server<ClientToServerEvents, ServerToClientEvents>;
  private readonly odds: Namespace<ClientToServerEvents, ServerToClientEvents>;
  private readonly held = new WeakMap<EngineSocket, Held>();
  /** Clients that poll, by session id: these may go on with a WebSocket. */
  private readonly polling = new Map<string, Held>();
  /** WebSockets whose connection engine.io is about to make. */
  private readonly arriving = new WeakMap<IncomingMessage, RawSocket>();
  private isDirect = false;
  private draining = false;

  constructor(
    server: HttpServer,
    private readonly feed: OddsFeed,
    private readonly hub: Hub,
    private readonly access: Access,
    private readonly config: Pick<Config, "PING_INTERVAL_MS" | "PING_TIMEOUT_MS"> & SessionLimits,
    private readonly log: Logger,
  ) {
    const { origins } = access;
    const taken = (client: WebSocket, request: IncomingMessage, stream: Duplex) =>
      this.arrive(request, new RawSocket(client, stream));
    this.io = new Server(server, {
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
      cors: origins.all
        ? { origin: "*" }
        : { origin: (origin, done) => done(null, origins.allows(origin)), credentials: true },
    });
    // A refused upgrade is answered there as well: engine.io says 400 to all, and a proxy would not try the next server.
    server.removeAllListeners("upgrade");
    this.io.engine.use((request: IncomingMessage, response: ServerResponse, next: () => void) => {
      if (!(response instanceof ServerResponse)) {
        forgetRequest(response);
        next();
        return;
      }
      const refusal = this.refusalOfPoll(request);
      if (refusal) answer(response, refusal);
      else next();
    });
    // engine.io's own refusals are neither of one form nor of ours.
    this.io.engine.on("connection_error", (refused: { req: Refused; message: string }) => {
      const error = AppError.invalidMessage(`${refused.message}.`);
      if (refused.req.res) answer(refused.req.res, error);
      else refuse(refused.req.socket, error);
    });
    this.io.engine.on("connection", (connection: EngineSocket) => this.hold(connection));
    this.io.use((socket, next) => this.enter(socket, next));
    this.io.on("connection", (socket) => {
      const hint = AppError.invalidMessage(`There is nothing here: connect to the ${ODDS_PATH} namespace.`);
      socket.emit("error", errorMessage(hint));
      socket.on("disconnect", () => this.held.get(socket.conn)?.connection.exit("/"));
    });
    this.odds = this.io.of(ODDS_PATH);
    this.odds.use((socket, next) => this.enter(socket, next));
    this.odds.on("connection", (socket) => this.welcome(socket));
    void this.tryOut();
  }

  get clients(): number {
    return this.odds.sockets.size;
  }

  /** Why a WebSocket may not come in. One that a polling client goes on with is no new connection. */
  refusal(request: IncomingMessage): AppError | undefined {
    const { sid, transport } = queryOf(request);
    if (transport !== "websocket") {
      return AppError.invalidMessage("A WebSocket of Socket.IO's has transport=websocket in its query.");
    }
    if (!sid) return wrongProtocol(request) ?? this.access.refusal(request);
    const refusal = this.access.refusalOfAny(request);
    if (refusal) return refusal;
    const known = this.polling.get(sid);
    return known && !known.connection.isUpgrading
      ? undefined
      : AppError.invalidMessage(
          "No session of this id can go on with a WebSocket. Connect anew, without sid.",
        );
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
    this.draining = true;
    // This process's clients only: `emit` alone would go to those of all processes.
    this.odds.local.emit("error", errorMessage(AppError.shuttingDown()));
    sendAway(
      this.odds.sockets.values(),
      spreadMs,
      (socket, delayMs) => socket.emit("reconnect", reconnectMessage(delayMs)),
      // socket.disconnect() would tell clients never to come back; a closed transport makes them reconnect.
      (socket) => socket.conn.close(),
    );
  }

  close(): void {
    this.io.engine.close();
  }

  /** Why a request of a polling client is refused; undefined when it is not, or that is engine.io's to say. */
  private refusalOfPoll(request: IncomingMessage): AppError | undefined {
    if (request.method !== "GET" && request.method !== "POST") {
      return new AppError("INVALID_MESSAGE", "Socket.IO is spoken by GET and POST.", 405);
    }
    return queryOf(request).sid ? undefined : (wrongProtocol(request) ?? this.access.refusal(request));
  }

  private async tryOut(): Promise<void> {
    const { engine } = this.io;
    const Engine = engine.constructor as unknown as Parameters<typeof engineKeepsOrder>[0];
    this.isDirect = await engineKeepsOrder(Engine, {
      perMessageDeflate: false,
      wsEngine: SharedDeflateServer,
    });
    if (!this.isDirect) {
      this.log.warn("This version of engine.io is not as expected: boards go the slower way through it");
    }
  }

  /** A WebSocket has come in, and nothing was heard from it yet. */
  private arrive(request: IncomingMessage, raw: RawSocket): void {
    const held = this.polling.get(queryOf(request).sid ?? "");
    if (!held) this.arriving.set(request, raw);
    else {
      raw.counter = held.session;
      held.connection.tries(raw);
    }
  }

  /** engine.io has made a connection. */
  private hold(engine: EngineSocket): void {
    const { request } = engine;
    const { id } = engine as unknown as { readonly id: string };
    const client = this.access.client(request);
    // Several that came at once may have been let in together.
    if (this.access.isFull(client)) {
      engine.close(true);
      return;
    }
    const release = this.access.hold(client);
    const raw = this.arriving.get(request);
    slimRequest(engine);
    const connection = new SocketIoConnection(engine, client, () => this.isDirect, raw);
    const session = new Session(this.feed, this.hub, this.config, connection, this.log);
    const held = { connection, session };
    this.held.set(engine, held);
    if (raw) raw.counter = session;
    else this.attend(engine, id, held);
    engine.once("close", () => {
      release();
      this.polling.delete(id);
      session.end();
      // Who is sent away has read nothing wrong, and gets its time.
      if (!this.draining) connection.closed();
    });
  }

  /** Goes along with a client that polls, until it has a WebSocket. */
  private attend(engine: EngineSocket, id: string, held: Held): void {
    const { connection, session } = held;
    this.polling.set(id, held);
    const count = () => session.count();
    engine.on("packet", count);
    onPoll(engine.transport, () => session.catchUp());
    engine.once("upgrade", () => {
      engine.off("packet", count);
      this.polling.delete(id);
      connection.upgraded();
      session.catchUp();
    });
  }

  /** A connection holds one client in each namespace: thousands of joins come in one packet. */
  private enter(socket: OddsSocket, next: (error?: Error) => void): void {
    const connection = this.held.get(socket.conn)?.connection;
    if (connection?.enter(socket.nsp.name)) next();
    else {
      const error = AppError.invalidMessage("This connection has a client in this namespace already.");
      next(Object.assign(new Error(error.message), { data: publicError(error) }));
    }
  }

  private welcome(socket: OddsSocket): void {
    const held = this.held.get(socket.conn);
    if (!held) return;
    const { connection, session } = held;
    connection.socket = socket;
    this.log.info("Client connected", { client: socket.id, door: "socket.io" });
    socket.onAny((event: string, ...args: unknown[]) => {
      // What came in one packet with its leaving comes after it.
      if (connection.socket !== socket) return;
      const last = args.at(-1);
      const reply = typeof last === "function" ? (last as (answer: Answer) => void) : undefined;
      const said = args[0] === last && reply ? undefined : args[0];
      const named = event !== "message" && isObject(said) ? { ...said, type: event } : said;
      session.receive(isObject(named) || KNOWN_EVENTS.has(event) ? named : { type: event }, reply);
    });
    socket.on("disconnect", (reason) => {
      session.leave();
      connection.socket = undefined;
      connection.exit(ODDS_PATH);
      this.log.info("Client disconnected", { client: socket.id, door: "socket.io", reason });
    });
  }
}

/** A request as engine.io refuses it: an upgrade has no response. */
type Refused = IncomingMessage & { readonly res?: ServerResponse };

/** Answers a request with an error, unless it is answered. */
function answer(response: ServerResponse, error: AppError): void {
  if (response.headersSent) return;
  response.writeHead(error.status, { "Content-Type": "application/json" });
  response.end(JSON.stringify({ error: publicError(error) }));
}

/** What engine.io goes by in a request's query; of several of one name the last counts. */
function queryOf({ url = "" }: IncomingMessage): { sid?: string; transport?: string; EIO?: string } {
  const start = url.indexOf("?");
  return start < 0 ? {} : Object.fromEntries(new URLSearchParams(url.slice(start + 1)));
}

function wrongProtocol(request: IncomingMessage): AppError | undefined {
  if (queryOf(request).EIO === "4") return undefined;
  return AppError.invalidMessage(
    "This server speaks Engine.IO 4 (EIO=4): connect with socket.io-client 3 or later.",
  );
}

const KNOWN_EVENTS = new Set(["subscribe", "unsubscribe", "message"]);

function isObject(said: unknown): said is object {
  return said !== null && typeof said === "object" && !Array.isArray(said);
}

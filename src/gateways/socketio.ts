import { type Server as HttpServer, type IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { type Namespace, Server, type Socket } from "socket.io";
import type { WebSocket } from "ws";
import type { Config } from "../config.js";
import { AppError, publicError } from "../errors.js";
import type { Logger } from "../logger.js";
import type { OddsFeed } from "../odds/feed.js";
import type { Access } from "./access.js";
import type { Audience } from "./audience.js";
import { SharedDeflateServer, takesDeflated } from "./compression.js";
import type { Door } from "./door.js";
import { sendAway } from "./farewell.js";
import type { Frame } from "./frame.js";
import type { Wire } from "./member.js";
import { errorMessage, reconnectMessage } from "./messages.js";
import {
  type Answer,
  type ClientToServerEvents,
  MAX_MESSAGE_BYTES,
  ODDS_PATH,
  room,
  type ServerToClientEvents,
} from "./protocol.js";
import { type Line, type Refusal, Session, type SessionLimits } from "./session.js";

/** A connection that has not joined a namespace by then (ms) is cut off. */
const JOIN_TIMEOUT_MS = 10_000;

type Connection = { request: IncomingMessage; once(event: "close", listener: () => void): void };
/** engine.io's server, of which Socket.IO's types show less. */
type Upgrading = { handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void };
/** The packets that an engine.io connection has yet to send. */
type Queueing = { readonly writeBuffer: readonly unknown[] };
type OddsSocket = Socket<ClientToServerEvents, ServerToClientEvents>;

/** The Socket.IO door: namespace `/odds`, a room for each sport. */
export class SocketIoDoor implements Door {
  private readonly io: Server<ClientToServerEvents, ServerToClientEvents>;
  private readonly odds: Namespace<ClientToServerEvents, ServerToClientEvents>;

  constructor(
    server: HttpServer,
    private readonly feed: OddsFeed,
    private readonly audience: Audience,
    private readonly access: Access,
    private readonly config: Pick<Config, "PING_INTERVAL_MS" | "PING_TIMEOUT_MS"> & SessionLimits,
    private readonly log: Logger,
  ) {
    const { origins } = access;
    this.io = new Server(server, {
      // The plain WebSocket shares the upgrade event: what is not Socket.IO's is answered there.
      destroyUpgrade: false,
      // engine.io compresses nothing by itself: that would be done for each socket, at 33 times the CPU.
      perMessageDeflate: false,
      wsEngine: SharedDeflateServer,
      maxHttpBufferSize: MAX_MESSAGE_BYTES,
      pingInterval: config.PING_INTERVAL_MS,
      pingTimeout: config.PING_TIMEOUT_MS,
      connectTimeout: JOIN_TIMEOUT_MS,
      cors: origins.all
        ? { origin: "*" }
        : { origin: (origin, done) => done(null, origins.allows(origin)), credentials: true },
      allowRequest: (request, done) => {
        const refusal = access.refusal(request);
        done(refusal && `${refusal.code}: ${refusal.message}`, !refusal);
      },
    });
    // A refused upgrade is answered there as well: engine.io says 400 to all, and a proxy would not try the next server.
    server.removeAllListeners("upgrade");
    // Its first answer to a polling client, likewise: 503 while the server goes down.
    this.io.engine.use((request: IncomingMessage, response: ServerResponse, next: () => void) => {
      // An upgrade's stand-in for a response lives as long as the connection, and would keep the request.
      if (!(response instanceof ServerResponse))
        setImmediate(() => Object.assign(response, { req: undefined }));
      const refusal = access.refusal(request);
      if (refusal?.code !== "SHUTTING_DOWN" || request.url?.includes("sid=")) next();
      else {
        response.writeHead(refusal.status, { "Content-Type": "application/json" });
        response.end(JSON.stringify({ error: publicError(refusal) }));
      }
    });
    this.io.engine.on("connection", (connection: Connection) => {
      connection.once("close", access.hold(connection.request));
    });
    this.io.on("connection", (socket) => {
      const hint = AppError.invalidMessage(`There is nothing here: connect to the ${ODDS_PATH} namespace.`);
      socket.emit("error", errorMessage(hint));
    });
    this.odds = this.io.of(ODDS_PATH);
    this.odds.on("connection", (socket) => this.welcome(socket));
  }

  get clients(): number {
    return this.odds.sockets.size;
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

  private welcome(socket: OddsSocket): void {
    const line = new SocketIoLine(socket, this.access.client(socket.request));
    const session = new Session(this.feed, this.audience, this.config, line, this.log);
    forgetRequest(socket);
    this.log.info("Client connected", { client: socket.id, door: "socket.io" });
    line.wire.onOpen(() => session.catchUp());
    socket.onAny((event: string, ...args: unknown[]) => {
      const last = args.at(-1);
      const reply = typeof last === "function" ? (last as (answer: Answer) => void) : undefined;
      const said = args[0] === last && reply ? undefined : args[0];
      const named = event !== "message" && isObject(said) ? { ...said, type: event } : said;
      session.receive(isObject(named) || KNOWN_EVENTS.has(event) ? named : { type: event }, reply);
    });
    socket.on("disconnect", (reason) => {
      session.end();
      this.log.info("Client disconnected", { client: socket.id, door: "socket.io", reason });
    });
  }
}

/** What is left of a connection's handshake. */
const FORGOTTEN = Object.freeze({ headers: {}, query: {}, auth: {} });

/** Nobody asks any more for what a connection came with: headers, 2 KB of them and more. */
function forgetRequest(socket: OddsSocket): void {
  Object.assign(socket, { handshake: FORGOTTEN });
  // A polling connection is its requests.
  if (socket.conn.transport.name === "websocket") Object.assign(socket.conn, { request: undefined });
}

const KNOWN_EVENTS = new Set(["subscribe", "unsubscribe", "message"]);

function isObject(said: unknown): said is object {
  return said !== null && typeof said === "object" && !Array.isArray(said);
}

/** A connection to `/odds`. A class, as ten thousand of them should not have closures of their own. */
class SocketIoLine implements Line {
  readonly wire: EngineWire;

  constructor(
    private readonly socket: OddsSocket,
    readonly client: string,
  ) {
    this.wire = new EngineWire(socket.conn);
  }

  get id(): string {
    return this.socket.id;
  }

  joined(sport: string): void {
    void this.socket.join(room(sport));
  }

  left(sport: string): void {
    void this.socket.leave(room(sport));
  }

  refuse(why: Refusal): void {
    // What waits for a slow one is thrown away with the connection: nothing would be read behind it.
    if (why === "too slow") this.socket.conn.close(true);
    else this.socket.disconnect(true);
  }
}

/** An engine.io connection: a WebSocket, or a polling client that takes frames only while a poll waits. */
class EngineWire implements Wire {
  private polled = 0;
  private stream: Duplex | undefined;
  private deflated = false;

  constructor(private readonly connection: OddsSocket["conn"]) {}

  get open(): boolean {
    const { readyState, transport } = this.connection;
    return readyState === "open" && (transport.name !== "polling" || transport.writable);
  }

  get deflates(): boolean {
    return this.direct() !== undefined && this.deflated;
  }

  get unsent(): number {
    return this.polled + (this.stream?.writableLength ?? 0);
  }

  /** Calls `listener` whenever a poll has come in, or the transport was upgraded. */
  onOpen(listener: () => void): void {
    if (this.connection.transport.name !== "polling") return;
    // Before engine.io answers the poll with what little it has to say itself, such as a ping.
    this.connection.transport.prependListener("ready", listener);
    this.connection.once("upgrade", listener);
  }

  write(frame: Frame, sent?: () => void): void {
    const stream = this.direct();
    if (stream) stream.write(frame.packetFrame(this.deflated), sent);
    else this.writeInTurn(frame, sent);
  }

  /** The socket itself, once the transport is a WebSocket: engine.io's way to it costs as much again as the write. */
  private direct(): Duplex | undefined {
    const { readyState, transport } = this.connection;
    if (readyState !== "open") return undefined;
    if (this.stream === undefined && transport.name === "websocket") {
      const { socket } = transport as unknown as { socket: WebSocket & { _socket: Duplex } };
      this.stream = socket._socket;
      this.deflated = takesDeflated(socket);
    }
    // What engine.io has yet to send goes first.
    return (this.connection as unknown as Queueing).writeBuffer.length === 0 ? this.stream : undefined;
  }

  private writeInTurn(frame: Frame, sent?: () => void): void {
    // Not the frame itself: its text must not wait in memory for a client that does not read.
    const { size } = frame;
    this.polled += size;
    this.connection.write(frame.packet, { compress: false }, () => {
      this.polled -= size;
      sent?.();
    });
  }
}

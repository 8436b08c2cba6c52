import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import type { Config } from "../config.js";
import type { Claims } from "../delivery/claims.js";
import type { Connection, Refusal } from "../delivery/connection.js";
import type { Hub } from "../delivery/hub.js";
import { errorMessage, reconnectMessage } from "../delivery/messages.js";
import { PreparedMessage } from "../delivery/prepared-message.js";
import { Session } from "../delivery/session.js";
import type { SessionLimits } from "../delivery/session-limits.js";
import { AppError } from "../errors.js";
import type { Logger } from "../logger.js";
import type { TransportCounts } from "../metrics.js";
import type { OddsFeed } from "../polling/feed.js";
import { CLOSE, MAX_MESSAGE_BYTES } from "../protocol/connections.js";
import type { Access } from "./access.js";
import { sendAway } from "./drain.js";
import { RawSocket, wsKeepsOrder } from "./raw-socket.js";
import type { Seat } from "./seats.js";
import type { Transport } from "./transport.js";
import type { UpgradeTransport } from "./upgrade.js";
import { SharedDeflateServer } from "./websocket-server.js";

/** A client that is cut off gets this long (ms) to read why. */
const CUT_OFF_MS = 1000;
/** Where tokens are on, a client that came without one says it by then, in ms. */
const TOKEN_MS = 5000;

/** The close code for each reason to cut a client off. */
const CODES: Readonly<Record<Refusal, number>> = {
  "too many messages": CLOSE.policy,
  "too many connections": CLOSE.policy,
  "too slow": CLOSE.tooSlow,
  "no token": CLOSE.unauthorized,
  "token expired": CLOSE.unauthorized,
};

/** The plain WebSocket transport: JSON text frames at `/odds`. */
export class WebSocketTransport implements Transport, UpgradeTransport {
  private readonly sockets = new SharedDeflateServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    clientTracking: true,
  });
  /** Whether frames may be written past ws; see raw-socket.ts. */
  private readonly direct = wsKeepsOrder(SharedDeflateServer);
  private readonly lastHeard = new WeakMap<WebSocket, number>();
  private readonly pings: NodeJS.Timeout;
  private connections = 0;

  constructor(
    private readonly feed: OddsFeed,
    private readonly hub: Hub,
    private readonly access: Access,
    private readonly config: Pick<Config, "PING_INTERVAL_MS" | "PING_TIMEOUT_MS"> & SessionLimits,
    private readonly log: Logger,
  ) {
    if (!this.direct) log.warn("This version of ws is not as expected: boards go the slower way through it");
    this.pings = setInterval(() => this.ping(), config.PING_INTERVAL_MS).unref();
  }

  get clients(): number {
    return this.sockets.clients.size;
  }

  drain(spreadMs: number): void {
    const goodbye = new PreparedMessage(errorMessage(AppError.shuttingDown()));
    sendAway(
      this.sockets.clients,
      spreadMs,
      (socket, delayMs) => {
        socket.send(goodbye.json);
        socket.send(JSON.stringify(reconnectMessage(delayMs)));
      },
      (socket) => socket.close(CLOSE.restart, "restarting"),
    );
  }

  close(): void {
    clearInterval(this.pings);
    for (const socket of this.sockets.clients) socket.terminate();
  }

  /** Why a WebSocket may not come in. */
  refusal(request: IncomingMessage): AppError | undefined {
    return this.access.refusal(request);
  }

  opens(): boolean {
    return true;
  }

  /** Takes an upgrade request in that may come in. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.sockets.handleUpgrade(request, socket, head, (client) => this.welcome(client, request, socket));
  }

  private welcome(socket: WebSocket, request: IncomingMessage, stream: Duplex): void {
    this.connections += 1;
    const { auth } = this.access;
    const claims = auth.of(request);
    const seat = this.access.seat(request);
    const raw = new RawSocket(socket, stream);
    const id = `ws-${this.connections}`;
    const counts = this.hub.counts.websocket;
    const connection = new WebSocketConnection(id, seat, counts, raw, this.direct, this.log);
    const verify = this.access.verifier(seat.client);
    const session = new Session(this.feed, this.hub, this.config, connection, this.log, verify);
    raw.counter = session;
    this.lastHeard.set(socket, Date.now());
    socket.on("pong", () => this.lastHeard.set(socket, Date.now()));
    socket.on("message", (frame: Buffer, isBinary) => session.receive(isBinary ? undefined : parse(frame)));
    // ws closes the socket itself, with the fitting code; the log says why.
    socket.on("error", (error) =>
      this.log.debug("WebSocket error", { client: connection.id, error: error.message }),
    );
    socket.on("close", (code) => {
      seat.leave();
      session.end();
      connection.closed(code);
    });
    if (auth.isOn && !claims) session.awaitToken(TOKEN_MS);
    else connection.admit(claims);
    if (claims) session.admit(claims);
  }

  private ping(): void {
    const deadline = Date.now() - this.config.PING_INTERVAL_MS - this.config.PING_TIMEOUT_MS;
    for (const socket of this.sockets.clients) {
      if ((this.lastHeard.get(socket) ?? 0) < deadline) socket.terminate();
      else socket.ping();
    }
  }
}

/** One plain WebSocket. Whole frames are written past ws, which holds none back as it compresses none. */
class WebSocketConnection implements Connection {
  readonly deflates: boolean;
  boards = 0;
  /** What the log says of it, once it is in. */
  private name: Record<string, unknown> | undefined;

  constructor(
    readonly id: string,
    private readonly seat: Seat,
    readonly counts: TransportCounts,
    private readonly raw: RawSocket,
    private readonly direct: boolean,
    private readonly log: Logger,
  ) {
    this.deflates = direct && raw.deflates;
  }

  get client(): string {
    return this.seat.client;
  }

  /** It is in: by these claims, or as nobody needs a token. */
  admit(claims?: Claims): boolean {
    if (claims && !this.seat.moveTo(claims)) return false;
    this.name = {
      client: this.id,
      transport: "websocket",
      ...(claims?.sub === undefined ? {} : { sub: claims.sub }),
    };
    this.log.info("Client connected", this.name);
    return true;
  }

  /** It is gone. */
  closed(code: number): void {
    if (this.name) this.log.info("Client disconnected", { ...this.name, code });
  }

  get open(): boolean {
    return this.raw.open;
  }

  get unsent(): number {
    return this.raw.unsent;
  }

  get unread(): number {
    return this.raw.unsent - this.boards;
  }

  bytesOf(message: PreparedMessage): number {
    return this.direct ? message.textFrame(this.deflates).length : message.size;
  }

  write(message: PreparedMessage, sent?: () => void): void {
    if (!this.open) sent?.();
    else if (this.direct) this.raw.write(message.textFrame(this.deflates), sent);
    else this.raw.socket.send(message.json, { compress: false }, sent);
  }

  refuse(why: Refusal): void {
    this.raw.socket.close(CODES[why], why);
    this.raw.cutWithin(CUT_OFF_MS);
  }
}

/** What does not parse is refused by the session like any other message of the wrong form. */
function parse(frame: Buffer): unknown {
  try {
    return JSON.parse(frame.toString());
  } catch {
    return undefined;
  }
}

import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import type { Config } from "../config.js";
import { AppError } from "../errors.js";
import type { Logger } from "../logger.js";
import type { OddsFeed } from "../odds/feed.js";
import type { Access } from "./access.js";
import type { Audience } from "./audience.js";
import { SharedDeflateServer, takesDeflated } from "./compression.js";
import type { Door } from "./door.js";
import { sendAway } from "./farewell.js";
import { Frame } from "./frame.js";
import type { Wire } from "./member.js";
import { errorMessage, reconnectMessage } from "./messages.js";
import { CLOSE, MAX_MESSAGE_BYTES } from "./protocol.js";
import { type Refusal, Session, type SessionLimits } from "./session.js";

/** The plain WebSocket door: JSON text frames at `/odds`. */
export class WebSocketDoor implements Door {
  private readonly sockets = new SharedDeflateServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    clientTracking: true,
  });
  private readonly lastHeard = new WeakMap<WebSocket, number>();
  private readonly pings: NodeJS.Timeout;
  private connections = 0;

  constructor(
    private readonly feed: OddsFeed,
    private readonly audience: Audience,
    private readonly access: Access,
    private readonly config: Pick<Config, "PING_INTERVAL_MS" | "PING_TIMEOUT_MS"> & SessionLimits,
    private readonly log: Logger,
  ) {
    this.pings = setInterval(() => this.ping(), config.PING_INTERVAL_MS).unref();
  }

  get clients(): number {
    return this.sockets.clients.size;
  }

  drain(spreadMs: number): void {
    const goodbye = new Frame(errorMessage(AppError.shuttingDown()));
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

  /** Takes an upgrade request in that may come in. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.sockets.handleUpgrade(request, socket, head, (client) => this.welcome(client, request, socket));
  }

  private welcome(socket: WebSocket, request: IncomingMessage, connection: Duplex): void {
    const release = this.access.hold(request);
    this.connections += 1;
    const line = {
      id: `ws-${this.connections}`,
      client: this.access.client(request),
      wire: new WebSocketWire(socket, connection),
      // A client that never reads the close is cut off by ws, 30 s later.
      refuse: (why: Refusal) => socket.close(why === "too slow" ? CLOSE.tooSlow : CLOSE.policy, why),
    };
    const session = new Session(this.feed, this.audience, this.config, line, this.log);
    this.lastHeard.set(socket, Date.now());
    this.log.info("Client connected", { client: line.id, door: "websocket" });
    socket.on("pong", () => this.lastHeard.set(socket, Date.now()));
    socket.on("message", (frame: Buffer, isBinary) => session.receive(isBinary ? undefined : parse(frame)));
    // ws closes the socket itself, with the fitting code; the log says why.
    socket.on("error", (error) =>
      this.log.debug("WebSocket error", { client: line.id, error: error.message }),
    );
    socket.on("close", (code) => {
      release();
      session.end();
      this.log.info("Client disconnected", { client: line.id, door: "websocket", code });
    });
  }

  private ping(): void {
    const deadline = Date.now() - this.config.PING_INTERVAL_MS - this.config.PING_TIMEOUT_MS;
    for (const socket of this.sockets.clients) {
      if ((this.lastHeard.get(socket) ?? 0) < deadline) socket.terminate();
      else socket.ping();
    }
  }
}

/** Writes whole frames past ws, which holds none back as it compresses none. */
class WebSocketWire implements Wire {
  readonly deflates: boolean;

  constructor(
    private readonly socket: WebSocket,
    private readonly connection: Duplex,
  ) {
    this.deflates = takesDeflated(socket);
  }

  get open(): boolean {
    return this.socket.readyState === this.socket.OPEN;
  }

  get unsent(): number {
    return this.connection.writableLength;
  }

  write(frame: Frame, sent?: () => void): void {
    if (this.open) this.connection.write(frame.textFrame(this.deflates), sent);
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

import type { Server as HttpServer, IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import type { Config } from "../config.js";
import { AppError } from "../errors.js";
import type { Logger } from "../logger.js";
import type { OddsFeed } from "../odds/feed.js";
import type { Access } from "./access.js";
import type { Door } from "./door.js";
import { errorMessage, oddsUpdate } from "./messages.js";
import { CLOSE, MAX_MESSAGE_BYTES, ODDS_PATH, type ServerMessage } from "./protocol.js";
import { type Line, Session } from "./session.js";

/** Where engine.io answers upgrades itself. */
const SOCKET_IO_PATH = "/socket.io/";

/** The plain WebSocket door: JSON text frames at `/odds`. */
export class WebSocketDoor implements Door {
  private readonly sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
    clientTracking: true,
  });
  private readonly rooms = new Map<string, Set<WebSocket>>();
  private readonly lastHeard = new WeakMap<WebSocket, number>();
  private readonly pings: NodeJS.Timeout;
  private connections = 0;

  constructor(
    server: HttpServer,
    private readonly feed: OddsFeed,
    private readonly access: Access,
    private readonly config: Pick<
      Config,
      "PING_INTERVAL_MS" | "PING_TIMEOUT_MS" | "MAX_SUBSCRIPTIONS" | "MAX_MESSAGES_PER_SECOND"
    >,
    private readonly log: Logger,
  ) {
    server.on("upgrade", (request, socket, head) => this.upgrade(request, socket, head));
    this.pings = setInterval(() => this.ping(), config.PING_INTERVAL_MS).unref();
    feed.listen({
      board: (view) => this.toRoom(view.sport, () => oddsUpdate(view)),
      failure: (sport, error) => this.toRoom(sport, () => errorMessage(error, sport)),
    });
  }

  get clients(): number {
    return this.sockets.clients.size;
  }

  drain(): void {
    const goodbye = JSON.stringify(errorMessage(AppError.shuttingDown()));
    for (const socket of this.sockets.clients) {
      socket.send(goodbye);
      socket.close(CLOSE.restart, "restarting");
    }
  }

  close(): void {
    clearInterval(this.pings);
    for (const socket of this.sockets.clients) socket.terminate();
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (request.url?.startsWith(SOCKET_IO_PATH)) return;
    // A client that resets while it is being answered is no news.
    socket.on("error", () => socket.destroy());
    const refusal =
      request.url?.split("?")[0] === ODDS_PATH
        ? this.access.refusal(request)
        : new AppError("NOT_FOUND", `There is no WebSocket here: it is at ${ODDS_PATH}.`);
    if (refusal) refuseUpgrade(socket, refusal);
    else this.sockets.handleUpgrade(request, socket, head, (client) => this.welcome(client, request));
  }

  private welcome(socket: WebSocket, request: IncomingMessage): void {
    const release = this.access.hold(request);
    this.connections += 1;
    const line: Line = {
      id: `ws-${this.connections}`,
      send: (message: ServerMessage) => socket.send(JSON.stringify(message)),
      join: (sport) => this.join(sport, socket),
      leave: (sport) => this.leave(sport, socket),
      refuse: () => socket.close(CLOSE.policy, "too many messages"),
    };
    const joined = new Session(this.feed, this.config, line, this.log);
    this.lastHeard.set(socket, Date.now());
    this.log.info("Client connected", { client: line.id, door: "websocket" });
    socket.on("pong", () => this.lastHeard.set(socket, Date.now()));
    socket.on("message", (frame: Buffer, isBinary) => joined.receive(isBinary ? undefined : parse(frame)));
    // ws closes the socket itself, with the fitting code; the log says why.
    socket.on("error", (error) =>
      this.log.debug("WebSocket error", { client: line.id, error: error.message }),
    );
    socket.on("close", (code) => {
      release();
      joined.end();
      for (const [sport, members] of this.rooms) if (members.has(socket)) this.leave(sport, socket);
      this.log.info("Client disconnected", { client: line.id, door: "websocket", code });
    });
  }

  private join(sport: string, socket: WebSocket): void {
    const members = this.rooms.get(sport) ?? new Set();
    this.rooms.set(sport, members.add(socket));
  }

  private leave(sport: string, socket: WebSocket): void {
    const members = this.rooms.get(sport);
    members?.delete(socket);
    if (members?.size === 0) this.rooms.delete(sport);
  }

  private toRoom(sport: string, message: () => ServerMessage): void {
    const members = this.rooms.get(sport);
    if (!members) return;
    const frame = Buffer.from(JSON.stringify(message()));
    for (const socket of members) socket.send(frame, { binary: false });
  }

  private ping(): void {
    const deadline = Date.now() - this.config.PING_INTERVAL_MS - this.config.PING_TIMEOUT_MS;
    for (const socket of this.sockets.clients) {
      if ((this.lastHeard.get(socket) ?? 0) < deadline) socket.terminate();
      else socket.ping();
    }
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

function refuseUpgrade(socket: Duplex, error: AppError): void {
  const reason =
    { 403: "Forbidden", 404: "Not Found", 429: "Too Many Requests" }[error.status] ?? "Service Unavailable";
  const body = JSON.stringify({ error: { code: error.code, message: error.message } });
  socket.end(
    `HTTP/1.1 ${error.status} ${reason}\r\nConnection: close\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

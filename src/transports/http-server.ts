import { createServer, type RequestListener, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Config } from "../config.js";
import { Faults } from "../faults.js";
import type { Logger } from "../logger.js";
import type { HttpCounts } from "../metrics.js";

/** Headers must come within this time (ms), looked at every {@link LOOK_MS}: no slow loris, no half-open connections. */
const HEADERS_MS = 10_000;
const LOOK_MS = 5000;
/** So many connections may wait to be accepted while this process is busy; the system may allow fewer. Node's 511 is too few where thousands come back at once. */
const BACKLOG = 4096;
/** An answer that nobody takes a byte of for so long, or twice as long as Node counts, is ended, in ms: it would hold its memory and its connection for ever. */
const STALLED_MS = 60_000;
/** How often a stop looks for connections that have become idle, in ms. */
const IDLE_LOOK_MS = 50;

/** The one HTTP server that every transport shares, and its connections. */
export class HttpServer {
  readonly server: Server;
  private readonly sockets = new Set<Socket>();

  constructor(
    handler: RequestListener,
    private readonly log: Logger,
    counts: HttpCounts,
    stalledMs = STALLED_MS,
  ) {
    this.server = createServer({ connectionsCheckingInterval: LOOK_MS }, (request, response) => {
      count(response, counts);
      handler(request, response);
    });
    this.server.headersTimeout = HEADERS_MS;
    this.server.timeout = stalledMs;
    // Node would drop those behind the 2000th: what a proxy adds (X-Forwarded-For) may be the last. 16 KB bound them anyway.
    this.server.maxHeadersCount = 0;
    // Node would refuse what is expected but `100-continue`, without a word; it may be ignored (RFC 9110, section 10.1.1).
    this.server.on("checkExpectation", (request, response) => this.server.emit("request", request, response));
    const { sockets } = this;
    // One listener for all: ten thousand connections should not have one each.
    function forget(this: Socket): void {
      sockets.delete(this);
    }
    this.server.on("connection", (socket) => {
      // One whose upgrade was ignored comes a second time.
      if (sockets.has(socket)) return;
      sockets.add(socket);
      socket.on("close", forget);
    });
  }

  /** Listens. Resolves with the port; rejects when it cannot be had. */
  async listen({ PORT, HOST }: Pick<Config, "PORT" | "HOST">): Promise<number> {
    const { server } = this;
    // Here, as Socket.IO takes the place of whoever listened before it.
    server.on("request", (_request, response) => response.on("timeout", endIfStalled));
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ port: PORT, backlog: BACKLOG, ...(HOST ? { host: HOST } : {}) }, () => {
        server.off("error", reject);
        resolve();
      });
    });
    const faults = new Faults(this.log);
    // A connection that the system could not give us, for want of descriptors say, is no reason to lose the others.
    server.on("error", (error) => faults.note("A connection could not be accepted", error));
    return (server.address() as AddressInfo).port;
  }

  /** Takes no further connections. Resolves when all are gone: those that wait for an answer get it first. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.server.close(() => resolve());
    });
    // Node closes those that are idle now; one that was answered later would be kept for its next request.
    const idle = setInterval(() => this.server.closeIdleConnections(), IDLE_LOOK_MS);
    await closed;
    clearInterval(idle);
  }

  /** Cuts off whoever is still connected. */
  cutOff(): void {
    for (const socket of this.sockets) socket.destroy();
  }
}

/** Nothing has moved on a connection: what waits to be taken is given up. Where nothing does, an answer is still in the making. */
function endIfStalled(socket: Socket): void {
  if (socket.writableLength > 0) socket.destroy();
}

/** Counts an answer when it is given. */
function count(response: ServerResponse, counts: HttpCounts): void {
  const { socket } = response;
  const before = socket?.bytesWritten ?? 0;
  response.once("finish", () => {
    counts.answers.set(response.statusCode, (counts.answers.get(response.statusCode) ?? 0) + 1);
    counts.bytes += (socket?.bytesWritten ?? 0) - before;
  });
}

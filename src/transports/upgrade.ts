import {
  type Server as HttpServer,
  type IncomingMessage,
  type ServerResponse,
  STATUS_CODES,
} from "node:http";
import type { Duplex } from "node:stream";
import { AppError, logError, publicError } from "../errors.js";
import type { Logger } from "../logger.js";
import { ODDS_PATH } from "../protocol/connections.js";
import type { Access } from "./access.js";
import { isFromHere } from "./operator.js";

/** Where Socket.IO is. */
const SOCKET_IO_PATH = "/socket.io/";
/** A refused client gets this long (ms) to read why and to close. */
const REFUSAL_MS = 1000;

/** What Node says of a request that it cannot read, other than that it is none. */
const MALFORMED: Readonly<Record<string, readonly [status: number, message: string]>> = {
  HPE_HEADER_OVERFLOW: [431, "The request's headers are too long."],
  ERR_HTTP_REQUEST_TIMEOUT: [408, "The request took too long to come."],
};

/** A transport that takes HTTP upgrades (RFC 9110, section 7.8) in. */
export interface UpgradeTransport {
  /** Why this request may not come in; undefined when it may. */
  refusal(request: IncomingMessage): AppError | undefined;
  /** Whether it opens a connection, and does not go on with one. */
  opens(request: IncomingMessage): boolean;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

/**
 * Answers every upgrade request of a server: by path it goes to a transport, or it is refused, with the status and the
 * JSON that any other request would get. An upgrade to anything but a WebSocket is not made: the request is served as
 * if it had not asked.
 */
export function routeUpgrades(
  server: HttpServer,
  socketIo: UpgradeTransport,
  webSocket: UpgradeTransport,
  access: Access,
  log: Logger,
): void {
  /** The last response on each connection. */
  const responses = new WeakMap<Duplex, ServerResponse>();
  server.prependListener("request", (request, response) => responses.set(request.socket, response));
  const isAnswering = (socket: Duplex) => responses.get(socket)?.closed === false;
  server.on("clientError", (error: Error & { code?: string }, socket) => {
    const [status, message] = MALFORMED[error.code ?? ""] ?? [400, "This is no HTTP request."];
    // In the middle of another answer it would be taken for a part of that.
    if (!socket.writable || isAnswering(socket)) socket.destroy();
    else refuse(undefined, socket, new AppError("INVALID_MESSAGE", message, status));
  });
  const failed = (socket: Duplex) => (fault: unknown) => {
    log.error("An upgrade could not be made", logError(fault));
    socket.destroy();
  };
  server.on("upgrade", (request, socket, head) => {
    try {
      if (!asksForWebSocket(request)) {
        const serve = () => serveAsIs(server, request, socket, head);
        if (isAnswering(socket)) responses.get(socket)?.once("close", serve);
        else serve();
        return;
      }
      // A client that resets while it is being answered is no news.
      socket.on("error", () => socket.destroy());
      const transport = request.url?.startsWith(SOCKET_IO_PATH)
        ? socketIo
        : request.url?.split("?")[0] === ODDS_PATH
          ? webSocket
          : undefined;
      const refusal = transport
        ? transport.refusal(request)
        : new AppError("NOT_FOUND", `There is no WebSocket here: it is at ${ODDS_PATH}.`);
      if (refusal || !transport) refuse(request, socket, refusal ?? AppError.shuttingDown());
      else if (access.auth.brings(request) && transport.opens(request)) {
        afterToken(request, socket, head, transport, access).catch(failed(socket));
      } else transport.upgrade(request, socket, head);
    } catch (fault) {
      failed(socket)(fault);
    }
  });
}

/** Makes an upgrade once its token is verified. What may have changed meanwhile is asked again, in one go with it. */
async function afterToken(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  transport: UpgradeTransport,
  access: Access,
): Promise<void> {
  const invalid = await access.admit(request);
  if (socket.destroyed) return;
  const refusal = invalid ?? transport.refusal(request);
  if (refusal) refuse(request, socket, refusal);
  else transport.upgrade(request, socket, head);
}

/** Answers an upgrade request, or what is none (`undefined`), with an error, and lets go of its connection. */
export function refuse(
  request: IncomingMessage | undefined,
  socket: Duplex,
  error: AppError,
  headers: Record<string, string> = {},
): void {
  const body = JSON.stringify({ error: publicError(error, request && isFromHere(request)) });
  const lines = Object.entries({
    Connection: "close",
    "Content-Type": "application/json",
    "Content-Length": String(Buffer.byteLength(body)),
    ...(error.challenge === undefined ? {} : { "WWW-Authenticate": error.challenge }),
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${error.status} ${STATUS_CODES[error.status] ?? ""}\r\n${lines.join("")}\r\n${body}`);
  // What is not read keeps a connection open for ever; cut off at once, it could take the answer with it.
  socket.resume();
  const timer = setTimeout(() => socket.destroy(), REFUSAL_MS);
  socket.once("close", () => clearTimeout(timer));
}

function asksForWebSocket({ headers }: IncomingMessage): boolean {
  return (headers.upgrade ?? "").split(",").some((protocol) => protocol.trim().toLowerCase() === "websocket");
}

/** Headers that only concern the upgrade (RFC 9110, section 7.8; RFC 7540, section 3.2.1). */
const OF_UPGRADE = new Set(["upgrade", "http2-settings"]);

/**
 * Has the server read the request again without its wish for another protocol, which RFC 9110 (section 7.8) lets it
 * ignore. Node has taken the connection out of its hands when the request asked, so it is given back.
 */
function serveAsIs(server: HttpServer, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const { method, url, httpVersion, rawHeaders } = request;
  let text = `${method} ${url} HTTP/${httpVersion}\r\n`;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const [name = "", value = ""] = rawHeaders.slice(i, i + 2);
    const kept = name.toLowerCase() === "connection" ? withoutUpgrade(value) : value;
    if (!OF_UPGRADE.has(name.toLowerCase()) && kept !== "") text += `${name}: ${kept}\r\n`;
  }
  socket.unshift(Buffer.concat([Buffer.from(`${text}\r\n`, "latin1"), head]));
  server.emit("connection", socket);
}

/** A Connection header without what belongs to the upgrade. */
function withoutUpgrade(value: string): string {
  const kept = value.split(",").filter((option) => !OF_UPGRADE.has(option.trim().toLowerCase()));
  return kept.join(",").trim();
}

import type { Server as HttpServer, IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { AppError, publicError } from "../errors.js";
import type { Access } from "./access.js";
import { ODDS_PATH } from "./protocol.js";

/** Where Socket.IO is. */
const SOCKET_IO_PATH = "/socket.io/";

/** A door that takes HTTP upgrades (RFC 9110, section 7.8) in. */
export interface UpgradeDoor {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

/**
 * Answers every upgrade request of a server: by path it goes to a door, or it is refused, with the status and the
 * JSON that any other request would get.
 */
export function routeUpgrades(
  server: HttpServer,
  access: Access,
  socketIo: UpgradeDoor,
  webSocket: UpgradeDoor,
): void {
  server.on("upgrade", (request, socket, head) => {
    // A client that resets while it is being answered is no news.
    socket.on("error", () => socket.destroy());
    const door = request.url?.startsWith(SOCKET_IO_PATH)
      ? socketIo
      : request.url?.split("?")[0] === ODDS_PATH
        ? webSocket
        : undefined;
    const refusal = door
      ? access.refusal(request)
      : new AppError("NOT_FOUND", `There is no WebSocket here: it is at ${ODDS_PATH}.`);
    if (refusal || !door) refuse(socket, refusal ?? AppError.shuttingDown());
    else door.upgrade(request, socket, head);
  });
}

function refuse(socket: Duplex, error: AppError): void {
  const reason =
    { 403: "Forbidden", 404: "Not Found", 429: "Too Many Requests" }[error.status] ?? "Service Unavailable";
  const body = JSON.stringify({ error: publicError(error) });
  socket.end(
    `HTTP/1.1 ${error.status} ${reason}\r\nConnection: close\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

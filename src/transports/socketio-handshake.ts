import { type IncomingMessage, ServerResponse } from "node:http";
import { AppError, logError, publicError } from "../errors.js";
import type { Logger } from "../logger.js";
import type { Access } from "./access.js";
import { forgetRequest } from "./raw-socket.js";
import type { OddsServer } from "./socketio-server.js";
import { refuse } from "./upgrade.js";

/** A request as engine.io refuses it: an upgrade has no response. */
type Refused = IncomingMessage & { readonly res?: ServerResponse };

/**
 * What engine.io goes by in a request's query, read as it reads it: of several of one name the last counts, and what
 * stands behind `#` does not. Who is taken for another client here than there is counted nowhere.
 */
export function queryOf({ url = "" }: IncomingMessage): { sid?: string; transport?: string; EIO?: string } {
  return Object.fromEntries(new URL(url, "https://socket.io").searchParams);
}

/**
 * Why a WebSocket of Socket.IO's may not come in; undefined when it may. One that a polling client goes on with is no
 * new connection: `mayUpgrade` tells whether the session of an id can.
 */
export function refusalOfUpgrade(
  request: IncomingMessage,
  access: Access,
  mayUpgrade: (sid: string) => boolean,
): AppError | undefined {
  const { sid, transport } = queryOf(request);
  if (transport !== "websocket") {
    return AppError.invalidMessage("A WebSocket of Socket.IO's has transport=websocket in its query.");
  }
  if (!sid) return wrongProtocol(request) ?? access.refusal(request);
  const refusal = access.refusalOfAny(request);
  if (refusal || mayUpgrade(sid)) return refusal;
  return AppError.invalidMessage(
    "No session of this id can go on with a WebSocket. Connect anew, without sid.",
  );
}

/** Answers the requests of polling clients that may not come in, and all that engine.io itself refuses, as JSON. */
export function guardHandshakes({ engine }: OddsServer, access: Access, log: Logger): void {
  engine.use((request: IncomingMessage, response: ServerResponse, next: () => void) => {
    if (!(response instanceof ServerResponse)) {
      forgetRequest(response);
      next();
      return;
    }
    const refusal = refusalOfPoll(request, access);
    if (refusal) answer(request, response, refusal, access);
    else if (queryOf(request).sid || !access.auth.brings(request)) next();
    else {
      afterToken(request, response, access, next).catch((fault: unknown) => {
        log.error("A client could not be let in", logError(fault));
        response.destroy();
      });
    }
  });
  // engine.io's own refusals are neither of one form nor of ours.
  engine.on("connection_error", (refused: { req: Refused; message: string }) => {
    const error = AppError.invalidMessage(`${refused.message}.`);
    if (refused.req.res) answer(refused.req, refused.req.res, error, access);
    else refuse(refused.req, refused.req.socket, error);
  });
}

/** Lets a polling client in once its token is verified. What may have changed meanwhile is asked again. */
async function afterToken(
  request: IncomingMessage,
  response: ServerResponse,
  access: Access,
  next: () => void,
): Promise<void> {
  const invalid = await access.admit(request);
  // engine.io would hold a session for it until a ping is due.
  if (request.socket.destroyed) return;
  const refusal = invalid ?? access.refusal(request);
  if (refusal) answer(request, response, refusal, access);
  else next();
}

/** Why a request of a polling client is refused; undefined when it is not, or that is engine.io's to say. */
function refusalOfPoll(request: IncomingMessage, access: Access): AppError | undefined {
  if (request.method !== "GET" && request.method !== "POST") {
    return new AppError("INVALID_MESSAGE", "Socket.IO is spoken by GET and POST.", 405);
  }
  return queryOf(request).sid
    ? access.refusalOfUrl(request)
    : (wrongProtocol(request) ?? access.refusal(request));
}

function wrongProtocol(request: IncomingMessage): AppError | undefined {
  if (queryOf(request).EIO === "4") return undefined;
  return AppError.invalidMessage(
    "This server speaks Engine.IO 4 (EIO=4): connect with socket.io-client 3 or later.",
  );
}

/** Answers a request with an error, unless it is answered. */
function answer(request: IncomingMessage, response: ServerResponse, error: AppError, access: Access): void {
  if (response.headersSent) return;
  if (error.status === 403) letPageRead(request, response, access);
  response.writeHead(error.status, {
    "Content-Type": "application/json",
    ...(error.challenge === undefined ? {} : { "WWW-Authenticate": error.challenge }),
  });
  response.end(JSON.stringify({ error: publicError(error, access.isOperator(request)) }));
}

/**
 * Lets a page read that its origin is refused. Otherwise its browser tells it nothing, and that looks the same as a
 * server that is away.
 */
function letPageRead({ headers }: IncomingMessage, response: ServerResponse, access: Access): void {
  const { origin } = headers;
  if (origin === undefined || access.origins.allows(headers)) return;
  response.setHeader("Access-Control-Allow-Origin", origin);
  response.setHeader("Vary", "Origin");
  response.removeHeader("Access-Control-Allow-Credentials");
}

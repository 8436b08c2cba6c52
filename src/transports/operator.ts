import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Claims } from "../delivery/claims.js";

/**
 * Whether a request may know what concerns whoever runs the server: it was made on this machine, or has this token
 * (`METRICS_TOKEN`) as bearer (RFC 6750, section 2.1), or a token whose claims, once verified, have the scope `admin`.
 */
export function isOperator(
  request: IncomingMessage,
  token: string | undefined,
  claims: Claims | undefined,
): boolean {
  return isFromHere(request) || claims?.isAdmin === true || (token !== undefined && bears(request, token));
}

/** Whether a request was made on this machine, by nobody behind a proxy. */
export function isFromHere({ socket, headers }: IncomingMessage): boolean {
  const isLoopback = /^(::ffff:)?127\.|^::1$/.test(socket.remoteAddress ?? "");
  return isLoopback && headers["x-forwarded-for"] === undefined && headers.forwarded === undefined;
}

function bears({ headers }: IncomingMessage, token: string): boolean {
  const [, given] = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? "") ?? [];
  // Digests are of one length, and how long a comparison takes tells nothing of the token.
  return given !== undefined && timingSafeEqual(digest(given), digest(token));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

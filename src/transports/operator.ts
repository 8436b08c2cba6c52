import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { isFromHere } from "./access.js";

/**
 * Whether a request may know what concerns whoever runs the server: it was made on this machine, or has this token
 * (`METRICS_TOKEN`) as bearer (RFC 6750, section 2.1).
 */
export function isOperator(request: IncomingMessage, token: string | undefined): boolean {
  if (isFromHere(request)) return true;
  const [, given] = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? "") ?? [];
  // Digests are of one length, and how long a comparison takes tells nothing of the token.
  return token !== undefined && given !== undefined && timingSafeEqual(digest(given), digest(token));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

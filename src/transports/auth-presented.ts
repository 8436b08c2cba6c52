import type { IncomingMessage } from "node:http";

/** The subprotocol of the plain WebSocket, and how one begins that brings a token; a browser can send nothing else. */
export const SUBPROTOCOL = "live-odds";
const BEARER_PROTOCOL = /^bearer\./i;

const NAMES = /^(access_?|auth_?|id_?|bearer_?)?token$|^(jwt|bearer|auth|authorization)$/i;
/**
 * What a JSON Web Token looks like: three parts, the first beginning as `{"` does in Base64. Where no others follow, that
 * one alone is found: looked for again at each of its letters, a URL full of beginnings would take 100 ms.
 */
const BEGINS_LIKE_ONE = /eyJ[\w-]*(\.[\w-]+\.[\w-]*)?/g;

/**
 * Takes the token out of a request, so that nothing that keeps the request keeps it: the `Authorization` header, or a
 * subprotocol `bearer.<token>`. Undefined where there is none; empty where there is something else than a token.
 */
export function takeToken({ headers }: IncomingMessage): string | undefined {
  const { authorization, "sec-websocket-protocol": protocols } = headers;
  if (authorization !== undefined) {
    delete headers.authorization;
    return /^bearer +(\S+) *$/i.exec(authorization)?.[1] ?? "";
  }
  const offered = protocols?.split(",").map((protocol) => protocol.trim()) ?? [];
  const bearer = offered.find((protocol) => BEARER_PROTOCOL.test(protocol));
  if (bearer === undefined) return undefined;
  headers["sec-websocket-protocol"] = offered
    .filter((protocol) => !BEARER_PROTOCOL.test(protocol))
    .join(", ");
  if (headers["sec-websocket-protocol"] === "") delete headers["sec-websocket-protocol"];
  return bearer.replace(BEARER_PROTOCOL, "");
}

/** Which of the subprotocols that a client offers is spoken: ours, or the first; never one that holds a token. */
export function chooseProtocol(offered: ReadonlySet<string>): string | false {
  if (offered.has(SUBPROTOCOL)) return SUBPROTOCOL;
  for (const protocol of offered) if (!BEARER_PROTOCOL.test(protocol)) return protocol;
  return false;
}

/** Whether a URL's query brings a token, by its name or by how it looks; a name may be one, too. */
export function hasTokenInQuery(url = ""): boolean {
  const start = url.indexOf("?");
  if (start < 0) return false;
  for (const [name, value] of new URLSearchParams(url.slice(start + 1))) {
    if (NAMES.test(name) || looksLikeOne(name) || looksLikeOne(value)) return true;
  }
  return false;
}

const looksLikeOne = (text: string) => withoutTokens(text) !== text;

/** A text of a client's without what looks like a token. */
export function withoutTokens(text: string): string {
  return text.replace(BEGINS_LIKE_ONE, (found, others) => (others === undefined ? found : "[token]"));
}

import { io, type ManagerOptions, type Socket, type SocketOptions } from "socket.io-client";
import type { ClientToServerEvents, ServerToClientEvents } from "./messages.js";

/** A socket.io-client typed with the server's events, for those who use it bare. */
export type OddsSocket = Socket<ServerToClientEvents, ClientToServerEvents>;
/** What socket.io-client can be told. */
export type OddsSocketOptions = Partial<ManagerOptions & SocketOptions>;

const SCHEMES: Readonly<Record<string, string>> = {
  "http:": "http:",
  "https:": "https:",
  "ws:": "http:",
  "wss:": "https:",
};

/** The longest wait between two attempts is between these, in ms. */
const LONGEST_MS = { least: 2500, most: 4500 };

/** A socket on its way to the server at `origin`, which connects again by itself. */
export function openSocket(origin: string, options: OddsSocketOptions): OddsSocket {
  return io(`${origin}/odds`, {
    // Its own connection: one that is shared with others of the page cannot be made anew when it is dead.
    forceNew: true,
    // Back within 5 s of the server; spread out, so that it is not met by everybody at once. socket.io-client cuts its
    // waits to the longest after it has spread them: so that is another for each connection.
    reconnectionDelay: 500,
    reconnectionDelayMax: LONGEST_MS.least + Math.random() * (LONGEST_MS.most - LONGEST_MS.least),
    randomizationFactor: 0.5,
    ...options,
  });
}

/** The server's origin, from what the application gave. Throws a `TypeError` where that cannot be meant. */
export function originOf(given: string): string {
  const url = parse(given);
  const scheme = url && SCHEMES[url.protocol];
  if (!url || !scheme || !url.host) {
    throw wrong("it must begin with http:// or https:// and name a host");
  }
  if (!/^\/(odds\/?)?$/.test(url.pathname)) throw wrong(`it has the path ${url.pathname}`);
  if (url.search || url.hash) throw wrong(`it has a ${url.search ? "query" : "fragment"}`);
  if (url.username || url.password) throw wrong("it holds a user name or password");
  return `${scheme}//${url.host}`;
}

/** A page may leave out its own origin. */
function parse(given: string): URL | undefined {
  const { location } = globalThis as { location?: { readonly origin: string } };
  for (const base of [undefined, location?.origin]) {
    try {
      return new URL(given, base);
    } catch {}
  }
  return undefined;
}

// The URL itself stays out of it: there may be a password in it.
function wrong(what: string): TypeError {
  return new TypeError(
    `connectOdds takes the server's origin, such as "http://localhost:3001". This is none: ${what}.`,
  );
}

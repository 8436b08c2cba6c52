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

/** A socket on its way to the server at `url`, which connects again by itself. Throws a `TypeError` as `connectOdds` does. */
export function openSocket(url: string, options: OddsSocketOptions): OddsSocket {
  return io(namespaceUrl(url), {
    // Its own connection: one that is shared with others of the page cannot be made anew when it is dead.
    forceNew: true,
    // Spread out, so that a restarted server is not met by everybody at once.
    reconnectionDelay: 500,
    reconnectionDelayMax: 10_000,
    randomizationFactor: 0.5,
    ...options,
  });
}

/** The address of the server's `/odds` namespace, from what the application gave. Throws where that cannot be meant. */
function namespaceUrl(given: string): string {
  const url = parse(given);
  const scheme = url && SCHEMES[url.protocol];
  if (!url || !scheme || !url.host) {
    throw wrong("it must begin with http:// or https:// and name a host");
  }
  if (!/^\/(odds\/?)?$/.test(url.pathname)) throw wrong(`it has the path ${url.pathname}`);
  if (url.search || url.hash) throw wrong(`it has a ${url.search ? "query" : "fragment"}`);
  if (url.username || url.password) throw wrong("it holds a user name or password");
  return `${scheme}//${url.host}/odds`;
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

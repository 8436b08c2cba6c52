const SCHEMES: Readonly<Record<string, string>> = {
  "http:": "http:",
  "https:": "https:",
  "ws:": "http:",
  "wss:": "https:",
};

/** The server's origin, from what the application gave to `taker`. Throws a `TypeError` where that cannot be meant. */
export function originOf(given: string, taker = "connectOdds"): string {
  const url = parse(given);
  const scheme = url && SCHEMES[url.protocol];
  if (!url || !scheme || !url.host) {
    throw wrong(taker, "it must begin with http:// or https:// and name a host");
  }
  if (!/^\/(odds\/?)?$/.test(url.pathname)) throw wrong(taker, `it has the path ${url.pathname}`);
  if (url.search || url.hash) throw wrong(taker, `it has a ${url.search ? "query" : "fragment"}`);
  if (url.username || url.password) throw wrong(taker, "it holds a user name or password");
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
function wrong(taker: string, what: string): TypeError {
  return new TypeError(
    `${taker} takes the server's origin, such as "http://localhost:3001". This is none: ${what}.`,
  );
}

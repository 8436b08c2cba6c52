const SCHEMES: Readonly<Record<string, string>> = {
  "http:": "http:",
  "https:": "https:",
  "ws:": "http:",
  "wss:": "https:",
};

/** The address of the server's `/odds` namespace, from what the application gave. Throws where that cannot be meant. */
export function namespaceUrl(given: string): string {
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

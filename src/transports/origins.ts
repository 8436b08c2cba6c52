import type { IncomingHttpHeaders } from "node:http";

/** The `Origin` of a page that has none of its own (RFC 6454, section 6.2). */
export const OPAQUE = "null";

/** The port that a browser leaves out of an `Origin` and a `Host`. */
const DEFAULT_PORTS = new Map([
  ["http:", ":80"],
  ["https:", ":443"],
]);

/** Where a request's page came from, and what it asks. */
type Asked = Pick<IncomingHttpHeaders, "origin" | "host">;

/** Decides which web pages may use the server, the same for CORS and for both kinds of WebSocket. */
export class OriginPolicy {
  /** Whether every page may: then without credentials (cookies), as the Fetch standard demands. */
  readonly all: boolean;
  /** Whether pages may that have no origin of their own: opened from a file, or in anybody's sandboxed frame. */
  private readonly opaque: boolean;
  private readonly patterns: readonly RegExp[];

  /**
   * `origins`: whole origins; `*.` before a host stands for one or more labels, `:*` for any port, `*` for all, `null`
   * for `null`. `servesPage`: the server has a page of its own, which may as well, by whatever name it is opened.
   */
  constructor(
    origins: readonly string[],
    private readonly servesPage: boolean,
  ) {
    this.all = origins.includes("*");
    this.opaque = origins.includes(OPAQUE);
    this.patterns = origins.filter((origin) => origin !== "*" && origin !== OPAQUE).map(patternOf);
  }

  /** Whether the page of a request may, by its `Origin`. No header at all is no page (mobile app, curl, server) and may. */
  allows({ origin, host }: Asked): boolean {
    if (origin === undefined || this.all) return true;
    if (origin === OPAQUE) return this.opaque;
    let parsed: URL;
    try {
      parsed = new URL(origin);
    } catch {
      return false;
    }
    // An Origin is scheme, host and port and nothing else (RFC 6454, section 6.2).
    const whole = `${parsed.protocol}//${parsed.host}`;
    if (whole !== origin.toLowerCase()) return false;
    return (this.servesPage && isOwn(parsed, host)) || this.patterns.some((pattern) => pattern.test(whole));
  }

  /** What the page of a request is told by CORS. No credentials go with what may be anybody's page. */
  cors(asked: Asked): { origin: string | boolean; credentials: boolean } {
    if (this.all) return { origin: "*", credentials: false };
    return { origin: this.allows(asked), credentials: asked.origin !== OPAQUE };
  }
}

/**
 * Whether a page came from the very host and port that it asks: the server's own, by whatever name it is reached.
 *
 * Somebody's page whose name was made to lead here (DNS rebinding) passes for it. Such a one could read REST anyway, and
 * listen by polling, as browsers send no `Origin` with a GET within one; the WebSockets are what it gains. It gets odds,
 * and spends what reading them costs. Where tokens are on it gets nothing: no cookie goes with it.
 */
function isOwn({ protocol, host }: URL, asked: string | undefined): boolean {
  const port = DEFAULT_PORTS.get(protocol);
  if (port === undefined || asked === undefined) return false;
  const given = asked.toLowerCase();
  return host === (given.endsWith(port) ? given.slice(0, -port.length) : given);
}

function patternOf(origin: string): RegExp {
  const [, scheme = "", wild, host = "", port] =
    /^([a-z][a-z0-9+.-]*):\/\/(\*\.)?(\[[^\]]+\]|[^:]+)(?::(\d+|\*))?$/i.exec(origin) ?? [];
  const literal = (text: string) => text.toLowerCase().replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const isDefault = (scheme === "https" && port === "443") || (scheme === "http" && port === "80");
  const ports = port === "*" ? "(:\\d+)?" : port && !isDefault ? `:${port}` : "";
  return new RegExp(`^${literal(scheme)}://${wild ? "([a-z0-9_-]+\\.)+" : ""}${literal(host)}${ports}$`);
}

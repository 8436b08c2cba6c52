/** The `Origin` of a page that has none of its own (RFC 6454, section 6.2). */
export const OPAQUE = "null";

/** Decides which web pages may use the server, the same for CORS and for both kinds of WebSocket. */
export class OriginPolicy {
  /** Whether every page may: then without credentials (cookies), as the Fetch standard demands. */
  readonly all: boolean;
  /** Whether pages may that have no origin of their own: opened from a file, or in anybody's sandboxed frame. */
  private readonly opaque: boolean;
  private readonly patterns: readonly RegExp[];

  /** `origins`: whole origins; `*.` before a host stands for one or more labels, `:*` for any port, `*` for all, `null` for `null`. */
  constructor(origins: readonly string[]) {
    this.all = origins.includes("*");
    this.opaque = origins.includes(OPAQUE);
    this.patterns = origins.filter((origin) => origin !== "*" && origin !== OPAQUE).map(patternOf);
  }

  /** Whether a page of this `Origin` may. No header at all is no page (mobile app, curl, server) and may. */
  allows(origin: string | undefined): boolean {
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
    return this.patterns.some((pattern) => pattern.test(whole));
  }

  /** What a page of this `Origin` is told by CORS. No credentials go with what may be anybody's page. */
  cors(origin: string | undefined): { origin: string | boolean; credentials: boolean } {
    if (this.all) return { origin: "*", credentials: false };
    return { origin: this.allows(origin), credentials: origin !== OPAQUE };
  }
}

function patternOf(origin: string): RegExp {
  const [, scheme = "", wild, host = "", port] =
    /^([a-z][a-z0-9+.-]*):\/\/(\*\.)?(\[[^\]]+\]|[^:]+)(?::(\d+|\*))?$/i.exec(origin) ?? [];
  const literal = (text: string) => text.toLowerCase().replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const isDefault = (scheme === "https" && port === "443") || (scheme === "http" && port === "80");
  const ports = port === "*" ? "(:\\d+)?" : port && !isDefault ? `:${port}` : "";
  return new RegExp(`^${literal(scheme)}://${wild ? "([a-z0-9_-]+\\.)+" : ""}${literal(host)}${ports}$`);
}

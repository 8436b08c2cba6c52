/** Decides which web pages may use the server, the same for CORS and for both kinds of WebSocket. */
export class OriginPolicy {
  /** Whether every page may: then without credentials (cookies), as the Fetch standard demands. */
  readonly all: boolean;
  private readonly patterns: readonly RegExp[];

  /** `origins`: whole origins; `*.` before a host stands for one or more labels, `:*` for any port, `*` for all. */
  constructor(origins: readonly string[]) {
    this.all = origins.includes("*");
    this.patterns = origins.filter((origin) => origin !== "*").map(patternOf);
  }

  /** Whether a page of this `Origin` may. No header at all is no page (mobile app, curl, server) and may. */
  allows(origin: string | undefined): boolean {
    if (origin === undefined || this.all) return true;
    let parsed: URL;
    try {
      parsed = new URL(origin);
    } catch {
      return false;
    }
    // An Origin is scheme, host and port and nothing else (RFC 6454, section 6.2); `null` does not parse.
    const whole = `${parsed.protocol}//${parsed.host}`;
    if (whole !== origin.toLowerCase()) return false;
    return this.patterns.some((pattern) => pattern.test(whole));
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

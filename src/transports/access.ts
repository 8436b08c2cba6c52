import type { IncomingMessage } from "node:http";
import { ipKeyGenerator } from "express-rate-limit";
import proxyaddr from "proxy-addr";
import type { Config } from "../config.js";
import { AppError } from "../errors.js";

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

/** The client's address: the connection's own, or the one that the `hops` proxies in front of us vouch for. */
export function clientAddress(request: IncomingMessage, hops: number): string {
  // A request whose socket is gone already has no address.
  return request.socket.remoteAddress ? proxyaddr(request, (_address, i) => i < hops) : "unknown";
}

/** One policy for all transports: who may open a connection, and how many. */
export class Access {
  readonly origins: OriginPolicy;
  private readonly connections = new Map<string, number>();
  private draining = false;

  constructor(
    private readonly config: Pick<Config, "ALLOWED_ORIGINS" | "TRUST_PROXY" | "MAX_CONNECTIONS_PER_IP">,
  ) {
    this.origins = new OriginPolicy(config.ALLOWED_ORIGINS);
  }

  /** From here on nobody comes in. */
  drain(): void {
    this.draining = true;
  }

  /** Why this request may not open a connection; undefined when it may. Decided at once: nothing is waited for. */
  refusal(request: IncomingMessage): AppError | undefined {
    return this.refusalOfAny(request) ?? (this.isFull(this.client(request)) ? this.full() : undefined);
  }

  /** The same for a request that goes on with a connection that is held already. */
  refusalOfAny(request: IncomingMessage): AppError | undefined {
    if (this.draining) return AppError.shuttingDown();
    if (!this.origins.allows(request.headers.origin)) {
      return new AppError(
        "UNAUTHORIZED",
        "This origin may not connect. ALLOWED_ORIGINS lists those that may.",
      );
    }
    return undefined;
  }

  /** Whether a client holds as many connections as it may. */
  isFull(client: string): boolean {
    return (this.connections.get(client) ?? 0) >= this.config.MAX_CONNECTIONS_PER_IP;
  }

  /** Counts a client's connection until the returned function is called; calling it again does nothing. */
  hold(client: string): () => void {
    this.connections.set(client, (this.connections.get(client) ?? 0) + 1);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      const left = (this.connections.get(client) ?? 1) - 1;
      if (left > 0) this.connections.set(client, left);
      else this.connections.delete(client);
    };
  }

  private full(): AppError {
    return new AppError(
      "RATE_LIMITED",
      `An address may hold ${this.config.MAX_CONNECTIONS_PER_IP} connections. Close one first (MAX_CONNECTIONS_PER_IP).`,
    );
  }

  /** The limits' name for a client: its address, or an IPv6 client's network, as one client has many addresses there. */
  client(request: IncomingMessage): string {
    const address = clientAddress(request, this.config.TRUST_PROXY);
    return address === "unknown" ? address : ipKeyGenerator(address);
  }
}

import type { IncomingMessage } from "node:http";
import { ipKeyGenerator } from "express-rate-limit";
import proxyaddr from "proxy-addr";
import type { Config } from "../config.js";
import type { Claims, Verify } from "../delivery/claims.js";
import { AppError } from "../errors.js";
import type { Logger } from "../logger.js";
import type { Metrics } from "../metrics.js";
import type { Auth } from "./auth.js";
import { isOperator } from "./operator.js";
import { Refusals } from "./refusals.js";

/** So much of an origin is shown in the log. */
const MAX_ORIGIN_SHOWN = 200;

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

/** How the limits call the client that a token names; an address is never taken for one. */
function nameOf(claims: Claims | undefined): string | undefined {
  return claims?.sub === undefined ? undefined : `sub:${claims.sub}`;
}

function kindOf({ code, status }: AppError): string {
  if (status === 503) return "tokens cannot be checked";
  return code === "TOKEN_EXPIRED" ? "a token has ended" : "no token, or one that is not valid";
}

/** A connection's place among those that its client may hold. */
export class Seat {
  private release: (() => void) | undefined;

  constructor(
    private readonly access: Access,
    public client: string,
  ) {
    this.release = access.hold(client);
  }

  /** It is the client's whom the token names, if that is another one. False where that one holds as many as it may, or the connection is gone. */
  moveTo(claims: Claims): boolean {
    const client = nameOf(claims) ?? this.client;
    if (client === this.client) return this.release !== undefined;
    if (!this.release || this.access.isFull(client)) return false;
    this.release();
    this.client = client;
    this.release = this.access.hold(client);
    return true;
  }

  /** The connection is gone. */
  leave(): void {
    this.release?.();
    this.release = undefined;
  }
}

/** One policy for all transports: who may open a connection, and how many. */
export class Access {
  readonly origins: OriginPolicy;
  private readonly connections = new Map<string, number>();
  private readonly refusals: Refusals;
  /** Requests that were refused: one that is for two reasons, its page's origin and its token say, counts once. */
  private readonly counted = new WeakSet<IncomingMessage>();
  private draining = false;

  constructor(
    private readonly config: Pick<
      Config,
      "ALLOWED_ORIGINS" | "TRUST_PROXY" | "MAX_CONNECTIONS_PER_IP" | "METRICS_TOKEN"
    >,
    log: Logger,
    private readonly metrics: Pick<Metrics, "refused">,
    readonly auth: Auth,
  ) {
    this.refusals = new Refusals(log);
    this.origins = new OriginPolicy(config.ALLOWED_ORIGINS);
  }

  /** From here on nobody comes in. */
  drain(): void {
    this.draining = true;
  }

  /** Why this request may not open a connection; undefined when it may. Decided at once: nothing waits at a transport. */
  refusal(request: IncomingMessage): AppError | undefined {
    const refusal = this.refusalOfAny(request);
    if (refusal || !this.isFull(this.client(request))) return refusal;
    return this.refused(
      request,
      "an address holds as many connections as it may",
      new AppError(
        "RATE_LIMITED",
        `An address may hold ${this.config.MAX_CONNECTIONS_PER_IP} connections. Close one first.`,
      ).advised(this.adviceOnLimit(request, "MAX_CONNECTIONS_PER_IP")),
    );
  }

  /** The same for a request that goes on with a connection that is held already. */
  refusalOfAny(request: IncomingMessage): AppError | undefined {
    if (this.draining) return AppError.shuttingDown();
    if (!this.origins.allows(request.headers.origin)) return this.refusedOrigin(request);
    return this.refusalOfUrl(request);
  }

  /** Why a request cannot be served whatever else it brings: it has a token in its URL. */
  refusalOfUrl(request: IncomingMessage): AppError | undefined {
    const error = this.auth.refusalOfUrl(request);
    return error && this.refused(request, "a token stands in a URL", error);
  }

  /**
   * Verifies the token that a request brings; from then on its client is the one whom that names. Resolves with why it
   * may not come in. It takes a place among its address's connections meanwhile, and what was asked before may be
   * different then: who gets in must be asked again.
   */
  async admit(request: IncomingMessage): Promise<AppError | undefined> {
    const release = this.hold(this.client(request));
    try {
      const error = await this.auth.admit(request);
      return error && this.refused(request, kindOf(error), error);
    } finally {
      release();
    }
  }

  /** Verifies tokens that come on a connection, and takes down those that are refused; undefined where tokens are off. */
  verifier(client: string): Verify | undefined {
    const { verify } = this.auth;
    return (
      verify &&
      ((token) =>
        verify(token).catch((error: unknown) => {
          if (error instanceof AppError) this.refusals.note(kindOf(error), error, { client });
          throw error;
        }))
    );
  }

  /** Why a request may not see what is the operator's; undefined where it may, as all may while tokens are off. */
  refusalOfOperations(request: IncomingMessage): AppError | undefined {
    if (!this.auth.isOn || this.auth.of(request)?.isAdmin) return undefined;
    const error = new AppError("UNAUTHORIZED", "This takes a token whose scope has admin.", 403);
    return this.refused(request, "a token without the scope admin", error.challenging("insufficient_scope"));
  }

  /** Whether a request may know what concerns whoever runs the server; see {@link isOperator}. */
  isOperator(request: IncomingMessage): boolean {
    return isOperator(request, this.config.METRICS_TOKEN, this.auth.of(request));
  }

  /** The same where nobody is asked for a token: one that is refused there opens nothing more, and that is it. */
  async admitOperator(request: IncomingMessage): Promise<boolean> {
    if (this.isOperator(request)) return true;
    if (this.auth.brings(request)) await this.auth.admit(request);
    return this.isOperator(request);
  }

  /** A page's origin is not allowed: takes that down, and returns the error. */
  refusedOrigin(request: IncomingMessage): AppError {
    const error = new AppError("UNAUTHORIZED", "This origin may not connect.", 403);
    return this.refused(
      request,
      "this origin is not allowed",
      error.advised("ALLOWED_ORIGINS lists those that may connect: add it there, with scheme and port."),
    );
  }

  /** A client made more requests than `RATE_LIMIT_MAX` in a window: takes that down, and returns the error. */
  tooManyRequests(request: IncomingMessage): AppError {
    const error = new AppError(
      "RATE_LIMITED",
      "Too many requests from this address. Wait as long as Retry-After says, or subscribe over a WebSocket.",
    );
    return this.refused(
      request,
      "an address made as many requests as it may",
      error.advised(this.adviceOnLimit(request, "RATE_LIMIT_MAX")),
    );
  }

  /** Somebody without the right to it asked for the metrics: takes that down, and returns the error. */
  refusedScrape(request: IncomingMessage): AppError {
    const error = new AppError(
      "UNAUTHORIZED",
      "Metrics are told to callers on this machine whose request came through no proxy, and to those who send " +
        "METRICS_TOKEN, or a token whose scope has admin, as Authorization: Bearer <token>.",
      403,
    );
    return this.refused(
      request,
      "metrics are for this machine and for who has METRICS_TOKEN",
      error.advised("Set METRICS_TOKEN here, and the same in Prometheus (authorization: credentials)."),
    );
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

  /** A place for a request's connection, among those that its client holds. */
  seat(request: IncomingMessage): Seat {
    return new Seat(this, this.client(request));
  }

  /** The limits' name for a client: the `sub` of its token, or its address, or an IPv6 client's network, as one client has many addresses there. */
  client(request: IncomingMessage): string {
    const name = nameOf(this.auth.of(request));
    if (name !== undefined) return name;
    const address = clientAddress(request, this.config.TRUST_PROXY);
    return address === "unknown" ? address : ipKeyGenerator(address);
  }

  private refused(request: IncomingMessage, kind: string, error: AppError): AppError {
    const { origin } = request.headers;
    if (!this.counted.has(request)) this.metrics.refused(error.code);
    this.counted.add(request);
    const shown = origin === undefined ? {} : { origin: origin.slice(0, MAX_ORIGIN_SHOWN) };
    this.refusals.note(kind, error, { client: this.client(request), ...shown });
    return error;
  }

  private adviceOnLimit(request: IncomingMessage, variable: string): string {
    const isForwarded = request.headers["x-forwarded-for"] !== undefined;
    return isForwarded && this.config.TRUST_PROXY === 0
      ? "It comes through a proxy, and TRUST_PROXY is 0: all clients behind it share its address. Set TRUST_PROXY to the number of proxies."
      : `${variable} is the limit; where all clients share a proxy's address, set TRUST_PROXY.`;
  }
}

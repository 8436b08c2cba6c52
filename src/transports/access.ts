import type { IncomingMessage } from "node:http";
import type { Config } from "../config.js";
import type { Verify } from "../delivery/claims.js";
import { AppError } from "../errors.js";
import type { Logger } from "../logger.js";
import type { Metrics } from "../metrics.js";
import type { Auth } from "./auth.js";
import { isOperator } from "./operator.js";
import { OPAQUE, OriginPolicy } from "./origins.js";
import { Refusals } from "./refusals.js";
import { addressOf, nameOf, Seat, Seats } from "./seats.js";

/** So much of an origin is shown in the log. */
const MAX_ORIGIN_SHOWN = 200;

function kindOf({ code, status }: AppError): string {
  if (status === 503) return "tokens cannot be checked";
  if (code === "RATE_LIMITED")
    return "a token's owner holds as many connections as it may, or comes too often";
  return code === "TOKEN_EXPIRED" ? "a token has ended" : "no token, or one that is not valid";
}

/** One policy for all transports: who may open a connection, who may see what, and why not. */
export class Access {
  readonly origins: OriginPolicy;
  private readonly seats: Seats;
  private readonly refusals: Refusals;
  /** Requests that were refused: one that is for two reasons, its page's origin and its token say, counts once. */
  private readonly counted = new WeakSet<IncomingMessage>();
  private draining = false;

  constructor(
    private readonly config: Pick<
      Config,
      "ALLOWED_ORIGINS" | "PAGE" | "TRUST_PROXY" | "MAX_CONNECTIONS_PER_IP" | "METRICS_TOKEN"
    >,
    log: Logger,
    private readonly metrics: Pick<Metrics, "refused">,
    readonly auth: Auth,
  ) {
    this.refusals = new Refusals(log);
    this.origins = new OriginPolicy(config.ALLOWED_ORIGINS, config.PAGE === "on");
    this.seats = new Seats(config.MAX_CONNECTIONS_PER_IP);
  }

  /** From here on nobody comes in. */
  drain(): void {
    this.draining = true;
  }

  /** Why this request may not open a connection; undefined when it may. Decided at once: nothing waits at a transport. */
  refusal(request: IncomingMessage): AppError | undefined {
    const refusal = this.refusalOfAny(request);
    if (refusal || !this.isFull(request)) return refusal;
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
    if (!this.origins.allows(request.headers)) return this.refusedOrigin(request);
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
    const seat = this.seat(request);
    try {
      const error = await this.auth.admit(request);
      return error && this.refused(request, kindOf(error), error);
    } finally {
      seat.leave();
    }
  }

  /** A connection's client was not let in, for its token or for want of one: takes that down. */
  refusedEntry(client: string, error: AppError): void {
    this.metrics.refused(error.code);
    this.refusals.note(kindOf(error), error, { client });
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
    const { origin } = request.headers;
    error.advised(
      origin === OPAQUE
        ? "A page opened from a file (file:), or in a sandboxed frame, has the origin `null`. Serve it over HTTP; or, " +
            "while developing, add `null` to ALLOWED_ORIGINS, which lets anybody's sandboxed frames in as well."
        : "ALLOWED_ORIGINS lists those that may connect: add it there, with scheme and port.",
    );
    return this.refused(request, "this origin is not allowed", error, origin);
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

  /** A place for a request's connection, among those that its client holds. */
  seat(request: IncomingMessage): Seat {
    return new Seat(this.seats, this.client(request));
  }

  /** Whether the client that a request comes from holds as many connections as it may. */
  isFull(request: IncomingMessage): boolean {
    return this.seats.isFull(this.client(request));
  }

  /** The limits' name for the client that a request comes from: the `sub` of its token, or its address. */
  client(request: IncomingMessage): string {
    return nameOf(this.auth.of(request)) ?? addressOf(request, this.config.TRUST_PROXY);
  }

  /** `one`: what of this kind is worth a line of its own. */
  private refused(request: IncomingMessage, kind: string, error: AppError, one?: string): AppError {
    const { origin } = request.headers;
    if (!this.counted.has(request)) this.metrics.refused(error.code);
    this.counted.add(request);
    const shown = origin === undefined ? {} : { origin: origin.slice(0, MAX_ORIGIN_SHOWN) };
    const who = { client: this.client(request), ...shown };
    if (one === undefined) this.refusals.note(kind, error, who);
    else this.refusals.noteOnce(one.slice(0, MAX_ORIGIN_SHOWN), kind, error, who);
    return error;
  }

  private adviceOnLimit(request: IncomingMessage, variable: string): string {
    const isForwarded = request.headers["x-forwarded-for"] !== undefined;
    return isForwarded && this.config.TRUST_PROXY === 0
      ? "It comes through a proxy, and TRUST_PROXY is 0: all clients behind it share its address. Set TRUST_PROXY to the number of proxies."
      : `${variable} is the limit; where all clients share a proxy's address, set TRUST_PROXY.`;
  }
}

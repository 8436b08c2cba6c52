/**
 * Every code that a stranger may read, with the HTTP status that fits it. The codes are part of the
 * boundary: clients branch on them.
 */
export const ERROR_STATUS = {
  INVALID_MESSAGE: 400,
  UNAUTHORIZED: 401,
  TOKEN_EXPIRED: 401,
  SPORT_NOT_ALLOWED: 403,
  NOT_FOUND: 404,
  NOT_COVERED: 404,
  UNKNOWN_SPORT: 404,
  TOO_MANY_SUBSCRIPTIONS: 429,
  RATE_LIMITED: 429,
  INTERNAL: 500,
  UPSTREAM_FAILED: 503,
  UPSTREAM_RATE_LIMITED: 503,
  OUT_OF_USAGE_CREDITS: 503,
  INVALID_KEY: 503,
  CLUSTER_UNAVAILABLE: 503,
  SHUTTING_DOWN: 503,
} as const;

/** A code of {@link ERROR_STATUS}. */
export type ErrorCode = keyof typeof ERROR_STATUS;

/** What leaves the house of an error: a code to branch on, and one sentence to read. */
export interface PublicError {
  code: ErrorCode;
  message: string;
}

/** A failure that we understand: its message is written for the person who can mend it, and holds no secret. */
export class AppError extends Error {
  override readonly name: string = "AppError";
  /** What the operator can do about it (a key, a plan, a variable): for the log and for them, not for strangers. */
  advice: string | undefined;
  /** What a refused request is told of how to present a token (`WWW-Authenticate`; RFC 6750, section 3). */
  challenge: string | undefined;

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly status: number = ERROR_STATUS[code],
  ) {
    super(message);
  }

  /** Adds what the operator can do about it. */
  advised(advice: string | undefined): this {
    this.advice = advice;
    return this;
  }

  /** Adds how a token is to be presented; `error` is RFC 6750's word for what was wrong with the one that was. */
  challenging(error?: "invalid_token" | "insufficient_scope"): this {
    this.challenge = `Bearer realm="live-odds"${error === undefined ? "" : `, error="${error}"`}`;
    return this;
  }

  /** A message or query that is not of the documented form. */
  static invalidMessage(detail: string): AppError {
    return new AppError("INVALID_MESSAGE", detail);
  }

  /** A sport key that the sports list does not hold. */
  static unknownSport(): AppError {
    return new AppError("UNKNOWN_SPORT", "No such sport. GET /api/odds/sports lists the keys.");
  }

  /** A sport that exists, but that this server was told not to serve. */
  static sportNotAllowed(): AppError {
    return new AppError(
      "SPORT_NOT_ALLOWED",
      "This server does not serve that sport. GET /api/odds/sports lists those it does.",
    );
  }

  /** The server is on its way down; another one, or the next one, will answer. */
  static shuttingDown(): AppError {
    return new AppError("SHUTTING_DOWN", "The server is restarting. Connect again.");
  }
}

/**
 * What a stranger may read of any thrown thing: our own errors as they are, all others as `INTERNAL`. Operators get
 * the advice with it.
 */
export function publicError(error: unknown, isOperator = false): PublicError {
  if (error instanceof AppError) {
    return { code: error.code, message: isOperator ? sentenceOf(error) : error.message };
  }
  return { code: "INTERNAL", message: "Something went wrong on the server." };
}

/** What the log may hold of any thrown thing: name, message and stack, never the object with its fields. */
export function logError(error: unknown): { error: string; stack?: string } {
  if (error instanceof AppError) return { error: `${error.code}: ${sentenceOf(error)}` };
  if (error instanceof Error) return { error: error.message, ...(error.stack ? { stack: error.stack } : {}) };
  return { error: String(error) };
}

/** An error with its advice, for an operator. */
export function sentenceOf({ message, advice }: AppError): string {
  return advice === undefined ? message : `${message} ${advice}`;
}

import { AppError } from "../errors.js";

/** What a verified token says of whoever presents it. */
export interface Claims {
  /** Names the client in the limits, in the sharing of credits, and in the log; undefined: its address does. */
  readonly sub: string | undefined;
  /** The sports that it may have; undefined: all that the server serves. */
  readonly sports: ReadonlySet<string> | undefined;
  /** Whether it may see what concerns the operator. */
  readonly isAdmin: boolean;
  /** When the token ends, in ms since the epoch. */
  readonly expiresAt: number;
}

/** Verifies a token. Rejects with an `AppError` (`UNAUTHORIZED`, `TOKEN_EXPIRED`), which never holds any of it. */
export type Verify = (token: string) => Promise<Claims>;

/** Why these claims do not allow a sport; undefined when they do. */
export function refusalBy(claims: Claims | undefined, sport: string): AppError | undefined {
  if (claims?.sports === undefined || claims.sports.has(sport)) return undefined;
  return new AppError("SPORT_NOT_ALLOWED", "Your token does not allow that sport.");
}

/** A token that has ended. */
export function tokenExpired(): AppError {
  return new AppError("TOKEN_EXPIRED", "The token has ended. Present a new one.").challenging(
    "invalid_token",
  );
}

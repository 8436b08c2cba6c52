import type { Config } from "../config.js";
import { AppError } from "../errors.js";
import { tokenExpired } from "./claims.js";
import type { Refusal } from "./connection.js";

/** What one connection may ask for. */
export type SessionLimits = Pick<Config, "MAX_SUBSCRIPTIONS" | "MAX_MESSAGES_PER_SECOND">;

/** A client that talks this many times faster than it may is cut off. */
export const ABUSE_FACTOR = 10;
/** A client that talks on while this much (bytes) of its answers waits to be read is cut off. Boards do not count. */
export const MAX_UNREAD_BYTES = 128 * 1024;

const WORDS: Readonly<Record<Refusal, (limits: SessionLimits) => AppError | undefined>> = {
  "too many messages": tooFast,
  // It reads nothing.
  "too slow": () => undefined,
  "too many connections": () =>
    new AppError("RATE_LIMITED", "The token's owner holds as many connections as may be. Close one first."),
  "no token": () =>
    new AppError("UNAUTHORIZED", 'Present a valid token before all else: {"type": "auth", "token": …}.'),
  "token expired": tokenExpired,
};

/** What a client that is cut off is told last; undefined where it would not read it. */
export function lastWord(why: Refusal, limits: SessionLimits): AppError | undefined {
  return WORDS[why](limits);
}

/** A message that comes too soon. */
export function tooFast({ MAX_MESSAGES_PER_SECOND: most }: SessionLimits): AppError {
  return new AppError(
    "RATE_LIMITED",
    `A connection may send ${most} messages a second. Send what was refused again later.`,
  );
}

import { z } from "zod";
import { type Bill, SourceError } from "../source-error.js";

/** The body of an error, as the guide documents it; a proxy in between may send anything. */
const errorBody = z.object({ error_code: z.string().max(100), message: z.string() }).partial();

/**
 * What an answer other than 200 means, by The Odds API's list of error codes
 * (https://the-odds-api.com/liveapi/guides/v4/api-error-codes.html). The messages are ours: the upstream's own may
 * quote the request.
 */
export function errorOfAnswer(status: number, body: unknown, retryAfter: unknown): SourceError {
  const parsed = errorBody.safeParse(body);
  const code = parsed.success ? parsed.data.error_code?.replace(/[^A-Z0-9_]/g, "") : undefined;
  const retryAfterMs = retryAfterInMs(retryAfter);
  if (status === 401 && code === "OUT_OF_USAGE_CREDITS") {
    return new SourceError(
      code,
      "No new odds for now: what this server may read is used up.",
      "person",
    ).advised(
      "The Odds API's credits are used up. They come back with the plan's monthly reset, or with a larger plan.",
    );
  }
  if (status === 401) {
    return new SourceError(
      "INVALID_KEY",
      "No new odds: the upstream refuses this server until its operator has seen to it.",
      "person",
    ).advised(`The Odds API refuses the key (${code ?? "401"}). Set a valid THE_ODDS_API_KEY and restart.`);
  }
  if (status === 404)
    return new SourceError("UNKNOWN_SPORT", "The Odds API does not know this sport.", "remember");
  if (status === 422) {
    return new SourceError(
      "UPSTREAM_FAILED",
      "The upstream refuses what this server asks for.",
      "remember",
      code ?? "UPSTREAM_FAILED",
    ).advised(`It says ${code ?? "422"}. Check ODDS_MARKETS, ODDS_REGIONS and ODDS_BOOKMAKERS.`);
  }
  if (status === 429) {
    return new SourceError(
      "UPSTREAM_RATE_LIMITED",
      "The Odds API asks us to slow down.",
      "slow-down",
      "UPSTREAM_RATE_LIMITED",
      retryAfterMs,
    );
  }
  return new SourceError(
    "UPSTREAM_FAILED",
    `The Odds API answered ${status}.`,
    "retry",
    "UPSTREAM_FAILED",
    retryAfterMs,
  );
}

/** An answer that should have been one to use, but is not, and what it cost. */
export function garbled(what: string, bill: Bill): SourceError {
  const message = `The Odds API's answer cannot be used: ${what}.`;
  return new SourceError("UPSTREAM_FAILED", message, "retry").billed(bill);
}

/** The wait a `Retry-After` header asks for, in ms: seconds or an HTTP date (RFC 9110, section 10.2.3). */
function retryAfterInMs(header: unknown): number | undefined {
  if (typeof header !== "string" || header.trim() === "") return undefined;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) && ms > 0 ? ms : undefined;
}

import { type OddsError, oddsError } from "./errors.js";
import type { Answer } from "./messages.js";
import { isError } from "./readable.js";

/** Refusals that stay the same however often one asks. */
const FOR_GOOD: ReadonlySet<string> = new Set([
  "INVALID_MESSAGE",
  "UNAUTHORIZED",
  "SPORT_NOT_ALLOWED",
  "UNKNOWN_SPORT",
  "TOO_MANY_SUBSCRIPTIONS",
]);

/** Whether it is of no use to ask again. */
export function isForGood({ code }: OddsError): boolean {
  return FOR_GOOD.has(code);
}

/** The error in an answer that is no acknowledgement, or that it cannot be read. */
export function refusalOf(answer: Partial<Answer> | null | undefined, sport?: string): OddsError {
  if (answer?.ok === false && isError(answer.error)) {
    return oddsError(answer.error.code, String(answer.error.message), { sport });
  }
  return oddsError("INTERNAL", "The server's answer cannot be read.", { sport });
}

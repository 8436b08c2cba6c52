import { z } from "zod";
import { ERROR_STATUS, type ErrorCode } from "../errors.js";

/** Every code that an error may have. */
export const errorCodeSchema = z
  .enum(Object.keys(ERROR_STATUS) as [ErrorCode, ...ErrorCode[]])
  .describe("What went wrong, to branch on.");

/** What every error says, wherever it is said. */
export const errorFields = { code: errorCodeSchema, message: z.string().describe("A sentence for people.") };

/** What each error code means to a client, for the contracts. PROTOCOL.md says what to do about it. */
export const CODE_MEANS: Readonly<Record<ErrorCode, string>> = {
  INVALID_MESSAGE:
    "The message, query or request is not of the documented form; `message` says what is wrong.",
  UNAUTHORIZED:
    "There is no valid token where one is asked for. With 403: the token's `scope` does not allow it, or a page of this origin may not connect.",
  TOKEN_EXPIRED: "The token has ended: present a new one.",
  SPORT_NOT_ALLOWED: "The sport exists, but this server does not serve it, or the token does not allow it.",
  NOT_FOUND: "There is nothing at this path, or nothing is known of this event.",
  NOT_COVERED: "Nobody looked at that moment: `gap` says from when to when, and why.",
  UNKNOWN_SPORT: "There is no such sport.",
  TOO_MANY_SUBSCRIPTIONS:
    "The connection has as many sports as it may: unsubscribe from one first. Or there are as many different views as there may be: take the whole board.",
  RATE_LIMITED: "Too many messages, requests or connections: slow down, and try again later.",
  INTERNAL: "A fault of the server's.",
  UPSTREAM_FAILED: "The upstream gave no board; it is tried again.",
  UPSTREAM_RATE_LIMITED: "The upstream was asked too often; the server slows down by itself.",
  OUT_OF_USAGE_CREDITS: "The credits are used up, but for the reserve.",
  INVALID_KEY: "The upstream does not take the server's key.",
  CLUSTER_UNAVAILABLE: "This process cannot reach the others; it is tried again.",
  SHUTTING_DOWN: "The server is restarting: connect again.",
};

/** The error codes as a Markdown table. */
export function codesTable(): string {
  const rows = Object.entries(CODE_MEANS).map(
    ([code, meaning]) => `| ${code} | ${ERROR_STATUS[code as ErrorCode]} | ${meaning} |`,
  );
  return ["| code | HTTP | |", "|---|---|---|", ...rows].join("\n");
}

import type { Config } from "../config.js";
import { MAX_MESSAGE_BYTES } from "./connections.js";

/** What of the configuration the contracts tell. */
export type ConfiguredLimits = Pick<
  Config,
  | "MAX_SUBSCRIPTIONS"
  | "MAX_MESSAGES_PER_SECOND"
  | "MAX_CONNECTIONS_PER_IP"
  | "RATE_LIMIT_MAX"
  | "RATE_LIMIT_WINDOW_MS"
  | "ODDS_POLL_INTERVAL_MS"
  | "PING_INTERVAL_MS"
  | "PING_TIMEOUT_MS"
>;

/** What the contracts tell of a server's limits: the configured ones, and those that the session holds by itself. */
export type Limits = ConfiguredLimits & { readonly abuseFactor: number; readonly maxUnreadBytes: number };

/** This server's limits, by a name and with a sentence each. */
export function limitsOf(
  limits: Limits,
): Readonly<Record<string, readonly [value: number, meaning: string]>> {
  return {
    updateFrequencyMs: [limits.ODDS_POLL_INTERVAL_MS, "ms between two updates of a sport"],
    maxSubscriptions: [limits.MAX_SUBSCRIPTIONS, "sports a connection; beyond: TOO_MANY_SUBSCRIPTIONS"],
    maxMessagesPerSecond: [
      limits.MAX_MESSAGES_PER_SECOND,
      "messages a second and connection; each beyond is refused with RATE_LIMITED",
    ],
    maxMessagesPerSecondBeforeTheEnd: [
      limits.MAX_MESSAGES_PER_SECOND * limits.abuseFactor,
      "messages a second; beyond, the connection ends",
    ],
    maxMessageBytes: [MAX_MESSAGE_BYTES, "bytes a message; beyond, the connection ends"],
    maxUnreadBytes: [
      limits.maxUnreadBytes,
      "bytes of answers left unread, boards aside; beyond, the connection ends",
    ],
    maxConnectionsPerAddress: [
      limits.MAX_CONNECTIONS_PER_IP,
      "connections a client (the `sub` of its token, or its address); beyond: 429 RATE_LIMITED",
    ],
    maxRequestsPerWindow: [
      limits.RATE_LIMIT_MAX,
      "requests below /api/ a client and window, 304s aside; beyond: 429 RATE_LIMITED",
    ],
    requestWindowMs: [limits.RATE_LIMIT_WINDOW_MS, "ms in that window"],
    pingIntervalMs: [limits.PING_INTERVAL_MS, "ms between two pings of the server's"],
    pingTimeoutMs: [limits.PING_TIMEOUT_MS, "ms that it waits for a pong beyond that"],
  };
}

/** The limits as a Markdown table, for people. */
export function limitsTable(limits: Limits): string {
  const rows = Object.values(limitsOf(limits)).map(([value, meaning]) => `| ${value} | ${meaning} |`);
  return ["| limit | |", "|---:|---|", ...rows].join("\n");
}

/** The limits as plain numbers, for programs. */
export function limitValues(limits: Limits): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(limitsOf(limits)).map(([name, [value]]) => [name, value]));
}

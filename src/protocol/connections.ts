/* Where clients come in, how much they may say at once, and why a connection ends. */

/** Socket.IO's namespace and the plain WebSocket's path. */
export const ODDS_PATH = "/odds";

/** The largest message taken from a client, in bytes. */
export const MAX_MESSAGE_BYTES = 16 * 1024;

/** Why a plain WebSocket is closed (RFC 6455, section 7.4.1; 3000 is in IANA's registry). A Socket.IO transport is closed without a code. */
export const CLOSE = {
  policy: 1008,
  tooLarge: 1009,
  restart: 1012,
  tooSlow: 1013,
  unauthorized: 3000,
} as const;

/** Why a plain WebSocket is closed with each of the close codes. */
export const CLOSE_MEANS: Readonly<Record<keyof typeof CLOSE, string>> = {
  policy:
    "Far too many messages within a second, after an `error` with RATE_LIMITED; or one in too many fragments.",
  tooLarge: "A message was too large.",
  restart: "The server is restarting, after an `error` with SHUTTING_DOWN and a `reconnect`: connect again.",
  tooSlow: "Answers were left unread while more was sent. Connect again.",
  unauthorized:
    "There is no token, or it is not valid, or it has ended, after an `error` with UNAUTHORIZED or TOKEN_EXPIRED.",
};

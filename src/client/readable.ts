import type { AuthAck, ErrorMessage, OddsDelta, OddsUpdate, Reconnect } from "./messages.js";

/*
 * Whether a message has what is relied on. By hand: zod is ten times as large as the rest of what a browser loads of
 * this library itself.
 */

/** Whether it says which board it is about, and how old that is. */
export function hasBoardHead(message: unknown): message is OddsUpdate | OddsDelta {
  if (!isObject(message)) return false;
  const { sport, epoch, version, timestamp, fetchedAt } = message;
  return (
    typeof sport === "string" &&
    typeof epoch === "string" &&
    [version, timestamp, fetchedAt].every((it) => Number.isFinite(it))
  );
}

/** Whether it says what went wrong. */
export function isError(message: unknown): message is ErrorMessage {
  return isObject(message) && typeof message.code === "string";
}

/** Whether it says when a token ends. */
export function isAuthAck(message: unknown): message is AuthAck & { expiresAt: number } {
  return isObject(message) && Number.isFinite(message.expiresAt) && Number.isFinite(message.timestamp);
}

/** Whether it says when to connect again. */
export function isReconnect(message: unknown): message is Reconnect {
  return isObject(message) && Number.isFinite(message.delayMs);
}

function isObject(message: unknown): message is Record<string, unknown> {
  return typeof message === "object" && message !== null;
}

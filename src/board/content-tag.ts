import { createHash } from "node:crypto";
import type { BoardEvent } from "./model.js";

/**
 * A word for what a board's events say but for every `last_update`: the same for the same content on every process,
 * whatever the order of its objects' keys, and another for any other.
 */
export function contentTag(events: readonly BoardEvent[]): string {
  const content = events.map(({ bookmakers, ...event }) => [
    inOrder(event),
    bookmakers.map(({ markets, last_update: _, ...bookmaker }) => [
      inOrder(bookmaker),
      markets.map(({ last_update: _read, ...market }) => inOrder(market)),
    ]),
  ]);
  return createHash("sha256").update(JSON.stringify(content)).digest("base64url").slice(0, 22);
}

/** A JSON value with the keys of its objects sorted. */
function inOrder(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(inOrder);
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([name, inner]) => [name, inOrder(inner)]));
}

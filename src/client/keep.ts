import type { ClientBoard } from "./apply-delta.js";

type Events = ClientBoard["odds"];

/**
 * `now`, with all in it that is just as in `before` in its old objects: events, bookmakers, markets and outcomes. So a
 * view draws anew only what moved, also where a whole board came.
 */
export function keep<T>(before: unknown, now: T): T {
  if (before === now || !isObject(before) || !isObject(now)) return now;
  if (Array.isArray(now)) return Array.isArray(before) ? (keepItems(before, now) as T) : now;
  if (Array.isArray(before)) return now;
  const was = before as Record<string, unknown>;
  const is = now as Record<string, unknown>;
  const names = Object.keys(is);
  let same = names.length === Object.keys(was).length;
  // As a copy it has each field already: otherwise a `__proto__` would be set as what it inherits from.
  const kept = { ...is };
  for (const name of names) {
    kept[name] = keep(was[name], is[name]);
    same &&= kept[name] === was[name];
  }
  return (same ? was : kept) as T;
}

function keepItems(before: readonly unknown[], now: readonly unknown[]): readonly unknown[] {
  const byKey = new Map(before.map((item, at) => [keyOf(item, at), item]));
  const kept = now.map((item, at) => keep(byKey.get(keyOf(item, at)), item));
  return kept.length === before.length && kept.every((item, at) => item === before[at]) ? before : kept;
}

/** What an item is known by in its list: events by id, bookmakers and markets by key, all else by its place. */
function keyOf(item: unknown, at: number): unknown {
  if (!isObject(item)) return at;
  const { id, key } = item as { readonly id?: unknown; readonly key?: unknown };
  return id ?? key ?? at;
}

function isObject(thing: unknown): thing is object {
  return typeof thing === "object" && thing !== null;
}

/** A whole board's events without any `last_update`. */
export function withoutLastUpdate(events: Events): Events {
  return events.map((event) => ({
    ...event,
    bookmakers: event.bookmakers.map(({ last_update: _, ...bookmaker }) => ({
      ...bookmaker,
      markets: bookmaker.markets.map(({ last_update: _read, ...market }) => market),
    })),
  }));
}

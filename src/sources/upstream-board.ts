import { z } from "zod";
import {
  bookmakerSchema,
  eventSchema,
  marketSchema,
  momentInMs,
  momentSchema,
  type OddsEvent,
  outcomeSchema,
  type Sport,
  sportSchema,
} from "../odds/model.js";

/*
 * The upstream's answers are checked item by item: what is wrong is left out and counted, the rest is kept as it
 * came. The `*Head` schemas check an item without its children, which are checked in their turn.
 */
const marketHead = marketSchema.extend({ outcomes: z.array(z.unknown()) });
const bookmakerHead = bookmakerSchema.extend({ markets: z.array(z.unknown()) });
const eventHead = eventSchema.extend({ bookmakers: z.array(z.unknown()) });

/**
 * An item's own fields may be nested so deep; those of real ones are not nested at all. `JSON.parse` takes any depth,
 * `JSON.stringify` and all else that goes down a level by a call does not.
 */
const MAX_DEPTH = 50;

/** The good items of an answer, and how many were refused. */
export interface Checked<T> {
  readonly items: T[];
  readonly refused: number;
}

/** The events of a `/odds` answer; undefined when it is not a list at all. */
export function checkBoard(answer: unknown): Checked<OddsEvent> | undefined {
  return Array.isArray(answer) ? checkEvents(answer) : undefined;
}

/** The sports of a `/sports` answer; undefined when it is not a list at all. */
export function checkSports(answer: unknown): Checked<Sport> | undefined {
  if (!Array.isArray(answer)) return undefined;
  return keepGood(answer, (item) =>
    sportSchema.safeParse(item).success && isShallow(item) ? { value: item as Sport, refused: 0 } : undefined,
  );
}

const eventStart = z.looseObject({ commence_time: momentSchema });

/** When the events of an `/events` answer start, in ms since the epoch. What cannot be read counts as started. */
export function eventStarts(answer: unknown): number[] {
  const events = z.array(eventStart).safeParse(answer);
  return events.success ? events.data.map(({ commence_time }) => momentInMs(commence_time)) : [0];
}

const checkEvents = (answer: readonly unknown[]) =>
  keepGood(
    answer,
    (item) => withChildren<OddsEvent>(item, eventHead, "bookmakers", checkBookmakers),
    (event) => event.id,
  );

const checkBookmakers = (answer: readonly unknown[]) =>
  keepGood(
    answer,
    (item) => withChildren<OddsEvent["bookmakers"][number]>(item, bookmakerHead, "markets", checkMarkets),
    (bookmaker) => bookmaker.key,
  );

type UpstreamMarket = OddsEvent["bookmakers"][number]["markets"][number];

const checkMarkets = (answer: readonly unknown[]) =>
  keepGood(
    answer,
    (item) => withChildren<UpstreamMarket>(item, marketHead, "outcomes", checkOutcomes),
    (market) => market.key,
  );

// The same outcome twice in one market is seen in real answers and kept.
const checkOutcomes = (answer: readonly unknown[]) =>
  keepGood(answer, (item) =>
    outcomeSchema.safeParse(item).success && isShallow(item)
      ? { value: item as UpstreamMarket["outcomes"][number], refused: 0 }
      : undefined,
  );

interface Good<T> {
  readonly value: T;
  /** Refused within. */
  readonly refused: number;
}

function keepGood<T>(
  answer: readonly unknown[],
  check: (item: unknown) => Good<T> | undefined,
  identity?: (item: T) => string,
): Checked<T> {
  const seen = new Set<string>();
  const items: T[] = [];
  let refused = 0;
  for (const item of answer) {
    const good = check(item);
    const id = good && identity?.(good.value);
    if (!good || (id !== undefined && seen.has(id))) {
      refused += 1;
      continue;
    }
    if (id !== undefined) seen.add(id);
    refused += good.refused;
    items.push(good.value);
  }
  return { items, refused };
}

function withChildren<T extends object>(
  item: unknown,
  head: z.ZodType<T extends object ? object : never>,
  children: string,
  check: (answer: readonly unknown[]) => Checked<object>,
): Good<T> | undefined {
  if (!head.safeParse(item).success || !isShallow(item, children)) return undefined;
  const parent = item as Record<string, readonly unknown[]>;
  const { items, refused } = check(parent[children] ?? []);
  return { value: (refused > 0 ? { ...parent, [children]: items } : parent) as unknown as T, refused };
}

/** Whether an item's fields, but for its children, are nested no deeper than {@link MAX_DEPTH}. */
function isShallow(item: unknown, children?: string): boolean {
  const fields = item as Record<string, unknown>;
  for (const name of Object.keys(fields)) {
    if (name !== children && isDeeper(fields[name], MAX_DEPTH)) return false;
  }
  return true;
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((part) => isDeeper(part, levels - 1));
}

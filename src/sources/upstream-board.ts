import { z } from "zod";
import {
  type Bookmaker,
  bookmakerSchema,
  eventSchema,
  type Market,
  marketSchema,
  momentInMs,
  momentSchema,
  type OddsEvent,
  type Outcome,
  outcomeSchema,
  type Sport,
  sportSchema,
} from "../board/model.js";
import type { Game } from "../polling/odds-source.js";
import {
  isWellFormedBookmaker,
  isWellFormedEvent,
  isWellFormedMarket,
  isWellFormedOutcome,
} from "./well-formed.js";

/*
 * The upstream's answers are checked item by item: what is wrong is left out and counted, the rest is kept as it
 * came. The `*Head` schemas check an item without its children, which are checked in their turn; they are asked only
 * where an item is not well-formed at a glance.
 */
const marketHead = marketSchema.extend({ outcomes: z.array(z.unknown()) });
const bookmakerHead = bookmakerSchema.extend({ markets: z.array(z.unknown()) });
const eventHead = eventSchema.extend({ bookmakers: z.array(z.unknown()) });

/**
 * An item's own fields may be nested so deep; those of real ones are not nested at all. `JSON.parse` takes any depth,
 * `JSON.stringify` and all else that goes down a level by a call does not.
 */
const MAX_DEPTH = 50;

/**
 * So many malformed items of one answer are looked into, at some µs each: that takes a tenth of a second. Millions fit
 * into one, and would hold up the process for a minute.
 */
const MAX_LOOKED_INTO = 10_000;

/** How many malformed items of an answer are still looked into; the rest is refused as it is. */
interface Patience {
  left: number;
}
const patience = (): Patience => ({ left: MAX_LOOKED_INTO });

/** The good items of an answer, how many were refused, and what was wrong with those. */
export interface Checked<T> {
  readonly items: T[];
  readonly refused: number;
  /** Such as `outcome: price is no good (invalid_type)`; of what we look for only, so there are few. */
  readonly kinds: ReadonlySet<string>;
}

/** The events of a `/odds` answer; undefined when it is not a list at all. */
export function checkBoard(answer: unknown): Checked<OddsEvent> | undefined {
  return Array.isArray(answer) ? checkEvents(answer, patience()) : undefined;
}

/** The sports of a `/sports` answer; undefined when it is not a list at all. */
export function checkSports(answer: unknown): Checked<Sport> | undefined {
  if (!Array.isArray(answer)) return undefined;
  return keepGood(answer, patience(), "sport", undefined, (item) => childless<Sport>(item, sportSchema));
}

const eventStart = z.looseObject({ id: z.string(), commence_time: momentSchema });

/** The events of an `/events` answer, and when they start. What cannot be read counts as one that has started. */
export function eventStarts(answer: unknown): Game[] {
  const games: Game[] = [];
  // The first that is no good decides: faults without end would fill the memory.
  for (const item of Array.isArray(answer) ? answer : [undefined]) {
    const { data } = eventStart.safeParse(item);
    if (!data) return [{ id: "", start: 0 }];
    games.push({ id: data.id, start: momentInMs(data.commence_time) });
  }
  return games;
}

const checkEvents = (answer: readonly unknown[], patience: Patience) =>
  keepGood(
    answer,
    patience,
    "event",
    isWellFormedEvent,
    (item) =>
      withChildren<OddsEvent>(item, eventHead, "bookmakers", (list) => checkBookmakers(list, patience)),
    (event) => event.id,
  );

const checkBookmakers = (answer: readonly unknown[], patience: Patience) =>
  keepGood(
    answer,
    patience,
    "bookmaker",
    isWellFormedBookmaker,
    (item) => withChildren<Bookmaker>(item, bookmakerHead, "markets", (list) => checkMarkets(list, patience)),
    (bookmaker) => bookmaker.key,
  );

const checkMarkets = (answer: readonly unknown[], patience: Patience) =>
  keepGood(
    answer,
    patience,
    "market",
    isWellFormedMarket,
    (item) => withChildren<Market>(item, marketHead, "outcomes", (list) => checkOutcomes(list, patience)),
    (market) => market.key,
  );

// The same outcome twice in one market is seen in real answers and kept.
const checkOutcomes = (answer: readonly unknown[], patience: Patience) =>
  keepGood(answer, patience, "outcome", isWellFormedOutcome, (item) =>
    childless<Outcome>(item, outcomeSchema),
  );

interface Good<T> {
  readonly value: T;
  /** Refused within; undefined where there is nothing within. */
  readonly within?: Checked<object> | undefined;
}
/** What is wrong with an item: the first thing found. */
type Fault = string;
const TOO_MANY: Fault = "one of too many that are no good";
const TOO_DEEP: Fault = "nested too deep";
/** Schemas leave such a field out: the processes that hear of a board through one would have another than the leader. */
const PROTO: Fault = "a field is named __proto__";

function keepGood<T>(
  answer: readonly unknown[],
  patience: Patience,
  what: string,
  isWellFormed: ((item: unknown) => item is T) | undefined,
  check: (item: unknown) => Good<T> | Fault,
  identity?: (item: T) => string,
): Checked<T> {
  const seen = new Set<string>();
  const items: T[] = [];
  const kinds = new Set<string>();
  let refused = 0;
  let passedOver = 0;
  const refuse = (fault: Fault) => {
    refused += 1;
    patience.left -= 1;
    kinds.add(`${what}: ${fault}`);
  };
  for (const item of answer) {
    const isGood = isWellFormed?.(item);
    if (!isGood && patience.left <= 0) {
      passedOver += 1;
      continue;
    }
    const good = isGood ? { value: item } : check(item);
    if (typeof good === "string") {
      refuse(good);
      continue;
    }
    const id = identity?.(good.value);
    if (id !== undefined && seen.has(id)) {
      refuse("there twice");
      continue;
    }
    if (id !== undefined) seen.add(id);
    refused += good.within?.refused ?? 0;
    for (const kind of good.within?.kinds ?? []) kinds.add(kind);
    items.push(good.value);
  }
  if (passedOver > 0) kinds.add(`${what}: ${TOO_MANY}`);
  return { items, refused: refused + passedOver, kinds };
}

function childless<T>(item: unknown, schema: z.ZodType): Good<T> | Fault {
  const parsed = schema.safeParse(item);
  if (!parsed.success) return faultOf(parsed.error);
  if (hasProto(item)) return PROTO;
  return isShallow(item) ? { value: item as T } : TOO_DEEP;
}

function withChildren<T extends object>(
  item: unknown,
  head: z.ZodType<T extends object ? object : never>,
  children: string,
  check: (answer: readonly unknown[]) => Checked<object>,
): Good<T> | Fault {
  const parsed = head.safeParse(item);
  if (!parsed.success) return faultOf(parsed.error);
  if (hasProto(item)) return PROTO;
  if (!isShallow(item, children)) return TOO_DEEP;
  const parent = item as Record<string, readonly unknown[]>;
  const within = check(parent[children] ?? []);
  const value = within.refused > 0 ? { ...parent, [children]: within.items } : parent;
  return { value: value as unknown as T, within };
}

/** The first thing wrong, in words of the schema only: an upstream's own would be without end. */
function faultOf({ issues: [issue] }: z.ZodError): Fault {
  const where = issue?.path[0];
  return where === undefined ? "no object" : `${String(where)} is no good (${issue?.code})`;
}

const hasProto = (item: unknown) => Object.hasOwn(item as object, "__proto__");

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

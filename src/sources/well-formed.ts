import type { Bookmaker, Market, OddsEvent, Outcome } from "../board/model.js";

/*
 * The rules of board/model.ts for what nearly all answers are made of, told at a glance and without a copy: thousands
 * of items a tick. A test holds that what is well-formed here, the schemas take. They decide on all else, so that it is
 * no fault to say no here.
 */

type Fields = Record<string, unknown>;

/** Whether an event is surely good with all that is in it: nothing missing, of another type, there twice, or nested. */
export const isWellFormedEvent = (item: unknown): item is OddsEvent =>
  isObject(item) &&
  isKey(item.id) &&
  isTextOrNothing(item.sport_key) &&
  isTextOrNothing(item.sport_title) &&
  isMoment(item.commence_time) &&
  isTextOrNothing(item.home_team) &&
  isTextOrNothing(item.away_team) &&
  isFlat(item, "bookmakers") &&
  isListOf(item.bookmakers, isWellFormedBookmaker, "key");

/** The same of a bookmaker. */
export const isWellFormedBookmaker = (item: unknown): item is Bookmaker =>
  isObject(item) &&
  isKey(item.key) &&
  isTextOrNothing(item.title) &&
  isMomentOrNothing(item.last_update) &&
  isFlat(item, "markets") &&
  isListOf(item.markets, isWellFormedMarket, "key");

/** The same of a market. */
export const isWellFormedMarket = (item: unknown): item is Market =>
  isObject(item) &&
  isKey(item.key) &&
  isMomentOrNothing(item.last_update) &&
  isFlat(item, "outcomes") &&
  isListOf(item.outcomes, isWellFormedOutcome);

/** The same of an outcome. */
export const isWellFormedOutcome = (item: unknown): item is Outcome =>
  isObject(item) &&
  typeof item.name === "string" &&
  Number.isFinite(item.price) &&
  (item.point === undefined || item.point === null || Number.isFinite(item.point)) &&
  isFlat(item);

function isListOf(list: unknown, isGood: (item: unknown) => boolean, identity?: string): boolean {
  if (!Array.isArray(list)) return false;
  for (const item of list) if (!isGood(item)) return false;
  return identity === undefined || areDistinct(list, identity);
}

/** Most lists are of one or two. */
function areDistinct(list: readonly Fields[], identity: string): boolean {
  if (list.length < 2) return true;
  if (list.length === 2) return list[0]?.[identity] !== list[1]?.[identity];
  const seen = new Set<unknown>();
  for (const item of list) seen.add(item[identity]);
  return seen.size === list.length;
}

/** Whether no field but that of its children holds another object, or has the name that schemas leave out. */
function isFlat(item: Fields, children?: string): boolean {
  // Nothing is inherited by what JSON.parse makes, and Object.keys would make a list.
  for (const name in item) {
    if (name === "__proto__") return false;
    const value = item[name];
    if (typeof value === "object" && value !== null && name !== children) return false;
  }
  return true;
}

const isObject = (item: unknown): item is Fields =>
  typeof item === "object" && item !== null && !Array.isArray(item);
const isKey = (value: unknown) => typeof value === "string" && value.length > 0;
const isTextOrNothing = (value: unknown) =>
  value === undefined || value === null || typeof value === "string";
const isMoment = (value: unknown) => typeof value === "string" || Number.isFinite(value);
const isMomentOrNothing = (value: unknown) => value === undefined || value === null || isMoment(value);

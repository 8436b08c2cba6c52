import type {
  BoardBookmaker,
  BoardEvent,
  BoardMarket,
  Bookmaker,
  Market,
  OddsEvent,
  Outcome,
} from "./model.js";

/*
 * Nearly all events, bookmakers and markets have the fields that the upstream's guide names, and no others. Of a board's
 * thousands these are compared field by field, and copied by way of a blank: all copies of that have one shape, which is
 * quick to make and to read. A copy of a copy would have a new shape at each tick; a literal V8 may come to take for
 * something that lives long, and then put each tick's into the old space, which is dear to clear.
 */
const BLANK_EVENT: BoardEvent = {
  id: "",
  sport_key: "",
  sport_title: "",
  commence_time: "",
  home_team: "",
  away_team: "",
  bookmakers: [],
};
const BLANK_BOOKMAKER: BoardBookmaker = { key: "", title: "", last_update: "", markets: [] };
const BLANK_MARKET: BoardMarket = { key: "", last_update: "", outcomes: [], changed_at: "" };

/** An event with these bookmakers in place of its own. */
export function eventOf(event: OddsEvent, bookmakers: BoardBookmaker[]): BoardEvent {
  if (!isUsualEvent(event)) return { ...event, bookmakers };
  const { id, sport_key, sport_title, commence_time, home_team, away_team } = event;
  return { ...BLANK_EVENT, id, sport_key, sport_title, commence_time, home_team, away_team, bookmakers };
}

/** A bookmaker with these markets in place of its own. */
export function bookmakerOf(bookmaker: Bookmaker, markets: BoardMarket[]): BoardBookmaker {
  if (!isUsualBookmaker(bookmaker)) return { ...bookmaker, markets };
  const { key, title, last_update } = bookmaker;
  return { ...BLANK_BOOKMAKER, key, title, last_update, markets };
}

/** A market with these outcomes, which it has since `changed_at` (ISO 8601), in place of its own. */
export function marketOf(market: Market, outcomes: Outcome[], changed_at: string): BoardMarket {
  if (!isUsualMarket(market)) return { ...market, outcomes, changed_at };
  const { key, last_update } = market;
  return { ...BLANK_MARKET, key, last_update, outcomes, changed_at };
}

/** Whether an event is as it was, but for its bookmakers. */
export function isSameEvent(was: BoardEvent, now: OddsEvent): boolean {
  if (!isUsualEvent(was) || !isUsualEvent(now)) return haveEqualFields(was, now, "bookmakers");
  return (
    was.commence_time === now.commence_time &&
    was.home_team === now.home_team &&
    was.away_team === now.away_team &&
    was.sport_key === now.sport_key &&
    was.sport_title === now.sport_title
  );
}

/** Whether a bookmaker is as it was, but for its markets and when it was read. */
export function isSameBookmaker(was: BoardBookmaker, now: Bookmaker): boolean {
  if (isUsualBookmaker(was) && isUsualBookmaker(now)) return was.title === now.title;
  return haveEqualFields(was, now, "markets", "last_update");
}

/** Whether a market is as it was, but for its outcomes, and when they were read and changed. */
export function isSameMarket(was: BoardMarket, now: Market): boolean {
  if (isUsualMarket(was) && isUsualMarket(now)) return true;
  return haveEqualFields(was, now, "outcomes", "last_update", "changed_at");
}

function isUsualEvent(event: OddsEvent): boolean {
  const { sport_key, sport_title, home_team, away_team } = event;
  const areThere =
    sport_key !== undefined &&
    sport_title !== undefined &&
    home_team !== undefined &&
    away_team !== undefined;
  return areThere && countFields(event) === 7;
}

function isUsualBookmaker(bookmaker: Bookmaker): boolean {
  const { title, last_update } = bookmaker;
  return title !== undefined && last_update !== undefined && countFields(bookmaker) === 4;
}

function isUsualMarket(market: Market): boolean {
  const fields = market.changed_at === undefined ? 3 : 4;
  return market.last_update !== undefined && countFields(market) === fields;
}

/** Whether two values parsed from JSON are equal, whatever the order of their objects' keys. The hot path of a tick. */
export function isEqual(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false;
  if (Array.isArray(one)) {
    return (
      Array.isArray(other) && one.length === other.length && one.every((item, i) => isEqual(item, other[i]))
    );
  }
  return !Array.isArray(other) && haveEqualFields(one, other);
}

/** Whether two lists of outcomes are equal. There are thousands on a board, of three fields: these are looked at first. */
export function areEqualOutcomes(one: readonly Outcome[], other: readonly Outcome[]): boolean {
  if (one.length !== other.length) return false;
  for (let i = 0; i < one.length; i += 1) {
    const [a, b] = [one[i] as Outcome, other[i] as Outcome];
    if (a.name !== b.name || a.price !== b.price || a.point !== b.point) return false;
    const fields = a.point === undefined ? 2 : 3;
    const isAll = countFields(a) === fields && countFields(b) === fields;
    if (!isAll && !haveEqualFields(a, b)) return false;
  }
  return true;
}

/** Whether two objects parsed from JSON have equal fields, but for those named `x`, `y` and `z`. */
function haveEqualFields(one: object, other: object, x?: string, y?: string, z?: string): boolean {
  const [a, b] = [one as Record<string, unknown>, other as Record<string, unknown>];
  let fields = 0;
  for (const name in a) {
    if (name === x || name === y || name === z) continue;
    fields += 1;
    if (!Object.hasOwn(b, name) || !isEqual(a[name], b[name])) return false;
  }
  for (const name in b) if (name !== x && name !== y && name !== z) fields -= 1;
  return fields === 0;
}

/** Object.keys would make a list each time; nothing is inherited by what is parsed from JSON. */
function countFields(item: object): number {
  let fields = 0;
  for (const _ in item) fields += 1;
  return fields;
}

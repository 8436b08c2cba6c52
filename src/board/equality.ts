import type {
  BoardBookmaker,
  BoardEvent,
  BoardMarket,
  Bookmaker,
  Market,
  OddsEvent,
  Outcome,
} from "./model.js";
import { countFields, isUsualBookmaker, isUsualEvent, isUsualMarket } from "./usual-fields.js";

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

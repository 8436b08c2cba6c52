import type { Bookmaker, Market, OddsEvent } from "./model.js";

/*
 * Nearly all events, bookmakers and markets have the fields that the upstream's guide names, and no others: these are
 * compared and copied field by field, thousands each tick.
 */

/** Whether an event has the fields that the guide names, and no others. */
export function isUsualEvent(event: OddsEvent): boolean {
  const { sport_key, sport_title, home_team, away_team } = event;
  const areThere =
    sport_key !== undefined &&
    sport_title !== undefined &&
    home_team !== undefined &&
    away_team !== undefined;
  return areThere && countFields(event) === 7;
}

/** The same of a bookmaker. */
export function isUsualBookmaker(bookmaker: Bookmaker): boolean {
  const { title, last_update } = bookmaker;
  return title !== undefined && last_update !== undefined && countFields(bookmaker) === 4;
}

/** The same of a market, that may have its `changed_at` as well. */
export function isUsualMarket(market: Market): boolean {
  const fields = market.changed_at === undefined ? 3 : 4;
  return market.last_update !== undefined && countFields(market) === fields;
}

/** How many fields an object that was parsed from JSON has. It inherits none, and Object.keys would make a list. */
export function countFields(item: object): number {
  let fields = 0;
  for (const _ in item) fields += 1;
  return fields;
}

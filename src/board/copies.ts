import type {
  BoardBookmaker,
  BoardEvent,
  BoardMarket,
  Bookmaker,
  Market,
  OddsEvent,
  Outcome,
} from "./model.js";
import { isUsualBookmaker, isUsualEvent, isUsualMarket } from "./usual-fields.js";

/*
 * What has the usual fields is copied by way of a blank: all copies of that have one shape, which is quick to make and to
 * read. A copy of a copy would have a new shape at each tick; a literal V8 may come to take for something that lives
 * long, and then put each tick's into the old space, which is dear to clear.
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

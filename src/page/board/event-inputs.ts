import type { BoardEvent, Bookmaker, Market } from "../../client/index.js";
import type { MarketKey, OddsFormat } from "../../prices/index.js";
import { isOutdated } from "./board-times.js";

/*
 * What the model of an event is made of, and whether that is still the same.
 */

/** What a bookmaker offers in the market that is shown. */
export interface Offered {
  readonly bookmaker: Bookmaker;
  readonly market: Market;
  readonly isStale: boolean;
}

/** What an event's model is made of. */
export interface EventInputs {
  readonly event: BoardEvent;
  readonly isLive: boolean;
  readonly format: OddsFormat;
  readonly offers: readonly Offered[];
}

/** What is offered on an event in one market by all bookmakers that are not hidden. */
export function offersOf(
  event: BoardEvent,
  market: MarketKey,
  hidden: ReadonlySet<string>,
  readMs: number,
): Offered[] {
  return event.bookmakers.flatMap((bookmaker) => {
    const found = hidden.has(bookmaker.key) ? undefined : bookmaker.markets.find(({ key }) => key === market);
    if (!found) return [];
    return [{ bookmaker, market: found, isStale: isOutdated(bookmaker, market, readMs) }];
  });
}

/**
 * Whether the same model is made of both. A new `last_update` alone is no change: the client keeps the outcomes that
 * stayed as they were.
 */
export function sameInputs(old: EventInputs, now: EventInputs): boolean {
  return (
    old.isLive === now.isLive &&
    old.format === now.format &&
    old.event.commence_time === now.event.commence_time &&
    old.event.home_team === now.event.home_team &&
    old.event.away_team === now.event.away_team &&
    old.offers.length === now.offers.length &&
    old.offers.every(({ bookmaker, market, isStale }, i) => {
      const other = now.offers[i];
      return (
        other?.bookmaker.key === bookmaker.key &&
        other.market.outcomes === market.outcomes &&
        other.isStale === isStale
      );
    })
  );
}

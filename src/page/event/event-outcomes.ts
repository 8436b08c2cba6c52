import type { BoardEvent, HistoryLines } from "../../client/index.js";
import { MARKETS, type MarketKey, type OddsFormat, toDecimal } from "../../prices/index.js";
import type { Change } from "./event-courses.js";

/*
 * What of an event can be looked at: pure.
 */

/** No price at all, behind all others. */
const NONE = Number.MAX_VALUE;

/** The names of a market's outcomes: home, away and the draw; over and under; runners, the favourite first. */
export function outcomesOf(
  changes: readonly Change[],
  market: MarketKey,
  format: OddsFormat,
  event: BoardEvent | undefined,
): string[] {
  const latest = new Map<string, Change>();
  for (const change of changes) latest.set(change.bookmaker, change);
  // The lowest price now; what was offered once is known, too.
  const prices = new Map<string, number>();
  for (const { outcomes } of latest.values()) {
    for (const { name, price } of outcomes ?? [])
      prices.set(name, Math.min(toDecimal(price, format) ?? NONE, prices.get(name) ?? NONE));
  }
  for (const { outcomes } of changes)
    for (const { name } of outcomes ?? []) if (!prices.has(name)) prices.set(name, NONE);
  const names = [...prices.keys()];
  if (market === "outrights")
    return names.sort(
      (one, other) => Number(prices.get(one)) - Number(prices.get(other)) || (one < other ? -1 : 1),
    );
  const sides = [event?.home_team, event?.away_team];
  const rank = (name: string) => {
    const side = sides.indexOf(name);
    return side >= 0 ? side : name === "Draw" ? 3 : 2;
  };
  return names.sort((one, other) => rank(one) - rank(other) || (one < other ? -1 : 1));
}

/** The markets that the board or the history has of an event, in the order in which they are offered. */
export function marketsOf(event: BoardEvent | undefined, lines: HistoryLines | undefined): MarketKey[] {
  const known = new Set(lines?.lines.map(({ market }) => market));
  for (const { markets } of event?.bookmakers ?? []) for (const { key } of markets) known.add(key);
  return MARKETS.filter((market) => known.has(market));
}

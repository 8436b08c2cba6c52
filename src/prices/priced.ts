/*
 * As much of a board as its arithmetic needs; the boards of the wire are of these shapes.
 */

/** One side of a bet, with its price in the server's odds format. */
export interface PricedOutcome {
  readonly name: string;
  readonly price: number;
  readonly point?: number | null | undefined;
}

/** One bookmaker's offer on one question. */
export interface PricedMarket {
  readonly key: string;
  readonly last_update?: string | number | null | undefined;
  readonly outcomes: readonly PricedOutcome[];
}

/** A bookmaker's markets on one event. */
export interface PricedBookmaker {
  readonly key: string;
  readonly last_update?: string | number | null | undefined;
  readonly markets: readonly PricedMarket[];
}

/** A game, fight or tournament. */
export interface PricedEvent {
  readonly home_team?: string | null | undefined;
  readonly away_team?: string | null | undefined;
  readonly bookmakers: readonly PricedBookmaker[];
}

/** Whether a bookmaker's market counts. */
export type Counts = (market: PricedMarket, bookmaker: PricedBookmaker) => boolean;

/**
 * Leaves stale prices out: all of a board that is not `live`, and markets that the upstream read more than `maxAgeMs`
 * before `nowMs` (ms since the epoch, by the server's clock: the board's `fetchedAt` and its age). A market that does
 * not say when it was read is as old as its bookmaker, and as old as the board where neither does.
 */
export function freshOnly(status: string | null, nowMs: number, maxAgeMs: number): Counts {
  if (status !== "live") return () => false;
  return (market, bookmaker) => {
    const read = market.last_update ?? bookmaker.last_update;
    return read === null || read === undefined || nowMs - inMs(read) <= maxAgeMs;
  };
}

/** The upstream writes ISO 8601 or unix seconds; what is neither is as old as can be. */
function inMs(moment: string | number): number {
  return typeof moment === "number" ? moment * 1000 : Date.parse(moment) || 0;
}

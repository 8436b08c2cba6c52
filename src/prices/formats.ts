/** How the upstream writes prices: a server's `ODDS_FORMAT`. */
export type OddsFormat = "decimal" | "american";

/** How prices are shown to people. */
export type PriceFormat = OddsFormat | "fractional" | "percent";

/** What is won for a stake, in the fewest figures: 10/11 wins 10 for 11. */
export interface Fraction {
  readonly numerator: number;
  readonly denominator: number;
}

/** Bookmakers write no longer odds than these in halves: 29/2, 15/1. */
const HALVES_FROM = 10;
/** Below these they write what must be staked to win 1: 1/33, 1/50. */
const ONE_TO_BELOW = 0.1;
/** Half of a decimal price's last figure, which is rounded up, as 2.375 is to 2.38; less what floating point adds. */
const HALF_A_CENT = 0.005;
const FLOATING = 1e-9;

/**
 * A price of a board as decimal odds: what comes back for a stake of 1, the stake included. Undefined for what is no
 * price: decimal odds of 1, which The Odds API gives in play, win nothing, and American odds between −100 and 100 do
 * not exist.
 */
export function toDecimal(price: number, format: OddsFormat): number | undefined {
  if (!Number.isFinite(price)) return undefined;
  if (format === "decimal") return price > 1 ? price : undefined;
  if (Math.abs(price) < 100) return undefined;
  return price > 0 ? 1 + price / 100 : 1 - 100 / price;
}

/**
 * Decimal odds as American ones, whole as The Odds API gives them, by its formulas
 * (https://the-odds-api.com/sports-odds-data/odds-format.html): what 100 win, or, negative, what must be staked to win
 * 100. Even odds are +100.
 */
export function toAmerican(decimal: number): number {
  const american = Math.round(decimal >= 2 ? (decimal - 1) * 100 : 100 / (1 - decimal));
  return american === -100 ? 100 : american;
}

/**
 * Decimal odds as fractional ones: the simplest fraction that is the same decimal price to two places, which is how
 * bookmakers write most of them (1.91 is 10/11, 1.62 is 8/13); the shortest as 1 to a whole number, the longest in
 * halves.
 */
export function toFraction(decimal: number): Fraction {
  const profit = decimal - 1;
  if (profit < ONE_TO_BELOW) return { numerator: 1, denominator: Math.round(1 / profit) };
  if (profit >= HALVES_FROM) {
    const halves = Math.round(profit * 2);
    return halves % 2 === 0
      ? { numerator: halves / 2, denominator: 1 }
      : { numerator: halves, denominator: 2 };
  }
  // A hundredth is within the bounds, so a denominator of 100 ends it.
  for (let denominator = 1; ; denominator++) {
    const numerator = Math.round(profit * denominator);
    const off = numerator / denominator - profit;
    if (denominator === 100 || (off >= -HALF_A_CENT - FLOATING && off < HALF_A_CENT - FLOATING))
      return { numerator, denominator };
  }
}

/** Fractional odds as decimal ones. */
export function fromFraction({ numerator, denominator }: Fraction): number {
  return 1 + numerator / denominator;
}

/**
 * Decimal odds for people: `1.91`, `-110`, `10/11`, or the chance that they stand for, `52.4%`. Rounded to what
 * bookmakers write; never so far that odds would seem to win nothing, or a chance to be none or certain.
 */
export function formatPrice(decimal: number, format: PriceFormat): string {
  switch (format) {
    case "decimal":
      return fixed(decimal, 2, (shown) => shown > 1);
    case "american": {
      const american = toAmerican(decimal);
      return american > 0 ? `+${american}` : `${american}`;
    }
    case "fractional": {
      const { numerator, denominator } = toFraction(decimal);
      return `${numerator}/${denominator}`;
    }
    case "percent":
      return `${fixed(100 / decimal, 1, (shown) => shown > 0 && shown < 100)}%`;
  }
}

/**
 * How a board's prices are written, which it does not say itself: American odds are never between −100 and 100, and a
 * board of decimal ones always has some below 100. `decimal` where there are no prices.
 */
export function oddsFormatOf(prices: Iterable<number>): OddsFormat {
  let american = false;
  for (const price of prices) {
    if (Math.abs(price) < 100) return "decimal";
    american = true;
  }
  return american ? "american" : "decimal";
}

/** With as few decimal places as tell it from what it is not; 6 at most. */
function fixed(value: number, places: number, tells: (shown: number) => boolean): string {
  const shown = value.toFixed(places);
  return tells(Number(shown)) || places === 6 ? shown : fixed(value, places + 1, tells);
}

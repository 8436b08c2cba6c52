/*
 * What the prices of one market say together. All prices here are decimal odds.
 */

/** The chance that a price stands for, the bookmaker's margin included: 0 to 1. */
export function impliedChance(price: number): number {
  return 1 / price;
}

/** What the implied chances of a market add up to (its booksum): 1.05 where the bookmaker's overround is 5 %. */
export function booksum(prices: readonly number[]): number {
  return prices.reduce((sum, price) => sum + impliedChance(price), 0);
}

/**
 * The hold of a market: the share of all stakes that the bookmaker keeps if they are spread as its prices are (0.048 is
 * 4.8 %). Only of all outcomes of a market. Negative where backing them all wins.
 */
export function hold(prices: readonly number[]): number {
  return 1 - 1 / booksum(prices);
}

import { bestPrices } from "./best.js";
import { booksum, impliedChance } from "./implied.js";
import { isWhole, type Question } from "./questions.js";

/** One bet of several that belong together. */
export interface Leg {
  /** Which of the question's answers, from 0. */
  readonly answer: number;
  /** Decimal odds. */
  readonly price: number;
  /** Who offers it: any of them. */
  readonly bookmakers: readonly string[];
  /** Its share of all that is staked; with these shares each answer brings back the same. */
  readonly share: number;
}

/** Bets on all answers of a question that together win whatever happens. */
export interface Arbitrage {
  readonly legs: readonly Leg[];
  /** What is won for each 1 staked, before commission (exchanges take 2 to 5 % of what is won): 0.02 is 2 %. */
  readonly profit: number;
}

/** Stakes in money. */
export interface Stakes {
  /** In the order of the prices. */
  readonly stakes: readonly number[];
  /** All of them: what was to be staked, but for rounding. */
  readonly total: number;
  /** What is won at least, whichever answer it is; below 0 it is lost. */
  readonly profit: number;
}

/**
 * The arbitrage of a question: the best price of each answer, where these add up to less than 1. Undefined where they do
 * not, and for outrights, since a runner whom nobody lists may win. At a whole line all stakes may come back instead, and
 * at a quarter half of them.
 */
export function arbitrageOf(question: Question): Arbitrage | undefined {
  if (!isWhole(question)) return undefined;
  const best = bestPrices(question).filter((price) => price !== undefined);
  if (best.length < question.answers.length) return undefined;
  const sum = booksum(best.map(({ price }) => price));
  if (sum >= 1) return undefined;
  const legs = best.map(({ price, bookmakers }, answer) => ({
    answer,
    price,
    bookmakers,
    share: impliedChance(price) / sum,
  }));
  return { legs, profit: 1 / sum - 1 };
}

/**
 * Splits a stake over prices so that each brings back the same, in multiples of `step` (0.01 for cents), and reckons what
 * is left for certain after that rounding.
 */
export function splitStake(prices: readonly number[], total: number, step = 0.01): Stakes {
  const sum = booksum(prices);
  // The quotient last: 3 * 0.1 is not 0.3, but 3 / 10 is.
  const steps = prices.map((price) => Math.round((total * impliedChance(price)) / sum / step));
  const stakes = steps.map((count) => count / (1 / step));
  const staked = steps.reduce((all, count) => all + count, 0) / (1 / step);
  const least = prices.reduce(
    (lowest, price, i) => Math.min(lowest, (stakes[i] ?? 0) * price),
    Number.POSITIVE_INFINITY,
  );
  return { stakes, total: staked, profit: least - staked };
}

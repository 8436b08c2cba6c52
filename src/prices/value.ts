import type { Question } from "./questions.js";

/** A price that is better than fair. */
export interface Value {
  /** Which of the question's answers, from 0. */
  readonly answer: number;
  readonly bookmaker: string;
  /** Decimal odds. */
  readonly price: number;
  /** What it wins on average for each 1 staked. */
  readonly expected: number;
}

/**
 * The expected value of a bet: what it wins on average for each 1 staked, if `chance` is right (−0.05 loses 5 %). Where
 * the stake may come back, `chance` is that of winning if it does not, and this is what each stake wins that does not.
 */
export function expectedValue(chance: number, price: number): number {
  return chance * price - 1;
}

/** All prices of a question that win on average by these fair chances, the best first. */
export function valuesOf(question: Question, chances: readonly (number | undefined)[]): Value[] {
  const values = question.offers.flatMap(({ bookmaker, prices }) =>
    prices.flatMap((price, answer) => {
      const chance = chances[answer];
      if (price === undefined || chance === undefined) return [];
      const expected = expectedValue(chance, price);
      return expected > 0 ? [{ answer, bookmaker, price, expected }] : [];
    }),
  );
  return values.sort((one, other) => other.expected - one.expected);
}

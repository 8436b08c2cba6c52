import type { Question } from "./questions.js";

/** The highest price of an answer, and all who offer it. */
export interface BestPrice {
  /** Decimal odds. */
  readonly price: number;
  readonly bookmakers: readonly string[];
}

/** The best price of each answer, in their order; undefined where nobody offers any. */
export function bestPrices(question: Question): (BestPrice | undefined)[] {
  return question.answers.map((_, i) => {
    const offered = question.offers.flatMap(({ bookmaker, prices }) => {
      const price = prices[i];
      return price === undefined ? [] : [{ bookmaker, price }];
    });
    if (offered.length === 0) return undefined;
    const price = offered.reduce((most, offer) => Math.max(most, offer.price), 0);
    return {
      price,
      bookmakers: offered.filter((one) => one.price === price).map(({ bookmaker }) => bookmaker),
    };
  });
}

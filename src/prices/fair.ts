import { booksum, impliedChance } from "./implied.js";
import { fallsToZero } from "./root.js";

/*
 * Taking the bookmaker's margin out of the prices of one market ("de-vigging"). The methods differ in whom they take
 * the margin to fall on. Compared over many markets in E. Štrumbelj, "On determining probability forecasts from betting
 * odds", International Journal of Forecasting 30 (2014), and in Clarke et al. (2017), below.
 */

/** The ways to take out the margin: see {@link multiplicative}, {@link additive}, {@link power} and {@link shin}. */
export type FairMethod = "multiplicative" | "additive" | "power" | "shin";

/**
 * Why there are no fair chances. `TOO_FEW`: not two prices. `NO_MARGIN`: the prices add up to less than 1, so that an
 * outcome is missing. `NEGATIVE`: the method gives an outcome no chance, or less. `NOT_CONVERGED`: it found no solution.
 */
export type FairProblem = "TOO_FEW" | "NO_MARGIN" | "NEGATIVE" | "NOT_CONVERGED";

/** What a method gives: chances that add up to 1, in the order of the prices, or why there are none. */
export type Fair =
  | {
      readonly ok: true;
      readonly chances: readonly number[];
      /** The method's own figure: power's exponent, Shin's share of insiders; null for the others. */
      readonly parameter: number | null;
    }
  | { readonly ok: false; readonly problem: FairProblem };

/** Prices without margin, but for what floating point adds. */
const NO_MARGIN = 1e-12;
/** The highest exponent that is looked for: that of a price so short that 1 less than it is hardly a number. */
const HIGHEST_EXPONENT = 2 ** 60;

/** The chances that the decimal prices of all outcomes of one bookmaker's market stand for, without its margin. */
export function fairChances(prices: readonly number[], method: FairMethod): Fair {
  if (prices.length < 2 || prices.some((price) => !(price > 1 && price < Number.POSITIVE_INFINITY))) {
    return failed("TOO_FEW");
  }
  const implied = prices.map(impliedChance);
  const margin = booksum(prices) - 1;
  if (margin < -NO_MARGIN) return failed("NO_MARGIN");
  return METHODS[method](implied, margin);
}

type Method = (implied: readonly number[], margin: number) => Fair;

/**
 * Multiplicative (proportional, "basic normalisation"): each implied chance divided by their sum, as if each bore the
 * same share of the margin. The simplest; ignores that long shots bear more of it (the favourite–longshot bias:
 * R. M. Griffith, "Odds adjustments by American horse-race bettors", American Journal of Psychology 62, 1949).
 */
const multiplicative: Method = (implied) => solved(implied, null);

/**
 * Additive: the same amount off each implied chance, so that long shots lose the larger share. Gives long shots of a
 * large field less than no chance, which is then told: S. Clarke, S. Kovalchik and M. Ingram, "Adjusting bookmaker's
 * odds to allow for overround", American Journal of Sports Science 5 (2017), who also show that with two outcomes it is
 * Shin's.
 */
const additive: Method = (implied, margin) => {
  const chances = implied.map((chance) => chance - margin / implied.length);
  return chances.every((chance) => chance > 0) ? solved(chances, null) : failed("NEGATIVE");
};

/**
 * Power: each implied chance to the power of one exponent, the one with which they add up to 1; they stay between 0 and
 * 1 whatever the margin. V. Vovk and F. Zhdanov, "Prediction with expert advice for the Brier game", Journal of Machine
 * Learning Research 10 (2009); Clarke et al. (2017).
 */
const power: Method = (implied, margin) => {
  if (margin <= NO_MARGIN) return solved(implied, 1);
  const raised = (exponent: number) => implied.map((chance) => chance ** exponent);
  const over = (exponent: number) => sum(raised(exponent)) - 1;
  let high = 2;
  while (over(high) > 0 && high < HIGHEST_EXPONENT) high *= 2;
  const exponent = fallsToZero(over, high / 2, high);
  return exponent === undefined ? failed("NOT_CONVERGED") : solved(raised(exponent), exponent);
};

/**
 * Shin: the margin as a bookmaker's protection from a share z of bettors who know the winner. H. S. Shin, "Prices of
 * state contingent claims with insider traders, and the favourite-longshot bias", Economic Journal 102 (1992), and
 * "Measuring the incidence of insider trading in a market for state-contingent claims", Economic Journal 103 (1993),
 * whose equation is solved for the chances as B. Jullien and B. Salanié do in "Measuring the incidence of insider
 * trading: a comment on Shin", Economic Journal 104 (1994).
 */
const shin: Method = (implied, margin) => {
  if (margin <= NO_MARGIN) return solved(implied, 0);
  const squares = implied.map((chance) => chance ** 2 / (1 + margin));
  // The usual (√(z² + 4(1 − z)π²/Π) − z) / 2(1 − z), turned so that it takes no difference of near numbers.
  const chances = (z: number) =>
    squares.map((square) => (2 * square) / (Math.sqrt(z ** 2 + 4 * (1 - z) * square) + z));
  const z = fallsToZero((at) => sum(chances(at)) - 1, 0, 1);
  return z === undefined ? failed("NOT_CONVERGED") : solved(chances(z), z);
};

const METHODS: Record<FairMethod, Method> = { multiplicative, additive, power, shin };

/** All methods, by name. */
export const FAIR_METHODS: readonly FairMethod[] = ["multiplicative", "additive", "power", "shin"];

/** Chances that add up to 1 to the last figure; what could not be told from 0 is none. */
function solved(chances: readonly number[], parameter: number | null): Fair {
  const all = sum(chances);
  const scaled = chances.map((chance) => chance / all);
  return scaled.every((chance) => chance > 0)
    ? { ok: true, chances: scaled, parameter }
    : failed("NOT_CONVERGED");
}

function failed(problem: FairProblem): Fair {
  return { ok: false, problem };
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}

import { type FairMethod, type FairProblem, fairChances } from "./fair.js";
import { isWhole, type Offer, pricesOfAll, type Question } from "./questions.js";

/** Why a question has no fair chances: nobody offers all of its answers, or what the one bookmaker's prices lack. */
export type NoFairPrice = FairProblem | "NO_OFFER";

/** The fair chances of a question's answers, and of whose prices they were made. */
export type FairPrices =
  | {
      readonly ok: true;
      /** In the order of the answers; 1 / chance is the fair price. Undefined for a runner whom nobody of `by` lists. */
      readonly chances: readonly (number | undefined)[];
      readonly by: readonly string[];
    }
  | { readonly ok: false; readonly problem: NoFairPrice };

/** The fair chances by one bookmaker alone, one that is known for its small margin, say. */
export function fairByReference(question: Question, bookmaker: string, method: FairMethod): FairPrices {
  const offer = question.offers.find((one) => one.bookmaker === bookmaker);
  const fair = offer && fairOf(question, offer, method);
  if (!fair) return { ok: false, problem: "NO_OFFER" };
  return fair.ok ? { ok: true, chances: fair.chances, by: [bookmaker] } : fair;
}

/**
 * The fair chances by consensus: the mean of the fair chances of all bookmakers that offer all answers, each with the
 * same weight (a linear opinion pool: M. Stone, "The opinion pool", Annals of Mathematical Statistics 32, 1961).
 * Bookmakers of whose prices the method makes nothing are left out; where it makes nothing of any, the problem is that
 * of the first.
 */
export function fairByConsensus(question: Question, method: FairMethod): FairPrices {
  const all = question.offers.flatMap((offer) => {
    const fair = fairOf(question, offer, method);
    return fair ? [{ bookmaker: offer.bookmaker, fair }] : [];
  });
  const counted = all.flatMap(({ bookmaker, fair }) =>
    fair.ok ? [{ bookmaker, chances: fair.chances }] : [],
  );
  if (counted.length === 0) {
    const [first] = all;
    return { ok: false, problem: first && !first.fair.ok ? first.fair.problem : "NO_OFFER" };
  }
  const means = question.answers.map((_, i) => {
    const chances = counted.map(({ chances }) => chances[i]).filter((chance) => chance !== undefined);
    return chances.length === 0
      ? undefined
      : chances.reduce((sum, chance) => sum + chance, 0) / chances.length;
  });
  // Where bookmakers list different runners, means do not add up to 1 by themselves.
  const sum = means.reduce<number>((total, mean) => total + (mean ?? 0), 0);
  return {
    ok: true,
    chances: means.map((mean) => (mean === undefined ? undefined : mean / sum)),
    by: counted.map(({ bookmaker }) => bookmaker),
  };
}

type FairOffer =
  | { readonly ok: true; readonly chances: readonly (number | undefined)[] }
  | { readonly ok: false; readonly problem: FairProblem };

/** Undefined where an offer lacks an answer; of a tournament, the runners that it lists are taken for all. */
function fairOf(question: Question, offer: Offer, method: FairMethod): FairOffer | undefined {
  if (question.market === "outrights") {
    const fair = fairChances(
      offer.prices.filter((price) => price !== undefined),
      method,
    );
    if (!fair.ok) return fair;
    const rest = fair.chances.values();
    return {
      ok: true,
      chances: offer.prices.map((price) => (price === undefined ? undefined : rest.next().value)),
    };
  }
  const prices = isWhole(question) ? pricesOfAll(offer) : undefined;
  return prices && fairChances(prices, method);
}

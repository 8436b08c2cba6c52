/*
 * What a frontend imports of this room.
 */
export { type Arbitrage, arbitrageOf, type Leg, type Stakes, splitStake } from "./arbitrage.js";
export { type BestPrice, bestPrices } from "./best.js";
export { type FairPrices, fairByConsensus, fairByReference, type NoFairPrice } from "./consensus.js";
export { FAIR_METHODS, type Fair, type FairMethod, type FairProblem, fairChances } from "./fair.js";
export {
  type Fraction,
  formatPrice,
  fromFraction,
  type OddsFormat,
  oddsFormatOf,
  type PriceFormat,
  toAmerican,
  toDecimal,
  toFraction,
} from "./formats.js";
export { booksum, hold, impliedChance } from "./implied.js";
export { type Middle, type MiddleLeg, middlesOf } from "./middles.js";
export {
  type Counts,
  freshOnly,
  type PricedBookmaker,
  type PricedEvent,
  type PricedMarket,
  type PricedOutcome,
} from "./priced.js";
export {
  type Answer,
  isWhole,
  MARKETS,
  type MarketKey,
  type Offer,
  pricesOfAll,
  type Question,
  questionsOf,
} from "./questions.js";
export { expectedValue, type Value, valuesOf } from "./value.js";

import { type OddsFormat, toDecimal } from "./formats.js";
import { booksum } from "./implied.js";
import type { Counts, PricedEvent, PricedOutcome } from "./priced.js";

/** The markets whose prices are understood. No lay market is among them: a high lay price is no good offer. */
export const MARKETS = ["h2h", "spreads", "totals", "outrights"] as const;
/** See {@link MARKETS}. */
export type MarketKey = (typeof MARKETS)[number];

/** One answer to a question. */
export interface Answer {
  readonly name: string;
  /** The outcome's own point; null where the market has no line. */
  readonly point: number | null;
}

/** One bookmaker's decimal prices, in the order of the question's answers; undefined for those that it does not offer. */
export interface Offer {
  readonly bookmaker: string;
  readonly prices: readonly (number | undefined)[];
}

/**
 * A question whose prices compare: one market, at one line, with the same answers. Two-way and three-way are two
 * questions, and so is each line.
 */
export interface Question {
  readonly market: MarketKey;
  /** The point of a total, or the home team's of a spread (of the first name, where the teams are not known); else null. */
  readonly line: number | null;
  /** Home team first, `Draw` last; `Over` before `Under`. */
  readonly answers: readonly Answer[];
  readonly offers: readonly Offer[];
}

const DRAW = "Draw";

/** A question while it is gathered: prices by answer's name, by bookmaker. */
interface Gathered {
  readonly market: MarketKey;
  readonly line: number | null;
  readonly answers: Map<string, Answer>;
  readonly offers: Map<string, Map<string, number>>;
}

/**
 * All questions of an event, with what each bookmaker offers on them. Left out: markets that do not count, outcomes
 * without a price or of neither team's name, and an offer on all answers whose prices add up to less than 1. No bookmaker
 * makes such a one (of 22,000 that were recorded, none is): it lacks an outcome, such as a draw.
 */
export function questionsOf(event: PricedEvent, format: OddsFormat, counts: Counts): Question[] {
  const gathered = new Map<string, Gathered>();
  const { home_team, away_team } = event;
  const sides = home_team && away_team ? [home_team, away_team, DRAW] : undefined;
  const home = sides?.[0];
  for (const bookmaker of event.bookmakers) {
    for (const market of bookmaker.markets) {
      if (isKnown(market.key) && counts(market, bookmaker)) {
        const named = market.key === "h2h" || market.key === "spreads" ? sides : undefined;
        const outcomes = market.outcomes.filter(({ name }) => named?.includes(name) ?? true);
        gather(gathered, market.key, outcomes, bookmaker.key, { home, format });
      }
    }
  }
  return [...gathered.values()].map((one) => finished(one, home));
}

/**
 * Whether a question's answers are all that may happen, so that exactly one of them wins or the stakes come back. A
 * tournament may be won by somebody whom nobody lists, and a line may be offered on one side only.
 */
export function isWhole({ market, answers }: Pick<Question, "market" | "answers">): boolean {
  if (market === "outrights") return false;
  return answers.length >= (answers.some(({ name }) => name === DRAW) ? 3 : 2);
}

/** The prices of an offer on all answers of its question; undefined where it lacks one. */
export function pricesOfAll(offer: Offer): readonly number[] | undefined {
  const prices = offer.prices.filter((price) => price !== undefined);
  return prices.length === offer.prices.length ? prices : undefined;
}

function isKnown(key: string): key is MarketKey {
  return MARKETS.some((known) => known === key);
}

function gather(
  all: Map<string, Gathered>,
  key: MarketKey,
  outcomes: readonly PricedOutcome[],
  bookmaker: string,
  { home, format }: { home: string | undefined; format: OddsFormat },
): void {
  // One team alone: who knows whether a draw can be bet on?
  if (key === "h2h" && outcomes.length < 2) return;
  const names = outcomes.map(({ name }) => name).sort();
  const first = home ?? names[0];
  const ways = names.includes(DRAW) ? 3 : 2;
  for (const { name, point, price } of outcomes) {
    const line = lineOf(key, point, name === first);
    if (line === undefined) continue;
    const question = `${key} ${ways} ${line}`;
    const one = made(all, question, () => ({ market: key, line, answers: new Map(), offers: new Map() }));
    one.answers.set(name, { name, point: line === null ? null : (point ?? null) });
    const decimal = toDecimal(price, format);
    if (decimal === undefined) continue;
    const offer = made(one.offers, bookmaker, () => new Map<string, number>());
    // The same outcome twice: the price that is surely there.
    offer.set(name, Math.min(decimal, offer.get(name) ?? decimal));
  }
}

function made<T>(map: Map<string, T>, key: string, make: () => T): T {
  const value = map.get(key) ?? make();
  map.set(key, value);
  return value;
}

/** Undefined where a line is missing. Adding 0 makes 0 of −0. */
function lineOf(
  market: MarketKey,
  point: number | null | undefined,
  isFirst: boolean,
): number | null | undefined {
  if (market === "h2h" || market === "outrights") return null;
  if (typeof point !== "number") return undefined;
  return (market === "totals" || isFirst ? point : -point) + 0;
}

function finished({ market, line, answers, offers }: Gathered, home: string | undefined): Question {
  const rank = ({ name }: Answer) => (name === home ? 0 : name === DRAW ? 2 : 1);
  const inOrder = [...answers.values()].sort(
    (one, other) => rank(one) - rank(other) || (one.name < other.name ? -1 : 1),
  );
  const question = { market, line, answers: inOrder };
  const all = [...offers].map(([bookmaker, prices]) => ({
    bookmaker,
    prices: inOrder.map(({ name }) => prices.get(name)),
  }));
  const lacksNone = (offer: Offer) => {
    const prices = isWhole(question) ? pricesOfAll(offer) : undefined;
    return prices === undefined || booksum(prices) >= 1;
  };
  return { ...question, offers: all.filter(lacksNone) };
}

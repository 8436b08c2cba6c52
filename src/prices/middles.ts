import type { Leg } from "./arbitrage.js";
import { bestPrices } from "./best.js";
import { booksum, impliedChance } from "./implied.js";
import { isWhole, type Question } from "./questions.js";

/** A leg, at its line. */
export interface MiddleLeg extends Leg {
  readonly name: string;
  readonly point: number | null;
}

/**
 * Two bets against one another at different lines, both of which win on some results: a total between the two points, or
 * a home team's lead.
 */
export interface Middle {
  readonly market: "spreads" | "totals";
  /** Home team or `Over` first. */
  readonly legs: readonly [MiddleLeg, MiddleLeg];
  /**
   * The results on which both win, at a quarter line maybe with half of the stake: whole totals, or leads of the home team
   * (negative where it is behind).
   */
  readonly results: readonly number[];
  /** What is won for each 1 staked if both win. */
  readonly win: number;
  /** What is won if only one does, which is the worst; below 0 it is lost. */
  readonly otherwise: number;
  /** The chance of `results` above which it wins on average; 0 where it cannot lose. */
  readonly breakEven: number;
}

/** The middles of an event's questions, of the lowest break-even first. */
export function middlesOf(questions: readonly Question[]): Middle[] {
  const middles = (["spreads", "totals"] as const).flatMap((market) => {
    const lines = questions.filter((question) => question.market === market && isWhole(question));
    return lines.flatMap((one) => lines.flatMap((other) => middleOf(market, one, other) ?? []));
  });
  return middles.sort((one, other) => one.breakEven - other.breakEven || other.win - one.win);
}

/** The first answer of one line (home, `Over`) with the second of another. */
function middleOf(market: Middle["market"], one: Question, other: Question): Middle | undefined {
  const low = one.answers[0];
  const high = other.answers[1];
  const best = bestPrices(one)[0];
  const against = bestPrices(other)[1];
  if (!low || !high || !best || !against || low.point === null || high.point === null) return undefined;
  // Over 46.5 wins above 46.5, Under 48.5 below 48.5; home −2.5 wins by more than 2.5, away +3.5 where it is below 3.5.
  const results = wholeBetween(market === "totals" ? low.point : -low.point, high.point);
  if (results.length === 0) return undefined;
  const sum = booksum([best.price, against.price]);
  const leg = (answer: 0 | 1): MiddleLeg => {
    const { price, bookmakers } = answer === 0 ? best : against;
    const { name, point } = answer === 0 ? low : high;
    return { answer, name, point, price, bookmakers, share: impliedChance(price) / sum };
  };
  return {
    market,
    legs: [leg(0), leg(1)],
    results,
    win: 2 / sum - 1,
    otherwise: 1 / sum - 1,
    breakEven: Math.max(0, sum - 1),
  };
}

function wholeBetween(low: number, high: number): number[] {
  const first = Math.floor(low) + 1;
  return Array.from({ length: Math.max(0, Math.ceil(high) - first) }, (_, i) => first + i);
}

import type { Market } from "../../client/index.js";
import {
  bestPrices,
  type FairMethod,
  fairByConsensus,
  fairByReference,
  hold,
  type MarketKey,
  type NoFairPrice,
  pricesOfAll,
  type Question,
  questionsOf,
  toDecimal,
} from "../../prices/index.js";
import { CONSENSUS } from "../view.js";
import { inMs } from "./board-times.js";
import type { EventInputs, Offered } from "./event-inputs.js";
import { faded, type Move, moveOf } from "./price-moves.js";

/*
 * What a board's table shows of one event, worked out of what is offered on it.
 */

/** What is to be shown of an event. */
export interface EventChoice {
  readonly market: MarketKey;
  readonly method: FairMethod;
  /** See `View.by`. */
  readonly by: string;
}

/** One bookmaker's price of one outcome. */
export interface Cell {
  /** Decimal odds. */
  readonly price: number;
  /** The line that it is for; null where the market has none. */
  readonly point: number | null;
  readonly isBest: boolean;
  readonly isStale: boolean;
  readonly move: Move | undefined;
}

/** One outcome: a team, a draw, over or under, a runner. */
export interface OutcomeRow {
  readonly name: string;
  /** The main line of it: the one that most bookmakers offer. */
  readonly point: number | null;
  readonly best: { readonly price: number; readonly bookmakers: readonly string[] } | undefined;
  /** The fair chance, 0 to 1; undefined where there is none. */
  readonly fair: number | undefined;
  /** By bookmaker's key; no entry where it has no price. */
  readonly cells: ReadonlyMap<string, Cell>;
}

/** What one bookmaker offers on an event: what it keeps of all stakes, and how old its prices are. */
export interface OfferInShort {
  /** 0.05 is 5 %; undefined where it lacks an outcome. */
  readonly hold: number | undefined;
  readonly isStale: boolean;
}

/** One event of the table. */
export interface EventModel {
  readonly id: string;
  readonly home: string | null;
  readonly away: string | null;
  /** What a tournament is called; null for a game. */
  readonly title: string | null;
  /** In ms since the epoch; NaN where the upstream's word cannot be read. */
  readonly start: number;
  readonly rows: readonly OutcomeRow[];
  readonly offers: ReadonlyMap<string, OfferInShort>;
  /** What is kept of stakes at the best prices: negative where backing all of them wins. */
  readonly bestHold: number | undefined;
  /** Why there is no fair price; undefined where there is one. */
  readonly noFair: NoFairPrice | undefined;
}

/** The model of an event, after the one before it where what differs from that is to be told as moves. */
export function eventModelOf(
  { event, isLive, format, offers }: EventInputs,
  choice: EventChoice,
  old: EventModel | undefined,
  nowMs: number,
): EventModel {
  const home = event.home_team ?? null;
  const away = event.away_team ?? null;
  const stale = new Set(offers.filter(({ isStale }) => isStale).map(({ bookmaker }) => bookmaker.key));
  const seen = {
    home_team: home,
    away_team: away,
    bookmakers: offers.map(({ bookmaker, market }) => ({ key: bookmaker.key, markets: [market] })),
  };
  const questions = questionsOf(seen, format, () => true);
  // What counts: of a live board, and not stale.
  const counting = questions.map((question) => counted(question, isLive, stale));
  const priced = mainOf(counting);
  // Where no price counts, the lines are still those of the main one.
  const main = priced ?? mainOf(questions);
  const best = priced ? bestPrices(priced) : [];
  const fair = priced && fairOf(priced, choice);
  const rows = rowsOf(questions, main).map(({ name, point }): OutcomeRow => {
    const place = main?.answers.findIndex((answer) => answer.name === name) ?? -1;
    const bestOne = best[place];
    // Where all have the same price, no one's is better than another's.
    const isBetter = bestOne && main && bestOne.bookmakers.length < offering(main, place);
    const oldCells = old?.rows.find((row) => row.name === name)?.cells;
    const cells = new Map<string, Cell>();
    for (const { bookmaker, market, isStale } of offers) {
      const outcome = outcomeOf(market, name, point);
      const price = outcome && toDecimal(outcome.price, format);
      if (!outcome || price === undefined) continue;
      const isBest =
        isBetter === true && bestOne.bookmakers.includes(bookmaker.key) && (outcome.point ?? null) === point;
      const oldCell = oldCells?.get(bookmaker.key);
      const now = { price, point: outcome.point ?? null, isBest, isStale };
      cells.set(bookmaker.key, kept(oldCell, { ...now, move: moveOf(oldCell, now, nowMs) }));
    }
    return { name, point, best: bestOne, fair: fair?.ok ? fair.chances[place] : undefined, cells };
  });
  const prices = best.flatMap((one) => (one ? [one.price] : []));
  return {
    id: event.id,
    home,
    away,
    title: home === null && away === null ? (event.sport_title ?? null) : null,
    start: inMs(event.commence_time),
    rows,
    offers: inShort(offers, questions),
    bestHold:
      choice.market !== "outrights" && prices.length >= 2 && prices.length === best.length
        ? hold(prices)
        : undefined,
    noFair: fair?.ok ? undefined : (fair?.problem ?? "NO_OFFER"),
  };
}

function counted(question: Question, isLive: boolean, stale: ReadonlySet<string>): Question {
  return {
    ...question,
    offers: isLive ? question.offers.filter(({ bookmaker }) => !stale.has(bookmaker)) : [],
  };
}

function offering({ offers }: Question, place: number): number {
  return offers.filter(({ prices }) => prices[place] !== undefined).length;
}

/** The question that most bookmakers answer: of several lines the main one; the nearest to even of equals. */
function mainOf(questions: readonly Question[]): Question | undefined {
  const skew = ({ offers }: Question) => {
    const [first, second] = offers[0]?.prices ?? [];
    return first === undefined || second === undefined ? Number.POSITIVE_INFINITY : Math.abs(first - second);
  };
  return questions
    .filter(({ offers }) => offers.length > 0)
    .reduce<Question | undefined>((most, one) => {
      if (!most || one.offers.length > most.offers.length) return one;
      return one.offers.length === most.offers.length && skew(one) < skew(most) ? one : most;
    }, undefined);
}

/** The outcomes of all questions, those of the main one first; the draw last. */
function rowsOf(
  questions: readonly Question[],
  main: Question | undefined,
): { name: string; point: number | null }[] {
  const rows = new Map<string, number | null>();
  for (const { answers } of main ? [main, ...questions] : questions) {
    for (const { name, point } of answers) if (!rows.has(name)) rows.set(name, point);
  }
  const isOutright = questions[0]?.market === "outrights";
  const all = [...rows].map(([name, point]) => ({ name, point }));
  if (!isOutright || !main) return all;
  const best = bestPrices(main);
  const priceOf = ({ name }: { name: string }) =>
    best[main.answers.findIndex((answer) => answer.name === name)]?.price ?? Number.POSITIVE_INFINITY;
  return all.sort((one, other) => priceOf(one) - priceOf(other));
}

/** A bookmaker's outcome of that name: the one at this line where it has several. */
function outcomeOf(
  market: Market,
  name: string,
  point: number | null,
): Market["outcomes"][number] | undefined {
  const named = market.outcomes.filter((outcome) => outcome.name === name);
  return named.find((outcome) => (outcome.point ?? null) === point) ?? named[0];
}

/** A cell of which nothing changed stays the same object: it is not drawn anew. */
function kept(old: Cell | undefined, now: Cell): Cell {
  const isSame =
    old?.price === now.price &&
    old.point === now.point &&
    old.isBest === now.isBest &&
    old.isStale === now.isStale &&
    old.move === now.move;
  return isSame ? old : now;
}

/** A model whose moves are as old as they are now; the same one where that makes no difference. */
export function withMovesAt(model: EventModel, nowMs: number): EventModel {
  const rows = model.rows.map((row) => {
    const cells = [...row.cells].map(([key, cell]) => {
      const move = faded(cell.move, nowMs);
      return [key, move === cell.move ? cell : { ...cell, move }] as const;
    });
    return cells.some(([key, cell]) => row.cells.get(key) !== cell) ? { ...row, cells: new Map(cells) } : row;
  });
  return rows.some((row, i) => row !== model.rows[i]) ? { ...model, rows } : model;
}

/** How many prices moved just now. */
export function movesOf({ rows }: EventModel, nowMs: number): number {
  let moves = 0;
  for (const { cells } of rows) for (const { move } of cells.values()) if (move?.at === nowMs) moves += 1;
  return moves;
}

function fairOf(question: Question, { method, by }: EventChoice): ReturnType<typeof fairByConsensus> {
  return by === CONSENSUS ? fairByConsensus(question, method) : fairByReference(question, by, method);
}

function inShort(offers: readonly Offered[], questions: readonly Question[]): Map<string, OfferInShort> {
  return new Map(
    offers.map(({ bookmaker: { key }, isStale }) => {
      const prices = questions
        .filter(({ market, answers }) => market !== "outrights" && answers.length >= 2)
        .map(({ offers }) => offers.find(({ bookmaker }) => bookmaker === key))
        .map((offer) => offer && pricesOfAll(offer))
        .find((all) => all !== undefined);
      return [key, { hold: prices && hold(prices), isStale }];
    }),
  );
}

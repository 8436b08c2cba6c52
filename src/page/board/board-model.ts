import type { BoardEvent, Bookmaker, ClientBoard, Market } from "../../client/index.js";
import {
  bestPrices,
  type FairMethod,
  fairByConsensus,
  fairByReference,
  hold,
  type MarketKey,
  type NoFairPrice,
  type OddsFormat,
  oddsFormatOf,
  pricesOfAll,
  type Question,
  questionsOf,
  toDecimal,
} from "../../prices/index.js";
import { CONSENSUS } from "../view.js";

/*
 * What a board's table shows, worked out of the board: pure, and made anew only for events of which something moved.
 */

/**
 * A bookmaker whose prices the upstream had not read for so long (ms) when the board was read is stale: it reads games
 * at least once a minute, and tournaments every five.
 */
const STALE_AFTER_MS = { game: 5 * 60_000, tournament: 30 * 60_000 };

/** What the table is asked to show of a board. */
export interface BoardChoice {
  readonly market: MarketKey;
  readonly method: FairMethod;
  /** See `View.by`. */
  readonly by: string;
  readonly hidden: readonly string[];
}

/** How a price went: it pays more, it pays less, or it is for another line now. */
export type Direction = "up" | "down" | "line";

/** A price's last move, until it has faded. */
export interface Move {
  readonly direction: Direction;
  /** When it came, in ms since the epoch by the board's clock. */
  readonly at: number;
  /** Whether it is to be seen from afar; then it is only told apart. */
  readonly isFresh: boolean;
}

/** So long (ms) a move is the loudest thing on the board, and so long it is shown at all. */
const FRESH_MS = 4000;
const FADED_MS = 10_000;

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

/** A bookmaker's column. */
export interface Column {
  readonly key: string;
  readonly title: string;
  /** When the upstream last read any of its prices, in ms since the epoch; null where it does not say. */
  readonly readAt: number | null;
}

/** A whole board, as the table shows it. */
export interface BoardModel {
  readonly events: ReadonlyMap<string, EventModel>;
  /** All bookmakers that are shown, by title. */
  readonly columns: readonly Column[];
  /** All bookmakers of the board, the hidden ones too. */
  readonly bookmakers: readonly Column[];
  /** How many cells moved with this step. */
  readonly moves: number;
}

/** Makes models of boards, one after the other: what did not move stays the same object. */
export class BoardModels {
  private before = new Map<string, Made>();
  private of = "";
  private wasLive = false;

  /** The model of a board that may be relied on, or not: then no price counts as best, and none makes a fair one. */
  next(board: ClientBoard, isLive: boolean, choice: BoardChoice): BoardModel {
    // Other prices in the same cells are no move.
    const of = JSON.stringify([board.sport, board.epoch, choice]);
    const sameTable = of === this.of;
    this.of = of;
    // What comes after a time in which nobody could tell is no move either: all would flash at once.
    const comesFromLive = this.wasLive && isLive;
    this.wasLive = isLive;
    const format = formatOf(board);
    const hidden = new Set(choice.hidden);
    const readMs = board.replayedAt ?? board.fetchedAt;
    const nowMs = board.timestamp;
    let moves = 0;
    const made = new Map<string, Made>();
    for (const event of board.odds) {
      const old = sameTable ? this.before.get(event.id) : undefined;
      const offers = offersOf(event, choice.market, hidden, readMs);
      const inputs: Inputs = { event, isLive, format, offers };
      const isSame = old !== undefined && sameInputs(old.inputs, inputs);
      const model = isSame
        ? faded(old.model, nowMs)
        : modelOf(inputs, choice, comesFromLive ? old?.model : undefined, nowMs);
      if (!isSame) moves += movesOf(model, nowMs);
      made.set(event.id, { inputs, model });
    }
    this.before = made;
    const bookmakers = bookmakersOf(board);
    return {
      events: new Map([...made].map(([id, { model }]) => [id, model])),
      columns: bookmakers.filter(({ key }) => !hidden.has(key)),
      bookmakers,
      moves,
    };
  }
}

/** What time it is for a board, in ms since the epoch: by the server's clock, and in a replay in what it plays. */
export function nowOf({ replayedAt, fetchedAt }: ClientBoard, ageMs: number | null): number {
  return (replayedAt ?? fetchedAt) + (ageMs ?? 0);
}

/** When an upstream's time is, in ms since the epoch: it writes ISO 8601 or unix seconds. NaN for what is neither. */
export function inMs(time: string | number | null | undefined): number {
  return typeof time === "number" ? time * 1000 : Date.parse(time ?? "");
}

/** When the upstream last read a bookmaker's market, in ms since the epoch; null where it does not say. */
export function readAtOf(bookmaker: Bookmaker, market: Market | undefined): number | null {
  const at = inMs(market?.last_update ?? bookmaker.last_update);
  return Number.isNaN(at) ? null : at;
}

/** Whether the upstream had not read a bookmaker's market for so long when the board was read that it counts for nothing. */
export function isOutdated(bookmaker: Bookmaker, market: string, readMs: number): boolean {
  const patienceMs = market === "outrights" ? STALE_AFTER_MS.tournament : STALE_AFTER_MS.game;
  const readAt = readAtOf(
    bookmaker,
    bookmaker.markets.find(({ key }) => key === market),
  );
  return readAt !== null && readMs - readAt > patienceMs;
}

interface Offered {
  readonly bookmaker: Bookmaker;
  readonly market: Market;
  readonly isStale: boolean;
}
interface Inputs {
  readonly event: BoardEvent;
  readonly isLive: boolean;
  readonly format: OddsFormat;
  readonly offers: readonly Offered[];
}
interface Made {
  readonly inputs: Inputs;
  readonly model: EventModel;
}

function offersOf(
  event: BoardEvent,
  market: MarketKey,
  hidden: ReadonlySet<string>,
  readMs: number,
): Offered[] {
  return event.bookmakers.flatMap((bookmaker) => {
    const found = hidden.has(bookmaker.key) ? undefined : bookmaker.markets.find(({ key }) => key === market);
    if (!found) return [];
    return [{ bookmaker, market: found, isStale: isOutdated(bookmaker, market, readMs) }];
  });
}

/** A new `last_update` alone is no change: the client keeps the outcomes that stayed as they were. */
function sameInputs(old: Inputs, now: Inputs): boolean {
  return (
    old.isLive === now.isLive &&
    old.format === now.format &&
    old.event.commence_time === now.event.commence_time &&
    old.event.home_team === now.event.home_team &&
    old.event.away_team === now.event.away_team &&
    old.offers.length === now.offers.length &&
    old.offers.every(({ bookmaker, market, isStale }, i) => {
      const other = now.offers[i];
      return (
        other?.bookmaker.key === bookmaker.key &&
        other.market.outcomes === market.outcomes &&
        other.isStale === isStale
      );
    })
  );
}

function modelOf(
  { event, isLive, format, offers }: Inputs,
  choice: BoardChoice,
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

function moveOf(old: Cell | undefined, now: Omit<Cell, "move">, nowMs: number): Move | undefined {
  if (!old) return undefined;
  if (old.point !== now.point) return { direction: "line", at: nowMs, isFresh: true };
  if (old.price === now.price) return fadedMove(old.move, nowMs);
  return { direction: now.price > old.price ? "up" : "down", at: nowMs, isFresh: true };
}

/** A model whose moves are as old as they are now; the same one where that makes no difference. */
function faded(model: EventModel, nowMs: number): EventModel {
  const rows = model.rows.map((row) => {
    const cells = [...row.cells].map(([key, cell]) => {
      const move = fadedMove(cell.move, nowMs);
      return [key, move === cell.move ? cell : { ...cell, move }] as const;
    });
    return cells.some(([key, cell]) => row.cells.get(key) !== cell) ? { ...row, cells: new Map(cells) } : row;
  });
  return rows.some((row, i) => row !== model.rows[i]) ? { ...model, rows } : model;
}

function fadedMove(move: Move | undefined, nowMs: number): Move | undefined {
  if (move === undefined || nowMs - move.at >= FADED_MS) return undefined;
  return move.isFresh && nowMs - move.at >= FRESH_MS ? { ...move, isFresh: false } : move;
}

function movesOf({ rows }: EventModel, nowMs: number): number {
  let moves = 0;
  for (const { cells } of rows) for (const { move } of cells.values()) if (move?.at === nowMs) moves += 1;
  return moves;
}

function fairOf(question: Question, { method, by }: BoardChoice): ReturnType<typeof fairByConsensus> {
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

function formatOf(board: ClientBoard): OddsFormat {
  return oddsFormatOf(pricesIn(board));
}

function* pricesIn({ odds }: ClientBoard): Generator<number> {
  for (const { bookmakers } of odds)
    for (const { markets } of bookmakers)
      for (const { outcomes } of markets) for (const { price } of outcomes) yield price;
}

function bookmakersOf({ odds }: ClientBoard): Column[] {
  const found = new Map<string, Column>();
  for (const { bookmakers } of odds) {
    for (const bookmaker of bookmakers) {
      const { key, title } = bookmaker;
      const readAt = readAtOf(bookmaker, bookmaker.markets[0]);
      const known = found.get(key);
      if (!known || (readAt !== null && readAt > (known.readAt ?? 0)))
        found.set(key, { key, title: title || key, readAt });
    }
  }
  return [...found.values()].sort((one, other) =>
    one.title.localeCompare(other.title, "en", { sensitivity: "base" }),
  );
}

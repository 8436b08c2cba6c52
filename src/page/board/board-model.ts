import type { ClientBoard } from "../../client/index.js";
import { type OddsFormat, oddsFormatOf } from "../../prices/index.js";
import { readAtOf } from "./board-times.js";
import { type EventInputs, offersOf, sameInputs } from "./event-inputs.js";
import { type EventChoice, type EventModel, eventModelOf, movesOf, withMovesAt } from "./event-model.js";

/*
 * What a board's table shows, worked out of the board: pure, and made anew only for events of which something moved.
 */

/** What the table is asked to show of a board. */
export interface BoardChoice extends EventChoice {
  readonly hidden: readonly string[];
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
      const inputs: EventInputs = { event, isLive, format, offers };
      const isSame = old !== undefined && sameInputs(old.inputs, inputs);
      const model = isSame
        ? withMovesAt(old.model, nowMs)
        : eventModelOf(inputs, choice, comesFromLive ? old?.model : undefined, nowMs);
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

interface Made {
  readonly inputs: EventInputs;
  readonly model: EventModel;
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

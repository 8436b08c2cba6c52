import { AppError } from "../errors.js";
import type {
  BoardAt,
  HistoryAnswer,
  HistoryEvents,
  HistoryLines,
  HistoryStatus,
  NotCovered,
} from "../protocol/history-answers.js";
import { boardAt } from "./boards-at.js";
import { coverage } from "./covered.js";
import { cursorOf, positionOf } from "./cursor.js";
import type { HistoryEngine } from "./engine.js";
import { eventList } from "./event-list.js";
import { type ExportFormat, exported } from "./export.js";
import { Kept, type KeptEvent, type KeptSport } from "./kept.js";
import { linesOf } from "./lines.js";
import { nextChanges } from "./market-changes.js";
import { thinnedEach } from "./thinning.js";

/** So many changes are thinned at once. */
const MAX_THINNED = 50_000;

/** A stretch of time, in ms since the epoch; without an end of its own it goes as far as anything is kept. */
export interface Span {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** A page of a longer answer. */
export interface Page {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** What can be asked for of an event's changes: a page of them, or all of one market, each bookmaker's thinned to `points`. */
export interface ChangesAsked extends Span, Page {
  readonly sport: string;
  readonly event: string;
  readonly bookmaker?: string | undefined;
  readonly market?: string | undefined;
  readonly points?: number | undefined;
}

/** An answer, and whether it can never become another one (but that it is given up with old age). */
export interface Answered<T> {
  readonly answer: T;
  readonly isFinal: boolean;
}

/** How the keeping goes, as whoever keeps says. */
export interface KeepingState {
  /** What is not stored yet. */
  readonly queued: { readonly readings: number; readonly bytes: number };
  readonly lastError: { readonly message: string; readonly at: number } | null;
}

/** All that is kept, for those who ask. */
export class History {
  private readonly kept: Kept;

  /** `source` is the label that sports are kept by, as the engine writes it. */
  constructor(
    private readonly engine: HistoryEngine,
    source: string,
    private readonly now: () => number,
    private readonly state: () => KeepingState,
  ) {
    this.kept = new Kept(engine, source);
  }

  /** The board of a sport as it was at a moment (ms since the epoch), or the gap that the moment lies in. */
  async at(sport: string, at: number): Promise<Answered<BoardAt> | { readonly gap: NotCovered }> {
    const answer = await boardAt(this.kept, sport, at);
    return "gap" in answer ? answer : { answer, isFinal: answer.readAfter !== null };
  }

  /** The events of a sport that were on the board at any time in a span. */
  async events(
    key: string,
    { from = 0, to = Number.MAX_SAFE_INTEGER }: Span,
    page: Page,
  ): Promise<HistoryEvents> {
    const sport = await this.kept.sport(key);
    if (!sport) return { events: [], cursor: null };
    const behind = page.cursor === undefined ? undefined : positionOf(page.cursor);
    return eventList(this.kept, sport, { from, to, limit: page.limit, behind });
  }

  /** How the markets of an event changed. Rejects with an `AppError` where it is not known, or too much is asked for. */
  async changes(asked: ChangesAsked): Promise<Answered<HistoryAnswer>> {
    const { sport, event } = await this.find(asked.sport, asked.event);
    const to = Math.min(asked.to ?? Number.MAX_SAFE_INTEGER, this.now());
    const head = sport.head ?? 0;
    const behind = asked.cursor === undefined ? undefined : positionOf(asked.cursor);
    const from = behind?.[0] ?? asked.from ?? event.firstSeen;
    const { bookmaker, market, points, limit } = asked;
    const rows = points === undefined ? limit : MAX_THINNED;
    const { changes, end } = await nextChanges(
      this.kept,
      sport,
      event,
      { bookmaker, market, from, to, behind },
      rows,
    );
    if (points !== undefined && end) throw tooMuch("There are more than 50,000 changes");
    const until = end?.[0] ?? to;
    const covered = await coverage(this.kept, sport, from, until);
    if (!covered) throw tooMuch("The sport was read in more than 2000 parts");
    const answer = {
      changes: points === undefined ? changes : thinnedEach(changes, points),
      coverage: covered,
      cursor: end && cursorOf(end),
    };
    return { answer, isFinal: until < head };
  }

  /** Opening, current, highest, lowest and closing prices of an event. Rejects with an `AppError` where it is not known. */
  async lines(sportKey: string, eventKey: string): Promise<HistoryLines> {
    const { sport, event } = await this.find(sportKey, eventKey);
    return linesOf(this.kept, sport, event, this.now());
  }

  /** All changes of a sport's markets in a span as text, piece by piece. */
  async *export(
    key: string,
    { from = 0, to = this.now() }: Span,
    format: ExportFormat,
  ): AsyncGenerator<string> {
    const sport = await this.kept.sport(key);
    yield* exported(this.kept, sport ?? { id: 0, head: null }, from, to, format);
  }

  /** How the history is. */
  async status(): Promise<HistoryStatus> {
    const { queued, lastError } = this.state();
    return { engine: this.engine.name, ...(await this.engine.size()), queue: queued, lastError };
  }

  private async find(sportKey: string, eventKey: string): Promise<{ sport: KeptSport; event: KeptEvent }> {
    const sport = await this.kept.sport(sportKey);
    const event = sport && (await this.kept.event(sport, eventKey));
    if (sport && event) return { sport, event };
    throw new AppError(
      "NOT_FOUND",
      "Nothing is known of this event. GET /api/odds/history/events lists those that are.",
    );
  }
}

function tooMuch(what: string): AppError {
  return AppError.invalidMessage(`${what} in that time: ask for less of it, by \`from\` and \`to\`.`);
}

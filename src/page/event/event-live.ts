import type { BoardEvent, ClientBoard, Market, SportState } from "../../client/index.js";
import { MARKETS } from "../../prices/index.js";
import type { Change, Gap } from "./event-courses.js";

/*
 * What came of one event since it is looked at, in the shape of the history. Moments in ms since the epoch, by the
 * server's clock, or in a replay by that of the recorded ones.
 */

/** So many readings are remembered: hours of them. */
const MAX_READINGS = 5000;
/** So many gaps are remembered one by one. */
const MAX_GAPS = 500;
/** A bookmaker's market with more changes than this has half of its older half dropped. */
const MAX_CHANGES = 1000;

/** When a board was read, in ms since the epoch. */
export function readAtOfBoard({ replayedAt, fetchedAt }: ClientBoard): number {
  return replayedAt ?? fetchedAt;
}

/** Gathers what each board of a sport says of one event. */
export class LiveEvent {
  /** When the boards that came were read. */
  readonly readings: number[] = [];
  /** The times in which none came that may be relied on; the last one is open while its `to` is infinite. */
  readonly gaps: Gap[] = [];
  /** Whether changes were dropped, as they were too many. */
  isThinned = false;
  private readonly held = new Map<string, Held>();

  constructor(private readonly eventId: string) {}

  /** All changes of a market, by bookmaker and then in order of time. */
  changes(market: string): Change[] {
    return [...this.held.values()].filter((held) => held.market === market).flatMap(({ changes }) => changes);
  }

  /** Takes in the next state of the event's sport; one that was taken already does no harm. */
  take({ board, status, reason }: SportState): void {
    if (!board) return;
    const readAt = readAtOfBoard(board);
    this.takeStatus(readAt, status === "live", reason ?? "NOT_READ");
    if (readAt > (this.readings.at(-1) ?? Number.NEGATIVE_INFINITY)) this.readings.push(readAt);
    if (this.readings.length > MAX_READINGS) this.readings.splice(0, MAX_READINGS / 2);
    const event = board.odds.find(({ id }) => id === this.eventId);
    this.takeEvent(event, readAt);
  }

  /** The last reading before a moment; null where none was seen. */
  readingBefore(ms: number): number | null {
    return this.readings.findLast((at) => at < ms) ?? null;
  }

  private takeStatus(readAt: number, isLive: boolean, reason: string): void {
    const open = this.gaps.at(-1);
    const isOpen = open?.to === Number.POSITIVE_INFINITY;
    if (!isLive && !isOpen) this.gaps.push({ from: readAt, to: Number.POSITIVE_INFINITY, reason });
    const [oldest, next] = this.gaps;
    // Of so many gaps the oldest become one, so that no line goes through any of them.
    if (this.gaps.length > MAX_GAPS && oldest && next) this.gaps.splice(0, 2, { ...oldest, to: next.to });
    if (isLive && isOpen) {
      this.gaps.pop();
      // The same reading once more: nothing was missed.
      if (readAt > open.from) this.gaps.push({ ...open, to: readAt });
    }
  }

  private takeEvent(event: BoardEvent | undefined, readAt: number): void {
    const seen = new Set<string>();
    for (const { key: bookmaker, markets } of event?.bookmakers ?? []) {
      for (const market of markets) {
        if (!MARKETS.some((known) => known === market.key)) continue;
        const key = `${bookmaker} ${market.key}`;
        seen.add(key);
        const held = this.held.get(key) ?? { market: market.key, bookmaker, outcomes: null, changes: [] };
        this.held.set(key, held);
        this.note(held, market.outcomes, changedAt(market, readAt));
      }
    }
    for (const [key, held] of this.held) if (!seen.has(key)) this.note(held, null, readAt);
  }

  private note(held: Held, outcomes: Market["outcomes"] | null, changed: number): void {
    if (isSame(held.outcomes, outcomes)) return;
    held.outcomes = outcomes;
    const last = held.changes.at(-1);
    const at = last && changed <= last.at ? (this.readings.at(-1) ?? changed) : changed;
    const { bookmaker, market, changes } = held;
    changes.push({ bookmaker, market, at, after: this.readingBefore(at), outcomes });
    if (changes.length <= MAX_CHANGES) return;
    this.isThinned = true;
    const older = changes.slice(0, MAX_CHANGES / 2);
    held.changes = [...older.filter((_, i) => isKept(older, i)), ...changes.slice(older.length)];
  }
}

/** One of each two is kept: where one of them says that the market went, that one, so that no line goes on there. */
function isKept(changes: readonly Change[], place: number): boolean {
  const isFirst = place % 2 === 0;
  const other = changes[isFirst ? place + 1 : place - 1];
  const [is, otherIs] = [changes[place]?.outcomes === null, other?.outcomes === null];
  return is === otherIs ? isFirst : is;
}

interface Held {
  readonly bookmaker: string;
  readonly market: string;
  outcomes: Market["outcomes"] | null;
  changes: Change[];
}

/** `changed_at` is the moment that the history has, too. */
function changedAt({ changed_at }: Market, readAt: number): number {
  const at = Date.parse(changed_at);
  return Number.isNaN(at) ? readAt : Math.min(at, readAt);
}

function isSame(one: Market["outcomes"] | null, other: Market["outcomes"] | null): boolean {
  return one === other || (one !== null && other !== null && JSON.stringify(one) === JSON.stringify(other));
}

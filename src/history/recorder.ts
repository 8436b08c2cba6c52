import { promisify } from "node:util";
import type { Board } from "../board/model.js";
import type { Step } from "../board/store.js";
import { Faults } from "../faults.js";
import type { Logger } from "../logger.js";
import type { StepsListener } from "../polling/publisher.js";
import { type Coverage, gapsBetween, type Note, notesBefore, REASON } from "./coverage.js";
import { changesOfStep, changesSince, isFresh } from "./diff.js";
import type { RecordWriter, WriterListener } from "./record-writer.js";
import type { ReadingRecord, SeriesChange, StoredBoard } from "./records.js";

const turn = promisify(setImmediate);

/** So long a slice of the work may be, in ms; then others get a turn. */
const SLICE_MS = 2;
/** So many steps wait to be looked at, for all sports; more are lost, the oldest first. They hold whole boards. */
export const MAX_WAITING = 64;

/** A step as it was accepted. */
interface Accepted {
  readonly step: Step;
  readonly everyMs: number;
  readonly notes: readonly Note[];
}

/** What is stored of a sport, or on its way there: the board that the next step is to follow on. */
interface Known {
  readonly board: Board;
  readonly everyMs: number;
}

/** How many readings were accepted and not kept since the start. */
export interface RecorderState {
  readonly lost: number;
}

/**
 * Makes a record of each accepted step: by its dirty keys where it follows on what is stored or on its way there, else
 * by comparing with what is stored. A tick waits for none of it. Restarts, other leaders and losses are one path: the
 * sport is not known any more.
 */
export class Recorder implements StepsListener, WriterListener {
  private readonly known = new Map<string, Known>();
  /** The last reading that is stored or on its way there, in ms since the epoch. */
  private readonly heads = new Map<string, number>();
  private readonly waiting: Accepted[] = [];
  /** Sports whose steps are being looked at, one after the other. */
  private readonly busy = new Map<string, Promise<void>>();
  private encoding: Promise<unknown> = Promise.resolve();
  private lostCount = 0;
  private hasEnded = false;
  private writer: RecordWriter | undefined;
  private readonly faults: Faults;

  /** `startedAt` in ms since the epoch; `patienceMs`: a reading that is later than that leaves a gap. `isAlone`: no other process reads. */
  constructor(
    private readonly coverage: Coverage,
    private readonly startedAt: number,
    private readonly patienceMs: number,
    private readonly isAlone: boolean,
    private readonly log: Logger,
  ) {
    this.faults = new Faults(log);
  }

  /** Hands records to `writer` from here on. */
  use(writer: RecordWriter): void {
    this.writer = writer;
  }

  get state(): RecorderState {
    return { lost: this.lostCount };
  }

  accepted(step: Step, everyMs: number): void {
    if (this.hasEnded) return;
    const { sport } = step.board;
    const accepted = { step, everyMs: Math.round(everyMs), notes: this.coverage.take(sport) };
    if (!this.writer?.takes) {
      this.lose(accepted);
      return;
    }
    this.waiting.push(accepted);
    if (this.waiting.length > MAX_WAITING) this.lose(this.waiting.shift());
    if (!this.busy.has(sport)) this.begin(sport);
  }

  lost(records: readonly ReadingRecord[]): void {
    for (const { sport, at } of records) this.forget(sport, at, []);
  }

  /** Resolves when all accepted steps are with the writer; no more are taken. */
  async close(): Promise<void> {
    this.hasEnded = true;
    await Promise.all(this.busy.values());
  }

  private begin(sport: string): void {
    const work = this.work(sport).finally(() => this.busy.delete(sport));
    this.busy.set(sport, work);
  }

  private async work(sport: string): Promise<void> {
    for (;;) {
      // The tick that accepted it goes first.
      await turn();
      const i = this.waiting.findIndex(({ step }) => step.board.sport === sport);
      const [accepted] = i === -1 ? [] : this.waiting.splice(i, 1);
      if (!accepted) return;
      try {
        if (!(await this.record(accepted))) this.lose(accepted);
      } catch (thrown) {
        this.faults.note(`A reading of ${sport} could not be kept`, thrown);
        this.lose(accepted);
      }
    }
  }

  /** Whether it came to the writer, or is there already. */
  private async record({ step, everyMs, notes }: Accepted): Promise<boolean> {
    const { board } = step;
    const { sport, fetchedAt: at } = board;
    if (this.isKept(board)) return this.isNoNews(sport, notes);
    const before = this.known.get(sport);
    if (before && followsOn(step, before.board)) {
      const changes = step.dirty ? changesOfStep(before.board.events, board, step.dirty) : [];
      const last = { at: before.board.fetchedAt, everyMs: before.everyMs };
      const gaps = gapsBetween(last, at, notes, this.patienceMs);
      const told = { sport, at, everyMs, follows: last.at, isFresh: false, gaps };
      return this.push({ ...told, changes: await this.inSlices(changes) }, board);
    }
    this.known.delete(sport);
    const stored = await this.writer?.last(sport);
    if (stored === "away") return false;
    if (stored) this.heads.set(sport, stored.at);
    if (this.isKept(board)) return this.isNoNews(sport, notes);
    const fresh = isFresh(board);
    const changes = await this.inSlices(changesSince(stored, board, fresh));
    const told = { sport, at, everyMs, follows: stored?.at ?? null, isFresh: fresh };
    return this.push({ ...told, gaps: this.gapsSince(stored, at, notes), changes }, board);
  }

  private gapsSince(stored: StoredBoard | undefined, at: number, notes: readonly Note[]) {
    if (!stored) return [];
    const before = notesBefore(this.startedAt, stored, this.writer?.livedUntil ?? null, this.isAlone);
    return gapsBetween(stored, at, [...before, ...notes], this.patienceMs);
  }

  /** Whether there is a reading of this time, or a later one: the same board again, or a clock that was put back. */
  private isKept({ sport, fetchedAt }: Board): boolean {
    const head = this.heads.get(sport);
    if (head === undefined || fetchedAt > head) return false;
    if (fetchedAt < head) {
      this.known.delete(sport);
      this.log.debug("History: the clock was put back, and nothing is kept until it is where it was", {
        sport,
      });
    }
    return true;
  }

  private isNoNews(sport: string, notes: readonly Note[]): true {
    this.coverage.giveBack(sport, notes);
    return true;
  }

  private push(record: ReadingRecord, board: Board): boolean {
    const { sport, at, everyMs } = record;
    if (!this.writer?.takes) return false;
    this.known.set(sport, { board, everyMs });
    this.heads.set(sport, at);
    this.writer.push(record);
    return true;
  }

  private lose(accepted: Accepted | undefined): void {
    if (!accepted) return;
    const { sport, fetchedAt } = accepted.step.board;
    this.forget(sport, fetchedAt, accepted.notes);
  }

  private forget(sport: string, at: number, notes: readonly Note[]): void {
    this.known.delete(sport);
    this.heads.delete(sport);
    this.lostCount += 1;
    this.coverage.giveBack(sport, [...notes, { at, reason: REASON.historyDown }]);
  }

  /** All changes, with turns for others in between; one board at a time. */
  private inSlices(changes: Iterable<SeriesChange>): Promise<SeriesChange[]> {
    const made = this.encoding.then(() => collect(changes));
    this.encoding = made.catch(() => {});
    return made;
  }
}

async function collect(changes: Iterable<SeriesChange>): Promise<SeriesChange[]> {
  const all: SeriesChange[] = [];
  let began = performance.now();
  for (const change of changes) {
    all.push(change);
    if (performance.now() - began < SLICE_MS) continue;
    await turn();
    began = performance.now();
  }
  return all;
}

/** Whether a step is made of this very board. */
function followsOn({ from, follows, board }: Step, before: Board): boolean {
  const isNext = from > 0 && from === before.version && follows?.fetchedAt === before.fetchedAt;
  return isNext && board.epoch === before.epoch;
}

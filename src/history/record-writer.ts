import type { Logger } from "../logger.js";
import { ALIVE_MS } from "./coverage.js";
import type { HistoryEngine } from "./engine.js";
import { RecordQueue } from "./record-queue.js";
import type { ReadingRecord, StoredBoard } from "./records.js";
import { type WriteError, WriteFailures } from "./write-failures.js";

/** Records are gathered for so long before they are written, in ms: one transaction for what a tick brings. */
const GATHER_MS = 200;

/** Who hears what became of records. */
export interface WriterListener {
  /** Records that will never be stored, oldest first: what is stored of their sports is to be looked up anew. */
  lost(records: readonly ReadingRecord[]): void;
}

/** How writing goes, for those who watch over it. */
export interface WriterState {
  /** `starting`: the store is not open yet. `away`: the last try to open or write it failed. */
  readonly status: "starting" | "ok" | "away";
  readonly queued: { readonly readings: number; readonly bytes: number };
  /** What was stored since the start. */
  readonly stored: { readonly readings: number; readonly changes: number };
  /** Why the last try failed that did, and when (ms since the epoch). */
  readonly lastError: WriteError | null;
}

/**
 * Hands records to the engine in batches, one at a time, and waits out what it cannot take: all in the background.
 * What fails is tried again for as long as the queue holds; then the queue is lost, and nothing is taken until the
 * engine is there again.
 */
export class RecordWriter {
  private readonly queue = new RecordQueue();
  private isOpen = false;
  private isWriting = false;
  private isLosing = false;
  /** Whether a write may have been stored though it failed: its answer did not come. */
  private isUnsure = false;
  private isHurried = false;
  private ended = false;
  private aliveAt = Number.NEGATIVE_INFINITY;
  private readonly stored = { readings: 0, changes: 0 };
  private readonly waiting: ((isIdle: boolean) => void)[] = [];
  private wake = () => {};
  private work: Promise<void> | undefined;
  private livedAt: number | null = null;
  private readonly failures: WriteFailures;

  /** `leads`: whether this process is the one that writes. */
  constructor(
    private readonly engine: HistoryEngine,
    private readonly listener: WriterListener,
    private readonly now: () => number,
    private readonly leads: () => boolean,
    private readonly log: Logger,
  ) {
    this.failures = new WriteFailures(now, log);
  }

  /** Opens the engine, and writes from then on. */
  start(): void {
    this.work ??= this.run();
  }

  /** Whether records are taken now; else they are lost. */
  get takes(): boolean {
    return !this.isLosing && !this.ended;
  }

  get state(): WriterState {
    const { queue, stored, failures } = this;
    const status = failures.areThere ? "away" : this.isOpen ? "ok" : "starting";
    const queued = { readings: queue.length, bytes: queue.bytes };
    return { status, queued, stored: { ...stored }, lastError: failures.lastError };
  }

  /** When the server last lived before this start, in ms since the epoch; null where that is not known. */
  get livedUntil(): number | null {
    return this.livedAt;
  }

  /** Adds a record to those that are to be written. */
  push(record: ReadingRecord): void {
    this.queue.push(record);
    if (!this.takes || this.queue.isTooLong) this.lose();
    this.wake();
  }

  /** What is stored last of a sport, once all is written that was to be; "away" where that cannot be told now. */
  async last(sport: string): Promise<StoredBoard | undefined | "away"> {
    if (!(await this.idle())) return "away";
    try {
      return await this.engine.last(sport);
    } catch (thrown) {
      this.failures.add(thrown, "to ask");
      this.lose();
      return "away";
    }
  }

  /** The end is near: nothing is gathered, and nothing tried twice. */
  hurry(): void {
    this.isHurried = true;
    this.wake();
  }

  /** Writes what there is, once, and closes the engine. Takes as long as the engine does; never rejects. */
  async close(): Promise<void> {
    this.ended = true;
    this.wake();
    await this.work;
    this.settle();
    try {
      await this.engine.close();
    } catch (thrown) {
      this.failures.add(thrown, "to write");
    }
  }

  private async run(): Promise<void> {
    for (;;) {
      const isLast = this.ended;
      const isWell = await this.attempt();
      if (isLast) return;
      if (!isWell && this.isHurried) this.lose();
      if (!isWell && !this.isHurried) await this.rest(this.failures.retryMs, false);
      else {
        await this.rest(ALIVE_MS, true);
        await this.rest(GATHER_MS, false);
      }
    }
  }

  /** Opens and writes what there is; false where that failed. */
  private async attempt(): Promise<boolean> {
    const { engine } = this;
    let isWell = false;
    this.isWriting = true;
    try {
      if (!this.isOpen) await this.open();
      const isDue = performance.now() - this.aliveAt >= ALIVE_MS || this.isLosing || this.ended;
      if (isDue && this.leads()) {
        await engine.alive(this.now());
        this.aliveAt = performance.now();
      }
      this.isLosing = false;
      if (this.isUnsure) await this.leaveOutStored();
      while (this.queue.length > 0) await this.writeBatch();
      this.failures.end();
      isWell = true;
    } catch (thrown) {
      this.failures.add(thrown, !this.isOpen ? "to open" : this.isUnsure ? "to write" : "to ask");
      if (!this.isOpen) this.lose();
    }
    this.isWriting = false;
    this.settle();
    return isWell;
  }

  private async open(): Promise<void> {
    await this.engine.open();
    this.livedAt = await this.engine.livedUntil();
    this.isOpen = true;
  }

  private async writeBatch(): Promise<void> {
    const batch = this.queue.batch();
    this.isUnsure = true;
    const refused = await this.engine.write(batch);
    this.isUnsure = false;
    this.failures.wrote();
    const written = new Set(batch);
    // None where the queue was given up meanwhile.
    this.queue.takeOut((record) => written.has(record));
    this.countStored(batch.filter(({ sport }) => !refused.has(sport)));
    if (refused.size > 0) this.drop(batch, refused);
  }

  /** Leaves out of the queue what was stored by a write that seemed to fail: written again, it would be refused. */
  private async leaveOutStored(): Promise<void> {
    const stored = new Set<ReadingRecord>();
    for (const sport of this.queue.sports) {
      const last = await this.engine.last(sport);
      const ofSport = this.queue.of(sport);
      const place = ofSport.findIndex(({ at }) => at === last?.at);
      for (const record of ofSport.slice(0, place + 1)) stored.add(record);
    }
    this.isUnsure = false;
    if (stored.size > 0) this.failures.wrote();
    // None where the queue was given up meanwhile.
    this.countStored(this.queue.takeOut((record) => stored.has(record)));
  }

  private countStored(records: Iterable<ReadingRecord>): void {
    for (const { changes } of records) {
      this.stored.readings += 1;
      this.stored.changes += changes.length;
    }
  }

  /** Others have written: what was made from what was stored before is of no use. */
  private drop(batch: readonly ReadingRecord[], refused: ReadonlySet<string>): void {
    const isRefused = ({ sport }: ReadingRecord) => refused.has(sport);
    const dropped = [...batch.filter(isRefused), ...this.queue.takeOut(isRefused)];
    this.log.debug("History: readings did not follow on what is stored", { sports: [...refused] });
    this.listener.lost(dropped);
  }

  /** Gives up all that waits. */
  private lose(): void {
    const lost = this.queue.takeOut(() => true);
    this.isLosing = true;
    this.settle();
    this.listener.lost(lost);
  }

  /** Resolves with true when all is written, and with false when it will not be. */
  private idle(): Promise<boolean> {
    if (this.isLosing || (this.ended && this.queue.length === 0)) return Promise.resolve(false);
    if (this.isOpen && !this.isWriting && this.queue.length === 0) return Promise.resolve(true);
    return new Promise((resolve) => {
      this.waiting.push(resolve);
    });
  }

  private settle(): void {
    const isIdle = this.isOpen && !this.isWriting && this.queue.length === 0 && !this.isLosing;
    if (!isIdle && !this.isLosing && !this.ended) return;
    for (const resolve of this.waiting.splice(0)) resolve(isIdle);
  }

  /** Waits for so long, or until the end is near; where `orNews`, until there is anything to write. */
  private async rest(ms: number, orNews: boolean): Promise<void> {
    const isOver = () => this.ended || (orNews ? this.queue.length > 0 : this.isHurried);
    if (isOver()) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      timer.unref();
      this.wake = () => {
        if (!isOver()) return;
        clearTimeout(timer);
        resolve();
      };
    });
    this.wake = () => {};
  }
}

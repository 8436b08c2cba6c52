import type { ReadingRecord } from "./records.js";

/** So much is written in one transaction, in bytes as reckoned by {@link sizeOf}. */
const BATCH_BYTES = 1024 * 1024;
/** So much waits at most while the engine is away or slow, in the same bytes; then all of it is given up. */
export const QUEUE_BYTES = 16 * 1024 * 1024;

/** Records that wait to be written, oldest first, and what they take. */
export class RecordQueue {
  private records: ReadingRecord[] = [];
  private size = 0;

  /** How many wait. */
  get length(): number {
    return this.records.length;
  }

  /** Roughly what they take, in bytes. */
  get bytes(): number {
    return this.size;
  }

  /** Whether that is more than may wait. */
  get isTooLong(): boolean {
    return this.size > QUEUE_BYTES;
  }

  /** The sports that they are of. */
  get sports(): ReadonlySet<string> {
    return new Set(this.records.map(({ sport }) => sport));
  }

  /** Those of one sport. */
  of(sport: string): ReadingRecord[] {
    return this.records.filter((record) => record.sport === sport);
  }

  push(record: ReadingRecord): void {
    this.records.push(record);
    this.size += sizeOf(record);
  }

  /** The first ones, as many as are written in one transaction. They stay. */
  batch(): ReadingRecord[] {
    let size = 0;
    const next = this.records.findIndex((record) => {
      if (size >= BATCH_BYTES) return true;
      size += sizeOf(record);
      return false;
    });
    return next === -1 ? [...this.records] : this.records.slice(0, next);
  }

  /** Takes out those that are to go, and tells which they were: what is not there any more is not among them. */
  takeOut(isToGo: (record: ReadingRecord) => boolean): ReadingRecord[] {
    const gone = this.records.filter(isToGo);
    this.records = this.records.filter((record) => !isToGo(record));
    for (const record of gone) this.size -= sizeOf(record);
    return gone;
  }
}

/** Roughly what a record takes, in bytes: of memory here, and of the way to the engine. */
function sizeOf({ changes }: ReadingRecord): number {
  return changes.reduce((sum, { key, value }) => {
    const text = value === null ? 0 : value.shape.length + value.numbers.length;
    return sum + 100 + text + key[0].length + key[1].length + key[2].length;
  }, 100);
}

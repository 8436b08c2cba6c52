import type { EngineSize, HistoryEngine, Row } from "./engine.js";
import type { ReadingRecord, StoredBoard } from "./records.js";
import { SqliteThread } from "./sqlite-thread.js";

/** The history in an SQLite file, which one process has for itself; all work is done on a thread of its own. */
export class SqliteEngine implements HistoryEngine {
  readonly name = "sqlite";
  private readonly thread: SqliteThread;
  private lived: number | null | undefined;

  /** `source` says what the odds are and in which format; sports of different ones are kept apart. */
  constructor(file: string, source: string) {
    this.thread = new SqliteThread(file, source);
  }

  async open(): Promise<void> {
    await this.thread.ask("open");
    // A thread that is begun anew would take this start for the one before.
    if (this.lived === undefined) this.lived = await this.thread.ask("livedUntil");
  }

  async write(readings: readonly ReadingRecord[]): Promise<ReadonlySet<string>> {
    return new Set(await this.thread.ask("write", readings));
  }

  last(sport: string): Promise<StoredBoard | undefined> {
    return this.thread.ask("last", sport);
  }

  alive(at: number): Promise<void> {
    return this.thread.ask("alive", at);
  }

  async livedUntil(): Promise<number | null> {
    return this.lived === undefined ? this.thread.ask("livedUntil") : this.lived;
  }

  all(sql: string, parameters: readonly (string | number | null)[]): Promise<readonly Row[]> {
    return this.thread.ask("all", sql, parameters);
  }

  trim(cutoff: number): Promise<boolean> {
    return this.thread.ask("trim", cutoff);
  }

  size(): Promise<EngineSize> {
    return this.thread.ask("size");
  }

  close(): Promise<void> {
    return this.thread.close();
  }
}

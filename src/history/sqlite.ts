import { setImmediate } from "node:timers/promises";
import type { EngineSize, HistoryEngine, Row } from "./engine.js";
import type { ReadingRecord, StoredBoard } from "./records.js";
import { pack } from "./sqlite-packed.js";
import { SqliteThread } from "./sqlite-thread.js";

/** The history in an SQLite file, which one process has for itself; all work is done on a thread of its own. */
export class SqliteEngine implements HistoryEngine {
  readonly name = "sqlite";
  private readonly thread: SqliteThread;
  private writing: Promise<unknown> = Promise.resolve();
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

  write(readings: readonly ReadingRecord[]): Promise<ReadonlySet<string>> {
    const writing = this.writing.then(() => this.send(readings));
    this.writing = writing.catch(() => {});
    return writing;
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

  async close(): Promise<void> {
    await this.writing;
    await this.thread.close();
  }

  /** One reading after the other: whole boards of many sports would hold up everything else here. */
  private async send(readings: readonly ReadingRecord[]): Promise<ReadonlySet<string>> {
    const texts: string[] = [];
    for (const reading of readings) {
      if (texts.length > 0) await setImmediate();
      texts.push(JSON.stringify(pack(reading)));
    }
    return new Set(await this.thread.askTexts("write", texts));
  }
}

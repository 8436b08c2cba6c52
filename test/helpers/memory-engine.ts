import { changedAtOf } from "../../src/history/diff.js";
import { decode } from "../../src/history/encoding.js";
import type { EngineSize, HistoryEngine, Row } from "../../src/history/engine.js";
import type { Gap, ReadingRecord, SeriesKey, StoredBoard, StoredValue } from "../../src/history/records.js";

/** What is kept in memory of a sport. */
interface Kept {
  readonly records: ReadingRecord[];
  readonly series: Map<string, StoredValue>;
  freshAt: number;
}

/** A history in memory, which fails as long as `failure` is set, and answers no sooner than `hold` resolves. */
export class MemoryEngine implements HistoryEngine {
  readonly name = "sqlite";
  failure: Error | undefined;
  hold: Promise<void> | undefined;
  /** When the server last lived; null before it ever did. */
  lived: number | null = null;
  opened = 0;
  /** How many calls to `trim` there will be more to do for. */
  toTrim = 0;
  readonly trimmed: number[] = [];
  onStored: (record: ReadingRecord) => void = () => {};
  private readonly kept = new Map<string, Kept>();

  async open(): Promise<void> {
    await this.answer();
    this.opened += 1;
  }

  async write(readings: readonly ReadingRecord[]): Promise<ReadonlySet<string>> {
    await this.answer();
    const refused = new Set<string>();
    for (const record of readings) {
      const { sport, at, follows } = record;
      const head = this.kept.get(sport)?.records.at(-1)?.at ?? null;
      if (head !== follows || (head !== null && at <= head)) refused.add(sport);
      else this.take(record);
    }
    return refused;
  }

  async last(sport: string): Promise<StoredBoard | undefined> {
    await this.answer();
    const kept = this.kept.get(sport);
    const record = kept?.records.at(-1);
    if (!kept || !record) return undefined;
    const { at, everyMs } = record;
    return { at, everyMs, freshAt: kept.freshAt, series: [...kept.series.values()] };
  }

  async alive(at: number): Promise<void> {
    await this.answer();
    this.lived = at;
  }

  async livedUntil(): Promise<number | null> {
    await this.answer();
    return this.lived;
  }

  async all(): Promise<readonly Row[]> {
    throw new Error("Nothing is asked of a memory.");
  }

  async trim(cutoff: number): Promise<boolean> {
    await this.answer();
    this.trimmed.push(cutoff);
    this.toTrim = Math.max(0, this.toTrim - 1);
    return this.toTrim > 0;
  }

  async size(): Promise<EngineSize> {
    const rows = [...this.kept.values()].reduce((sum, { records }) => sum + records.length, 0);
    return { bytes: 0, rows, oldest: null };
  }

  async close(): Promise<void> {
    await this.answer();
  }

  /** The readings of a sport, oldest first. */
  records(sport: string): readonly ReadingRecord[] {
    return this.kept.get(sport)?.records ?? [];
  }

  /** All gaps of a sport, oldest first. */
  gaps(sport: string): Gap[] {
    return this.records(sport).flatMap(({ gaps }) => gaps);
  }

  /** The last board of a sport, as {@link boardOf} tells it. */
  board(sport: string): unknown {
    const kept = this.kept.get(sport);
    return kept && boardOf({ freshAt: kept.freshAt, series: [...kept.series.values()] });
  }

  private take(record: ReadingRecord): void {
    const { sport, at } = record;
    const kept: Kept = this.kept.get(sport) ?? { records: [], series: new Map(), freshAt: 0 };
    this.kept.set(sport, kept);
    kept.records.push(record);
    if (record.isFresh) kept.freshAt = at;
    for (const { key, value, changedAt } of record.changes) {
      const name = JSON.stringify(key);
      if (value === null) kept.series.delete(name);
      else kept.series.set(name, { key, at, value, changedAt: changedAt ?? null });
    }
    this.onStored(record);
  }

  private async answer(): Promise<void> {
    await this.hold;
    if (this.failure) throw this.failure;
  }
}

/** What is stored last of a sport as the board that a client had, without any `last_update`. */
export function boardOf({ freshAt, series }: Pick<StoredBoard, "freshAt" | "series">): unknown {
  const byKey = new Map(series.map((stored) => [JSON.stringify(stored.key), stored]));
  const of = (...key: SeriesKey) => {
    const stored = byKey.get(JSON.stringify(key));
    if (!stored) throw new Error(`Nothing is stored of ${JSON.stringify(key)}`);
    return { stored, value: decode(stored.value) as Record<string, unknown> };
  };
  const ids = of("", "", "").value as unknown as string[];
  return ids.map((id) => {
    const event = of(id, "", "").value;
    const bookmakers = (event.bookmakers as string[]).map((key) => {
      const bookmaker = of(id, key, "").value;
      const markets = (bookmaker.markets as string[]).map((name) => {
        const { stored, value } = of(id, key, name);
        return { ...value, key: name, changed_at: new Date(changedAtOf(stored, freshAt)).toISOString() };
      });
      return { ...bookmaker, key, markets };
    });
    return { ...event, id, bookmakers };
  });
}

/** A board as history keeps it: as JSON has it, and without any `last_update` of bookmakers and markets. */
export function withoutLastUpdates(events: readonly object[]): unknown {
  return JSON.parse(JSON.stringify(events), function (this: unknown, name, value: unknown) {
    const isRead = name === "last_update" && !Object.hasOwn(this as object, "commence_time");
    return isRead ? undefined : value;
  });
}

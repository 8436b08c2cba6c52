import { statSync } from "node:fs";
import type { EngineSize, Row } from "./engine.js";
import type { ReadingRecord, StoredBoard, StoredValue } from "./records.js";
import { SqliteConnection } from "./sqlite-connection.js";
import type { Statement } from "./sqlite-database.js";
import { Ids } from "./sqlite-ids.js";
import { type PackedReading, unpack } from "./sqlite-packed.js";
import { SqliteTrim } from "./sqlite-trim.js";
import { restored, restoredRows, storableAll } from "./storable-text.js";

/**
 * Changes that hold at the end, of one series each. An event that is off the board has no series with a value, so its
 * own is looked at first: past events are most of a store.
 */
const LATEST = `select c.at, c.numbers, c.changed_at, sh.text, s.bookmaker, s.market
  from series s
  cross join changes c on c.series = s.id and c.at = (select max(at) from changes where series = s.id)
  cross join shapes sh on sh.id = c.shape
  where s.event = ?1 and s.sport = ?2 order by s.id`;
const LIVE_EVENTS = `select e.id, e.key from events e
  cross join series s on s.event = e.id and s.sport = e.sport and s.bookmaker = '' and s.market = ''
  cross join changes c on c.series = s.id and c.at = (select max(at) from changes where series = s.id)
  where e.sport = ?1 and c.shape is not null order by e.id`;

/** The history in one SQLite file, on the thread that calls. See `HistoryEngine` for what each method does. */
export class SqliteStore {
  private readonly connection: SqliteConnection;
  private readonly ids: Ids;
  private readonly trimming: SqliteTrim;
  /** Undefined until it was first opened. */
  private lived: number | null | undefined;

  constructor(
    private readonly file: string,
    source: string,
  ) {
    const prepared = (sql: string) => this.prepared(sql);
    this.ids = new Ids(source, prepared);
    this.trimming = new SqliteTrim(prepared);
    this.connection = new SqliteConnection(file, () => this.ids.forget());
  }

  /** Whether the file is open; no more after a failure that was the file's. */
  get isOpen(): boolean {
    return this.connection.isOpen;
  }

  open(): Promise<void> {
    return this.connection.open(() => {
      this.lived ??= this.meta("alive") ?? null;
    });
  }

  write(...readings: readonly PackedReading[]): string[] {
    return this.connection.transaction(() => {
      const refused = new Set<string>();
      let rows = 0;
      for (const reading of readings) {
        if (this.store(unpack(reading))) rows += reading.packed.length;
        else refused.add(reading.sport);
      }
      this.addRows(rows);
      return [...refused];
    });
  }

  last(key: string): StoredBoard | undefined {
    return this.connection.attempt(() => {
      const sport = this.ids.sport(key);
      if (sport === undefined || sport.head === null) return undefined;
      const series = this.latest("", 0, sport.id);
      for (const { id, key: event } of this.prepared(LIVE_EVENTS).all(sport.id)) {
        series.push(...this.latest(restored(String(event)), Number(id), sport.id));
      }
      return {
        at: sport.head,
        everyMs: this.number("select every_ms from readings where sport = ?1 and at = ?2", [
          sport.id,
          sport.head,
        ]),
        freshAt: this.number("select max(at) from fresh where sport = ?1", [sport.id]),
        series,
      };
    });
  }

  alive(at: number): void {
    this.connection.transaction(() => this.setMeta("alive", at));
  }

  livedUntil(): number | null {
    return this.lived ?? null;
  }

  all(sql: string, parameters: readonly (string | number | null)[]): readonly Row[] {
    return this.connection.attempt(() => restoredRows(this.prepared(sql).all(...storableAll(parameters))));
  }

  trim(cutoff: number): boolean {
    return this.connection.transaction(() => {
      const { rows, isMore, hasForgotten } = this.trimming.some(cutoff);
      this.addRows(-rows);
      if (hasForgotten) this.ids.forget();
      return isMore;
    });
  }

  size(): EngineSize {
    return this.connection.attempt(() => {
      const [row] = this.prepared(
        "select min((select min(at) from readings r where r.sport = s.id)) as oldest from sports s",
      ).all();
      const files = [this.file, `${this.file}-wal`];
      const bytes = files.map((file) => statSync(file, { throwIfNoEntry: false })?.size ?? 0);
      return {
        bytes: bytes.reduce((sum, size) => sum + size, 0),
        rows: this.meta("rows") ?? 0,
        oldest: typeof row?.oldest === "number" ? row.oldest : null,
      };
    });
  }

  close(): void {
    this.connection.close();
  }

  /** Stores a reading; false where it does not follow on what is stored. */
  private store({ sport: key, at, everyMs, follows, isFresh, changes, gaps }: ReadingRecord): boolean {
    const head = this.ids.sport(key)?.head ?? null;
    // A reading that is older than the last would lie in the middle of what is told already.
    if (head !== follows || (head !== null && at <= head)) return false;
    const sport = this.ids.madeSport(key);
    this.prepared("insert into readings (sport, at, every_ms) values (?1, ?2, ?3)").run(
      sport.id,
      at,
      everyMs,
    );
    this.prepared("update sports set head = ?2 where id = ?1").run(sport.id, at);
    sport.head = at;
    if (isFresh) this.prepared("insert into fresh (sport, at) values (?1, ?2)").run(sport.id, at);
    const gap = this.prepared(
      "insert or ignore into gaps (sport, from_at, to_at, reason) values (?1, ?2, ?3, ?4)",
    );
    for (const { from, to, reason } of gaps) gap.run(sport.id, from, to, reason);
    const insert = this.prepared(
      "insert into changes (series, at, shape, numbers, changed_at) values (?1, ?2, ?3, ?4, ?5)",
    );
    for (const { key, value, changedAt } of changes) {
      const [series, shape] = this.ids.change(sport.id, key, value?.shape, at);
      insert.run(series, at, shape, value?.numbers ?? null, changedAt ?? null);
    }
    return true;
  }

  private latest(event: string, id: number, sport: number): StoredValue[] {
    return this.prepared(LATEST)
      .all(id, sport)
      .map((row) => ({
        key: [event, restored(String(row.bookmaker)), restored(String(row.market))],
        at: Number(row.at),
        value: { shape: restored(String(row.text)), numbers: String(row.numbers) },
        changedAt: row.changed_at === null ? null : Number(row.changed_at),
      }));
  }

  private prepared(sql: string): Statement {
    return this.connection.prepared(sql);
  }

  private addRows(rows: number): void {
    if (rows !== 0) this.setMeta("rows", (this.meta("rows") ?? 0) + rows);
  }

  private meta(key: string): number | undefined {
    const row = this.prepared("select value from meta where key = ?1").get(key);
    return row && Number(row.value);
  }

  private setMeta(key: string, value: number): void {
    this.prepared("insert or replace into meta (key, value) values (?1, ?2)").run(key, value);
  }

  private number(sql: string, parameters: readonly number[]): number {
    const [value] = Object.values(this.prepared(sql).get(...parameters) ?? {});
    return Number(value ?? 0);
  }
}

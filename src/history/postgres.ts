import type { EngineSize, HistoryEngine, Row } from "./engine.js";
import { postgresAddress } from "./postgres-address.js";
import { COLUMNS, columnsOf } from "./postgres-batch.js";
import { type Parameter, PostgresLink, SCHEMA } from "./postgres-link.js";
import { dropEmptyMonths, MIGRATE, Month } from "./postgres-tables.js";
import type { ReadingRecord, StoredBoard } from "./records.js";
import { restored, restoredRows, storable, storableAll } from "./storable-text.js";

/** So many connections ask at the same time; writing has one of its own. */
const ASKING = 3;
/** A call of `trim` looks at so many series, and deletes so many rows of a table, at most. */
const TRIM_ROWS = 500;
/** Up to so many rows are counted; of more, PostgreSQL's own estimate will do. */
const COUNTED_ROWS = 100_000;

const STORE = `select store_readings(${Array.from({ length: COLUMNS }, (_, i) => `$${i + 1}`).join()}) as sport`;

/** The values of all series of a sport that have one at its head. */
const LAST_VALUES = `
  select coalesce(e.key, '') as event, s.bookmaker, s.market, c.at, k.text as shape, c.numbers, c.changed_at
  from series s
  left join events e on e.id = s.event
  cross join lateral (
    select c.at, c.shape, c.numbers, c.changed_at from changes c
    where c.series = s.id and c.at <= $2 order by c.at desc limit 1) c
  join shapes k on k.id = c.shape
  where s.sport = $1
  order by s.id`;

/** Keeps the history in PostgreSQL, in a schema of its own, with a partition of changes for each month. */
export class PostgresEngine implements HistoryEngine {
  readonly name = "postgres";
  private readonly writing: PostgresLink;
  private readonly asking: PostgresLink;
  /** The months that are known to have their partitions. */
  private readonly months = new Set<string>();
  private readonly underWay = new Set<Promise<unknown>>();
  private lived: number | null | undefined;
  /** Up to which series `trim` has come. */
  private trimmedTo = 0;
  /** Whether it has deleted some of what comes next, and is to go on there. */
  private hasTrimmed = false;

  /** `verify`: a certificate that cannot be verified is refused. `source`: whose sports are kept. Throws an `EngineError`. */
  constructor(
    url: string,
    verify: boolean,
    private readonly source: string,
  ) {
    const address = postgresAddress(url, verify);
    this.writing = new PostgresLink(address, 1);
    this.asking = new PostgresLink(address, ASKING);
  }

  async open(): Promise<void> {
    await this.writing.run(MIGRATE);
    if (this.lived !== undefined) return;
    const [row] = await this.writing.run("select value from meta where key = $1", [this.aliveKey]);
    this.lived = number(row?.value);
  }

  write(readings: readonly ReadingRecord[]): Promise<ReadonlySet<string>> {
    return this.finishing(async () => {
      if (readings.length === 0) return new Set();
      try {
        await this.makeMonths(readings);
        const refused = await this.writing.run(STORE, columnsOf(this.source, readings));
        const names = new Set(refused.map(({ sport }) => sport));
        return new Set(readings.map(({ sport }) => sport).filter((sport) => names.has(storable(sport))));
      } catch (error) {
        // Perhaps a partition that was there is not any more.
        this.months.clear();
        throw error;
      }
    });
  }

  last(sport: string): Promise<StoredBoard | undefined> {
    return this.finishing(() => this.readLast(sport));
  }

  async alive(at: number): Promise<void> {
    await this.writing.run(
      `insert into meta (key, value) values ($1, $2)
       on conflict (key) do update set value = greatest(meta.value, excluded.value)`,
      [this.aliveKey, at],
    );
  }

  async livedUntil(): Promise<number | null> {
    return this.lived ?? null;
  }

  async all(sql: string, parameters: readonly Parameter[]): Promise<readonly Row[]> {
    return restoredRows(await this.asking.run(sql.replace(/\?(\d+)/g, "$$$1"), storableAll(parameters)));
  }

  trim(cutoff: number): Promise<boolean> {
    return this.finishing(async () => {
      // The readings first: of one that is still there, every change is asked for.
      const [moments] = await this.writing.run("select forget_moments($1, $2) as is_more", [
        cutoff,
        TRIM_ROWS,
      ]);
      if (moments?.is_more) return true;
      const from = this.trimmedTo;
      const [changes] = await this.writing.run("select forget_changes($1, $2, $3, $4) as next_from", [
        cutoff,
        from,
        TRIM_ROWS,
        this.hasTrimmed ? 1 : 0,
      ]);
      this.trimmedTo = Number(changes?.next_from ?? 0);
      this.hasTrimmed = this.trimmedTo === from;
      if (changes?.next_from != null) return true;
      const [events] = await this.writing.run("select forget_events($1) as is_more", [TRIM_ROWS]);
      if (events?.is_more) return true;
      await this.writing.run(dropEmptyMonths(cutoff));
      this.months.clear();
      return false;
    });
  }

  async size(): Promise<EngineSize> {
    const [row] = await this.asking.run(
      `select
         (select coalesce(sum(pg_total_relation_size(c.oid)), 0) from pg_class c
          where c.relnamespace = $1::regnamespace and c.relkind = 'r') as bytes,
         (select count(*) from (select from changes limit $2) c) as counted,
         (select coalesce(sum(greatest(c.reltuples, 0)), 0)::bigint from pg_inherits i join pg_class c on c.oid = i.inhrelid
          where i.inhparent = 'changes'::regclass) as estimated,
         (select min(r.at) from sports s cross join lateral (
            select at from readings where sport = s.id order by at limit 1) r) as oldest`,
      [SCHEMA, COUNTED_ROWS],
    );
    const counted = Number(row?.counted);
    return {
      bytes: Number(row?.bytes),
      rows: counted < COUNTED_ROWS ? counted : Math.max(counted, Number(row?.estimated)),
      oldest: number(row?.oldest),
    };
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.underWay);
    await Promise.all([this.writing.close(), this.asking.close()]);
  }

  /** Does something of several statements, which a `close()` waits for. */
  private async finishing<T>(run: () => Promise<T>): Promise<T> {
    const running = run();
    this.underWay.add(running);
    try {
      return await running;
    } finally {
      this.underWay.delete(running);
    }
  }

  private async readLast(sport: string): Promise<StoredBoard | undefined> {
    const [found] = await this.writing.run(
      `select s.id, s.head, r.every_ms, (select max(f.at) from fresh f where f.sport = s.id and f.at <= s.head) as fresh_at
       from sports s join readings r on r.sport = s.id and r.at = s.head where s.source = $1 and s.key = $2`,
      [this.source, storable(sport)],
    );
    if (!found) return undefined;
    const at = Number(found.head);
    const rows = await this.writing.run(LAST_VALUES, [Number(found.id), at]);
    return {
      at,
      everyMs: Number(found.every_ms),
      freshAt: Number(found.fresh_at ?? 0),
      series: rows.map((row) => ({
        key: [restored(String(row.event)), restored(String(row.bookmaker)), restored(String(row.market))],
        at: Number(row.at),
        value: { shape: restored(String(row.shape)), numbers: String(row.numbers) },
        changedAt: number(row.changed_at),
      })),
    };
  }

  private get aliveKey(): string {
    return `alive ${this.source}`;
  }

  /** Makes the partitions that these readings need, and the next month's ahead. */
  private async makeMonths(readings: readonly ReadingRecord[]): Promise<void> {
    for (const { at } of readings) {
      for (const month of [new Month(at), new Month(at, 1)]) {
        if (this.months.has(month.name)) continue;
        await this.writing.run(month.make);
        this.months.add(month.name);
      }
    }
  }
}

/** A number that may be absent. */
function number(value: Row[string] | undefined): number | null {
  return value == null ? null : Number(value);
}

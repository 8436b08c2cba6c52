import type { Statement } from "./sqlite-database.js";

/** So many rows at most go in one call. */
const ROWS = 500;
/** A call ends when it has taken this long, in ms: it holds up what is written and asked. */
const CALL_MS = 20;

/** Tables with a row for a moment of a sport, and the column that says which. */
const MOMENTS = [
  ["readings", "at"],
  ["fresh", "at"],
  ["gaps", "to_at"],
] as const;

/** What one call did. */
export interface Trimmed {
  /** So many changes are gone. */
  readonly rows: number;
  readonly isMore: boolean;
  /** Whether series, shapes or events are gone. */
  readonly hasForgotten: boolean;
}

/** Deletes what no board after a cutoff needs, a little at a time: it goes through all events, and begins again. */
export class SqliteTrim {
  /** The last event that was gone through whole; -1: none, as the boards' own is 0. */
  private done = -1;
  /** Whether changes of the event that is gone through now went, in this call or the one before. */
  private isTouched = false;
  private rows = 0;
  private left = 0;
  private hasForgotten = false;

  constructor(private readonly prepared: (sql: string) => Statement) {}

  /** Deletes some, in the transaction of the caller. */
  some(cutoff: number): Trimmed {
    const until = performance.now() + CALL_MS;
    this.rows = 0;
    this.left = ROWS;
    this.hasForgotten = false;
    this.trimMoments(cutoff);
    let isMore = this.left === 0;
    while (!isMore) {
      const event = this.nextEvent(cutoff);
      if (event === undefined) break;
      this.trimEvent(event, cutoff);
      if (this.left > 0) this.done = event;
      isMore = this.left === 0 || performance.now() > until;
    }
    if (!isMore) this.done = -1;
    return { rows: this.rows, isMore, hasForgotten: this.hasForgotten };
  }

  private nextEvent(cutoff: number): number | undefined {
    if (this.done < 0) return 0;
    const row = this.prepared("select min(id) as id from events where id > ?1 and first_seen <= ?2").get(
      this.done,
      cutoff,
    );
    return typeof row?.id === "number" ? row.id : undefined;
  }

  private trimMoments(cutoff: number): void {
    for (const { id } of this.prepared("select id from sports").all()) {
      for (const [table, at] of MOMENTS) {
        const last = this.prepared(`select max(${at}) as at from ${table} where sport = ?1 and ${at} <= ?2`);
        const keep = last.get(Number(id), cutoff)?.at;
        if (typeof keep !== "number") continue;
        const gone = this.prepared(
          `delete from ${table} where sport = ?1 and ${at} in
            (select ${at} from ${table} where sport = ?1 and ${at} < ?2 order by ${at} limit ?3)`,
        ).run(Number(id), keep, this.left);
        this.left = Math.max(0, this.left - Number(gone.changes));
      }
    }
  }

  private trimEvent(event: number, cutoff: number): void {
    for (const { id } of this.prepared("select id from series where event = ?1").all(event)) {
      this.trimSeries(Number(id), cutoff);
      if (this.left === 0) return;
    }
    if (event !== 0 && !this.prepared("select 1 from series where event = ?1 limit 1").get(event)) {
      this.prepared("delete from events where id = ?1").run(event);
      this.deleteShapes("delete from shapes where event = ?1", event);
    } else if (this.isTouched) {
      this.deleteShapes(
        `delete from shapes where event = ?1 and id not in (select c.shape from series s
          cross join changes c on c.series = s.id where s.event = ?1 and c.shape is not null)`,
        event,
      );
    }
    this.isTouched = false;
  }

  private deleteShapes(sql: string, event: number): void {
    this.prepared(sql).run(event);
    this.hasForgotten = true;
  }

  private trimSeries(series: number, cutoff: number): void {
    const last = this.prepared(
      "select at, shape from changes where series = ?1 and at <= ?2 order by at desc limit 1",
    ).get(series, cutoff);
    if (!last) return;
    // Oldest first: where a call ends in the middle, what has gone stays gone.
    const gone = this.prepared(
      `delete from changes where series = ?1 and at in
        (select at from changes where series = ?1 and at < ?2 order by at limit ?3)`,
    ).run(series, last.shape === null ? Number(last.at) + 1 : Number(last.at), this.left);
    this.rows += Number(gone.changes);
    if (Number(gone.changes) > 0) this.isTouched = true;
    this.left = Math.max(0, this.left - Number(gone.changes));
    if (last.shape !== null) return;
    if (this.prepared("select 1 from changes where series = ?1 limit 1").get(series)) return;
    this.prepared("delete from series where id = ?1").run(series);
    this.hasForgotten = true;
  }
}

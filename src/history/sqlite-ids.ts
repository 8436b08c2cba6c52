import type { SeriesKey } from "./records.js";
import type { Statement } from "./sqlite-database.js";
import { storable } from "./storable-text.js";

/** A sport as stored, and its last reading. */
export interface SportRow {
  readonly id: number;
  head: number | null;
}

/** What is known of an event: its series by bookmaker and market, its shapes by their text. */
interface EventIds {
  readonly id: number;
  readonly series: Map<string, number>;
  readonly shapes: Map<string, number>;
}

/** So many events are kept in memory, of those that changed last. */
const EVENTS = 1_000;
/** So many shapes of one event; then they are looked up anew. */
const SHAPES = 500;
/** The boards' own series and shapes are filed under this event. */
const NO_EVENT = 0;

/** The numbers by which sports, events, series and shapes are filed: from memory, else looked up, else made. */
export class Ids {
  private readonly sports = new Map<string, SportRow>();
  private readonly events = new Map<string, EventIds>();

  constructor(
    private readonly source: string,
    private readonly prepared: (sql: string) => Statement,
  ) {}

  /** A sport that is stored; undefined where it is not. */
  sport(key: string): SportRow | undefined {
    const known = this.sports.get(key);
    if (known) return known;
    const row = this.prepared("select id, head from sports where source = ?1 and key = ?2").get(
      this.source,
      storable(key),
    );
    if (!row) return undefined;
    const sport = { id: Number(row.id), head: row.head === null ? null : Number(row.head) };
    this.sports.set(key, sport);
    return sport;
  }

  /** A sport, made where it is not stored. */
  madeSport(key: string): SportRow {
    const known = this.sport(key);
    if (known) return known;
    this.prepared("insert into sports (source, key) values (?1, ?2)").run(this.source, storable(key));
    return this.sport(key) ?? { id: this.lastMade(), head: null };
  }

  /** The series and the shape of a value; the shape of none is null. */
  change(sport: number, key: SeriesKey, shape: string | undefined, at: number): [number, number | null] {
    const [eventKey, bookmaker, market] = key;
    const event = this.event(sport, eventKey, at);
    const name = `${bookmaker.length} ${bookmaker}${market}`;
    let series = event.series.get(name);
    if (series === undefined) {
      series = this.series(sport, event.id, bookmaker, market);
      event.series.set(name, series);
    }
    return [series, shape === undefined ? null : this.shape(event, shape)];
  }

  /** Forgets everything: what was made may have been rolled back, or what was known deleted. */
  forget(): void {
    this.sports.clear();
    this.events.clear();
  }

  private event(sport: number, key: string, at: number): EventIds {
    const name = `${sport} ${key}`;
    let event = this.events.get(name);
    if (event) {
      // The first in the map is then the one that has not changed for longest.
      this.events.delete(name);
    } else {
      event = { id: this.eventId(sport, key, at), series: new Map(), shapes: new Map() };
      const [oldest] = this.events.keys();
      if (this.events.size >= EVENTS && oldest !== undefined) this.events.delete(oldest);
    }
    this.events.set(name, event);
    return event;
  }

  private eventId(sport: number, key: string, at: number): number {
    if (key === "") return NO_EVENT;
    const row = this.prepared("select id from events where sport = ?1 and key = ?2").get(
      sport,
      storable(key),
    );
    if (row) return Number(row.id);
    this.prepared("insert into events (sport, key, first_seen) values (?1, ?2, ?3)").run(
      sport,
      storable(key),
      at,
    );
    return this.lastMade();
  }

  private series(sport: number, event: number, ...keys: [bookmaker: string, market: string]): number {
    const [bookmaker, market] = keys.map(storable) as [string, string];
    const row = this.prepared(
      "select id from series where event = ?1 and sport = ?2 and bookmaker = ?3 and market = ?4",
    ).get(event, sport, bookmaker, market);
    if (row) return Number(row.id);
    this.prepared("insert into series (event, sport, bookmaker, market) values (?1, ?2, ?3, ?4)").run(
      event,
      sport,
      bookmaker,
      market,
    );
    return this.lastMade();
  }

  private shape({ id, shapes }: EventIds, text: string): number {
    const known = shapes.get(text);
    if (known !== undefined) return known;
    const kept = storable(text);
    const row = this.prepared("select id from shapes where event = ?1 and text = ?2").get(id, kept);
    if (!row) this.prepared("insert into shapes (event, text) values (?1, ?2)").run(id, kept);
    const shape = row ? Number(row.id) : this.lastMade();
    if (shapes.size >= SHAPES) shapes.clear();
    shapes.set(text, shape);
    return shape;
  }

  private lastMade(): number {
    return Number(this.prepared("select last_insert_rowid() as id").get()?.id);
  }
}

import type { HistoryEngine, Row } from "./engine.js";

/** A sport of which something is kept. */
export interface KeptSport {
  readonly id: number;
  /** The last reading, in ms since the epoch; null before the first. */
  readonly head: number | null;
}

/** An event of which something is kept. */
export interface KeptEvent {
  readonly id: number;
  /** The upstream's id. */
  readonly key: string;
  /** In ms since the epoch. */
  readonly firstSeen: number;
}

/** The readings around a moment, in ms since the epoch: null where there is none. */
export interface ReadingsAround {
  /** The last one at or before the moment. */
  readonly readAt: number | null;
  /** The one before that. */
  readonly before: number | null;
  /** The first one after the moment. */
  readonly after: number | null;
  /** How often the sport was to be read around then, in ms. */
  readonly everyMs: number;
}

/** A list of parameters, `?first` and so on. */
export const listed = (count: number, first: number): string =>
  Array.from({ length: count }, (_, i) => `?${first + i}`).join(", ");

/** What is kept of one source's sports, asked for by the names that the world knows. */
export class Kept {
  /** `source` is the label that sports are kept by, as the engine writes it. */
  constructor(
    readonly engine: HistoryEngine,
    private readonly source: string,
  ) {}

  /** The rows that a question gives; `T` names its columns. */
  async rows<T extends Row>(
    sql: string,
    parameters: readonly (string | number | null)[],
  ): Promise<readonly T[]> {
    return (await this.engine.all(sql, parameters)) as readonly T[];
  }

  /** A sport by its key; undefined where nothing is kept of it. */
  async sport(key: string): Promise<KeptSport | undefined> {
    const [sport] = await this.rows<{ id: number; head: number | null }>(
      "select id, head from sports where source = ?1 and key = ?2",
      [this.source, key],
    );
    return sport;
  }

  /** An event of a sport by the upstream's id; undefined where nothing is kept of it. */
  async event(sport: KeptSport, key: string): Promise<KeptEvent | undefined> {
    const [event] = await this.rows<{ id: number; key: string; first_seen: number }>(
      "select id, key, first_seen from events where sport = ?1 and key = ?2",
      [sport.id, key],
    );
    return event && { id: event.id, key: event.key, firstSeen: event.first_seen };
  }

  /** The readings of a sport around a moment (ms since the epoch). */
  async readings(sport: KeptSport, at: number): Promise<ReadingsAround> {
    const [found] = await this.rows<{
      read_at: number | null;
      before_it: number | null;
      after_it: number | null;
      every_before: number | null;
      every_after: number | null;
    }>(
      `select x.read_at, x.after_it,
        (select max(r.at) from readings r where r.sport = ?1 and r.at < x.read_at) as before_it,
        (select r.every_ms from readings r where r.sport = ?1 and r.at = x.read_at) as every_before,
        (select r.every_ms from readings r where r.sport = ?1 and r.at = x.after_it) as every_after
      from (select (select max(r.at) from readings r where r.sport = ?1 and r.at <= ?2) as read_at,
        (select min(r.at) from readings r where r.sport = ?1 and r.at > ?2) as after_it) x`,
      [sport.id, at],
    );
    return {
      readAt: found?.read_at ?? null,
      before: found?.before_it ?? null,
      after: found?.after_it ?? null,
      everyMs: Math.max(found?.every_before ?? 0, found?.every_after ?? 0),
    };
  }
}

import type { Reading, Sport } from "../board/model.js";
import type { SourceName } from "../config.js";
import { Metrics } from "../metrics.js";
import type { Clock } from "../polling/clock.js";
import type { GamesList, OddsSource, PacedSource, SportsList } from "../polling/odds-source.js";
import type { Quota, SourceError } from "../source-error.js";
import { TtlCache } from "./ttl-cache.js";

/** A source whose boards are paid for once per TTL (ms), however many ask. What is given again says that it cost nothing. */
export class CachedSource implements PacedSource {
  readonly cost?: (sport: Sport, at: number) => number;
  readonly look?: (sport: Sport, at: number) => Promise<Quota | undefined>;
  readonly trouble?: (sport: string, fetchedAt: number) => SourceError | undefined;
  readonly games?: (sport: Sport, at: number) => Promise<GamesList>;
  private readonly boards: TtlCache<Reading>;

  constructor(
    private readonly source: OddsSource,
    readonly ttlMs: number,
    clock?: Clock,
    private readonly metrics = new Metrics(),
  ) {
    this.boards = new TtlCache(ttlMs, clock);
    if (source.cost) this.cost = source.cost.bind(source);
    if (source.trouble) this.trouble = source.trouble.bind(source);
    const { look, games } = source;
    if (look) this.look = (sport, at) => metrics.call(look.call(source, sport, at));
    if (games) this.games = (sport, at) => metrics.call(games.call(source, sport, at));
  }

  get name(): SourceName {
    return this.source.name;
  }

  sports(at: number): Promise<SportsList> {
    return this.metrics.call(this.source.sports(at));
  }

  async board(sport: Sport, at: number, anew = false): Promise<Reading> {
    let isRead = false;
    const load = () => {
      isRead = true;
      const reading = this.source.board(sport, at);
      // Where nothing would be paid for, nothing is asked either.
      return this.cost?.(sport, at) === 0 ? reading : this.metrics.read(reading, at);
    };
    const reading = await this.boards.get(sport.key, at, load, anew ? 0 : this.ttlMs);
    if (isRead) return reading;
    const { events, fetchedAt, replayedAt } = reading;
    return { events, fetchedAt, replayedAt };
  }

  close(): void {
    this.source.close();
  }
}

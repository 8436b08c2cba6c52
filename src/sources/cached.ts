import type { Reading, SourceName, Sport } from "../board/model.js";
import type { OddsSource, SportsList } from "../polling/odds-source.js";
import type { Quota } from "../source-error.js";
import { TtlCache } from "./ttl-cache.js";

/** A source whose boards are paid for once per TTL (ms), however many ask. */
export class CachedSource implements OddsSource {
  readonly cost?: (sport: Sport, at: number) => number;
  readonly look?: (sport: Sport, at: number) => Promise<Quota | undefined>;
  private readonly boards: TtlCache<Reading>;

  constructor(
    private readonly source: OddsSource,
    ttlMs: number,
  ) {
    this.boards = new TtlCache(ttlMs);
    if (source.cost) this.cost = source.cost.bind(source);
    if (source.look) this.look = source.look.bind(source);
  }

  get name(): SourceName {
    return this.source.name;
  }

  sports(at: number): Promise<SportsList> {
    return this.source.sports(at);
  }

  board(sport: Sport, at: number): Promise<Reading> {
    return this.boards.get(sport.key, at, () => this.source.board(sport, at));
  }

  close(): void {
    this.source.close();
  }
}

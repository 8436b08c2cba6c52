import type { Sport } from "../odds/model.js";
import type { OddsSource, Quota, Reading, SourceName } from "../odds/ports.js";
import { TtlCache } from "./ttl-cache.js";

/** A source whose boards are paid for once per TTL (ms), however many ask. */
export class CachedSource implements OddsSource {
  private readonly boards: TtlCache<Reading>;

  constructor(
    private readonly source: OddsSource,
    ttlMs: number,
  ) {
    this.boards = new TtlCache(ttlMs);
  }

  get name(): SourceName {
    return this.source.name;
  }

  sports(at: number): Promise<readonly Sport[]> {
    return this.source.sports(at);
  }

  board(sport: Sport, at: number): Promise<Reading> {
    return this.boards.get(sport.key, at, () => this.source.board(sport, at));
  }

  cost(sport: Sport): number {
    return this.source.cost?.(sport) ?? 0;
  }

  quota(): Quota | undefined {
    return this.source.quota?.();
  }

  close(): void {
    this.source.close();
  }
}

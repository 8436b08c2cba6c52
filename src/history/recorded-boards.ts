import type { OddsEvent, Sport } from "../board/model.js";
import { boardAt } from "./boards-at.js";
import { gapAt, NOT_KEPT } from "./covered.js";
import { decode } from "./encoding.js";
import type { HistoryEngine } from "./engine.js";
import { Kept } from "./kept.js";
import { type EngineConfig, engineOf } from "./open-engine.js";

/** Sports' groups whose name is not the first word of their keys. */
const GROUPS: Readonly<Record<string, string>> = {
  americanfootball: "American Football",
  aussierules: "Aussie Rules",
  icehockey: "Ice Hockey",
  mma: "Mixed Martial Arts",
  rugbyleague: "Rugby League",
  rugbyunion: "Rugby Union",
};

interface SportRow extends Readonly<Record<string, string | number | null>> {
  readonly id: number;
  readonly source: string;
  readonly key: string;
  readonly head: number;
  readonly oldest: number;
  readonly every_ms: number;
}

/** Opens what is kept, to be played again. Rejects with an `EngineError` where that cannot be. */
export async function openRecordedBoards(config: EngineConfig): Promise<RecordedBoards> {
  const engine = await engineOf(config);
  try {
    await engine.open();
  } catch (error) {
    await engine.close();
    throw error;
  }
  return new RecordedBoards(engine);
}

/** The boards of one of the sources that are kept: of the upstream, or else of the simulation, the one read last. */
export class RecordedBoards {
  private kept: Kept;

  constructor(private readonly engine: HistoryEngine) {
    this.kept = new Kept(engine, "");
  }

  /** What there is: of which source, from when to when (ms since the epoch), which sports. Undefined where nothing is. */
  async recorded() {
    const all = await this.kept.rows<SportRow>(
      `select s.id, s.source, s.key, s.head, (select min(r.at) from readings r where r.sport = s.id) as oldest,
          (select r.every_ms from readings r where r.sport = s.id and r.at = s.head) as every_ms
        from sports s where exists (select 1 from readings r where r.sport = s.id and r.at = s.head) order by s.key`,
      [],
    );
    const [last] = [...all].sort((a, b) => Number(isReal(b)) - Number(isReal(a)) || b.head - a.head);
    if (!last) return undefined;
    const { source } = last;
    this.kept = new Kept(this.engine, source);
    const rows = all.filter((row) => row.source === source);
    const sports: Sport[] = [];
    for (const row of rows) sports.push(await this.sport(row));
    const from = Math.min(...rows.map(({ oldest }) => oldest));
    // The last board is seen for as long as those before it.
    const until = Math.max(...rows.map(({ head, every_ms }) => head + every_ms));
    return { source, from, until, sports };
  }

  /** The reading that a moment shows (both in ms since the epoch), and why that does not cover it, where it does not. */
  async reading(key: string, at: number): Promise<{ readAt: number | null; gap: string | null }> {
    const sport = await this.kept.sport(key);
    if (!sport) return { readAt: null, gap: NOT_KEPT };
    const around = await this.kept.readings(sport, at);
    const gap = await gapAt(this.kept, sport, at, around);
    return { readAt: around.readAt, gap: gap?.reason ?? null };
  }

  /** The board that a reading gave, each market with its `changed_at`. */
  async board(key: string, readAt: number): Promise<readonly OddsEvent[]> {
    const found = await boardAt(this.kept, key, readAt);
    return "gap" in found ? [] : found.odds;
  }

  /** Lets go of the history. */
  close(): Promise<void> {
    return this.engine.close();
  }

  /** The upstream's list of sports is not kept: what can be told of a sport stands in its key and its last event. */
  private async sport({ id, key }: SportRow): Promise<Sport> {
    const [event] = await this.kept.rows<{ shape: string; numbers: string; outrights: number | null }>(
      `select h.text as shape, c.numbers,
          (select max(m.id) from series m where m.event = e.id and m.sport = e.sport and m.market = 'outrights') as outrights
        from events e join series s on s.event = e.id and s.sport = e.sport and s.bookmaker = '' and s.market = ''
        join changes c on c.series = s.id join shapes h on h.id = c.shape
        where e.sport = ?1 order by e.id desc, c.at desc limit 1`,
      [id],
    );
    const { sport_title } = event ? (decode(event) as { sport_title?: unknown }) : {};
    const title = typeof sport_title === "string" ? sport_title : key;
    const has_outrights = event !== undefined && event.outrights !== null;
    return { key, group: groupOf(key), title, description: title, active: true, has_outrights };
  }
}

const isReal = ({ source }: SportRow): boolean => source.startsWith("the-odds-api:");

function groupOf(key: string): string {
  const [word = ""] = key.split("_");
  return GROUPS[word] ?? word.charAt(0).toUpperCase() + word.slice(1);
}

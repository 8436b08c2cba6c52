import { expect, it } from "vitest";
import type { HistoryEngine } from "../../src/history/engine.js";
import type { ReadingRecord, SeriesChange, SeriesKey } from "../../src/history/records.js";
import { Random } from "../helpers/random.js";

const START = 1_790_000_000_000;
const SPORTS = ["americanfootball_nfl", "soccer_epl", "tennis_atp"];
const KEYS: readonly SeriesKey[] = [
  ["", "", ""],
  ...["a", "b", "c", "d"].flatMap((event): SeriesKey[] => [
    [event, "", ""],
    [event, "draftkings", ""],
    [event, "draftkings", "h2h"],
  ]),
];
/** Series at a moment: what the store says, or should. */
const BOARDS = `select sp.key as sport, coalesce(e.key, '') as event, s.bookmaker, s.market, sh.text, c.numbers
  from series s join sports sp on sp.id = s.sport left join events e on e.id = s.event
  join changes c on c.series = s.id and c.at = (select max(at) from changes where series = s.id and at <= ?1)
  join shapes sh on sh.id = c.shape`;

/** The oldest reading of each sport, and when `changed_at`s began afresh before it. */
const OLDEST = `select x.sport, x.at, (select max(f.at) from fresh f where f.sport = x.id and f.at <= x.at) as fresh
  from (select s.id, s.key as sport, min(r.at) as at from readings r join sports s on s.id = r.sport
    group by s.id, s.key) x`;

interface Kept {
  readonly series: string;
  readonly event: string;
  readonly at: number;
  readonly value: SeriesChange["value"];
}

/** Readings by chance, so many of each sport, 5 s apart: series come, change, go and come back. */
function readings(seed: number, from: number, count: number): ReadingRecord[] {
  const random = new Random(seed);
  const chance = () => random.next();
  const moment = (i: number) => START + i * 5000;
  return Array.from({ length: count }, (_, i) =>
    SPORTS.map((sport): ReadingRecord => {
      const changed = KEYS.filter(() => chance() < (sport === "tennis_atp" ? 0.02 : 0.2));
      return {
        sport,
        at: moment(from + i),
        everyMs: 5000,
        follows: from + i === 0 ? null : moment(from + i - 1),
        isFresh: chance() < 0.1,
        gaps:
          chance() < 0.1 ? [{ from: moment(from + i) - 4000, to: moment(from + i), reason: "CREDITS" }] : [],
        changes: changed.map((key) => ({
          key,
          value:
            chance() < 0.3 ? null : { shape: `shape ${Math.floor(chance() * 9)}`, numbers: String(chance()) },
        })),
      };
    }),
  ).flat();
}

const named = (sport: string, [event, bookmaker, market]: SeriesKey) =>
  JSON.stringify([sport, event, bookmaker, market]);

const keptOf = (written: readonly ReadingRecord[]): Kept[] =>
  written.flatMap(({ sport, at, changes }) =>
    changes.map(({ key, value }) => ({
      series: named(sport, key),
      // Shapes of all boards are together.
      event: key[0] === "" ? "" : `${sport} ${key[0]}`,
      at,
      value,
    })),
  );

/** The changes that boards from the cutoff on need. */
const needed = (kept: readonly Kept[], cutoff: number) =>
  kept.filter((change) => {
    if (change.at > cutoff) return true;
    const isFollowed = kept.some(
      ({ series, at }) => series === change.series && at > change.at && at <= cutoff,
    );
    return change.value !== null && !isFollowed;
  });

function boardAt(kept: readonly Kept[], moment: number): Map<string, SeriesChange["value"]> {
  const board = new Map<string, SeriesChange["value"]>();
  for (const { series, at, value } of kept) if (at <= moment) board.set(series, value);
  return new Map([...board].filter(([, value]) => value !== null).sort());
}

async function storedAt(engine: HistoryEngine, moment: number): Promise<Map<string, SeriesChange["value"]>> {
  const rows = await engine.all(BOARDS, [moment]);
  return new Map(
    rows
      .map(({ sport, event, bookmaker, market, text, numbers }): [string, SeriesChange["value"]] => [
        named(String(sport), [String(event), String(bookmaker), String(market)]),
        { shape: String(text), numbers: String(numbers) },
      ])
      .sort(),
  );
}

const count = async (engine: HistoryEngine, table: string) =>
  Number((await engine.all(`select count(*) as n from ${table}`, []))[0]?.n);

/** What retention may take, and what not. `opened` gives an engine whose store is empty. */
export function itTrims(opened: () => Promise<HistoryEngine>): void {
  it("deletes what no board after the cutoff needs, and nothing else", async () => {
    const engine = await opened();
    const written = readings(7, 0, 300);
    expect(await engine.write(written)).toEqual(new Set());
    let kept = keptOf(written);
    expect(await engine.size()).toMatchObject({ rows: kept.length });
    for (const i of [0, 1, 50, 51, 200, 299, 400]) {
      // At a reading, and between two.
      const cutoff = START + i * 5000 + (i % 2) * 2500;
      while (await engine.trim(cutoff));
      kept = needed(kept, cutoff);
      for (const later of [0, 5000, 60_000, 3_600_000]) {
        expect(await storedAt(engine, cutoff + later)).toEqual(boardAt(kept, cutoff + later));
      }
      const distinct = (keys: readonly string[]) => new Set(keys).size;
      expect(await count(engine, "changes")).toBe(kept.length);
      expect(await engine.size()).toMatchObject({
        rows: kept.length,
        oldest: START + Math.min(i, 299) * 5000,
      });
      expect(await count(engine, "readings")).toBe(SPORTS.length * Math.max(1, 300 - i));
      expect(await count(engine, "series")).toBe(distinct(kept.map(({ series }) => series)));
      const ofEvents = kept.map(({ event }) => event).filter((event) => event !== "");
      expect(await count(engine, "events")).toBe(distinct(ofEvents));
      const shapes = kept.flatMap(({ event, value }) => (value ? [`${event} ${value.shape}`] : []));
      expect(await count(engine, "shapes")).toBe(distinct(shapes));
    }
    const more = readings(8, 300, 20);
    expect(await engine.write(more)).toEqual(new Set());
    const moment = START + 400 * 5000;
    expect(await storedAt(engine, moment)).toEqual(boardAt([...kept, ...keptOf(more)], moment));
  });

  it("takes no board apart while its reading is kept", async () => {
    const engine = await opened();
    const written = readings(10, 0, 700);
    await engine.write(written);
    const kept = keptOf(written);
    for (let isMore = true; isMore; ) {
      isMore = await engine.trim(START + 650 * 5000);
      for (const { sport, at, fresh } of await engine.all(OLDEST, [])) {
        const ofSport = (board: Map<string, SeriesChange["value"]>) =>
          [...board].filter(([series]) => (JSON.parse(series) as string[])[0] === sport);
        const moment = Number(at);
        expect(ofSport(await storedAt(engine, moment))).toEqual(ofSport(boardAt(kept, moment)));
        const begun = written.findLast((it) => it.sport === sport && it.isFresh && it.at <= moment);
        expect(fresh).toBe(begun?.at ?? null);
      }
    }
  });

  it("deletes a little at a time", async () => {
    const engine = await opened();
    const written = readings(9, 0, 500);
    await engine.write(written);
    let rows = await count(engine, "changes");
    let calls = 0;
    for (let isMore = true; isMore; calls += 1) {
      isMore = await engine.trim(START + 500 * 5000);
      const left = await count(engine, "changes");
      expect(rows - left).toBeLessThanOrEqual(500);
      rows = left;
    }
    expect(calls).toBeGreaterThan(3);
    expect(rows).toBe(needed(keptOf(written), START + 500 * 5000).length);
  });
}

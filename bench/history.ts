/*
 * What the history costs, and how fast it answers: ten sports of 40 games by 20 bookmakers with three markets, 50 of
 * them changed by each reading, a game replaced every 5 minutes; one transaction for each tick of 5 s.
 *   npx tsx bench/history.ts --rows 1000000 --file /tmp/history.db
 * `--keep` goes on with what is in the file, and leaves it there: a large one can be made in several runs.
 */
import { rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import type { ReadingRecord, SeriesChange, SeriesKey } from "../src/history/records.js";
import { SqliteEngine } from "../src/history/sqlite.js";
import { Random } from "../test/helpers/random.js";

const { values: options } = parseArgs({
  options: {
    rows: { type: "string", default: "1000000" },
    keep: { type: "boolean", default: false },
    file: { type: "string", default: path.join(tmpdir(), "live-odds-bench-history.db") },
  },
});
const ROWS = Number(options.rows);
let start = Date.parse("2026-11-22T00:00:00Z");
const TICK_MS = 5_000;
const SPORTS = 10;
const GAMES = 40;
const BOOKMAKERS = 20;
const MARKETS = ["h2h", "spreads", "totals"];
const CHANGES = 50;
/** So many ticks pass until a game of each sport is replaced. */
const GAME_TICKS = 60;

const print = (line: string) => process.stdout.write(`${line}\n`);
let random = new Random(1);
const hex = () => random.bytes(16).toString("hex");
const NUMBER = "\\u0000";

interface Game {
  readonly id: string;
  readonly home: string;
  readonly away: string;
}

interface SportState {
  readonly key: string;
  readonly games: Game[];
  head: number | null;
}

const newGame = (): Game => ({
  id: hex(),
  home: `Home Team ${random.below(900)}`,
  away: `Away Team ${random.below(900)}`,
});
const price = () => (1.2 + random.below(300) / 100).toFixed(2);

function marketChange(game: Game, bookmaker: number, market: string): SeriesChange {
  const line = random.between(-20, 20) / 2;
  const names = market === "totals" ? ["Over", "Under"] : [game.home, game.away];
  const hasPoint = market !== "h2h";
  const outcomes = names.map(
    (name) => `{"name":"${name}","price":"${NUMBER}"${hasPoint ? `,"point":"${NUMBER}"` : ""}}`,
  );
  return {
    key: [game.id, `bookmaker_${bookmaker}`, market],
    value: {
      shape: `{"outcomes":[${outcomes.join(",")}]}`,
      numbers: hasPoint ? `${price()} ${line} ${price()} ${-line}` : `${price()} ${price()}`,
    },
  };
}

function gameComes(game: Game): SeriesChange[] {
  const text = (key: SeriesKey, shape: string): SeriesChange => ({ key, value: { shape, numbers: "" } });
  const changes = [
    text(
      [game.id, "", ""],
      JSON.stringify({
        sport_key: "americanfootball_nfl",
        commence_time: "2026-11-22T18:00:00Z",
        home_team: game.home,
        away_team: game.away,
        bookmakers: Array.from({ length: BOOKMAKERS }, (_, i) => `bookmaker_${i}`),
      }),
    ),
  ];
  for (let i = 0; i < BOOKMAKERS; i += 1) {
    changes.push(
      text(
        [game.id, `bookmaker_${i}`, ""],
        `{"title":"Bookmaker ${i}","markets":["h2h","spreads","totals"]}`,
      ),
    );
    for (const market of MARKETS) changes.push(marketChange(game, i, market));
  }
  return changes;
}

function gameGoes({ id }: Game): SeriesChange[] {
  const keys: SeriesKey[] = [[id, "", ""]];
  for (let i = 0; i < BOOKMAKERS; i += 1) {
    for (const market of ["", ...MARKETS]) keys.push([id, `bookmaker_${i}`, market]);
  }
  return keys.map((key) => ({ key, value: null }));
}

function nextReading(sport: SportState, tick: number): ReadingRecord {
  const changes: SeriesChange[] = [];
  const isFirst = sport.games.length === 0;
  if (isFirst) {
    for (let i = 0; i < GAMES; i += 1) sport.games.push(newGame());
    for (const game of sport.games) changes.push(...gameComes(game));
  } else {
    const changed = new Set<string>();
    for (let i = 0; i < CHANGES; i += 1) {
      const change = marketChange(random.pick(sport.games), random.below(BOOKMAKERS), random.pick(MARKETS));
      const name = change.key.join();
      if (!changed.has(name)) changes.push(change);
      changed.add(name);
    }
  }
  if (!isFirst && tick % GAME_TICKS === 0) {
    const gone = sport.games.shift();
    const come = newGame();
    const isOf = ({ key: [event] }: SeriesChange) => event === gone?.id;
    const left = changes.filter((change) => !isOf(change));
    changes.splice(0, changes.length, ...left, ...(gone ? gameGoes(gone) : []), ...gameComes(come));
    sport.games.push(come);
  }
  if (isFirst || tick % GAME_TICKS === 0) {
    const shape = JSON.stringify(sport.games.map(({ id }) => id));
    changes.push({ key: ["", "", ""], value: { shape, numbers: "" } });
  }
  const at = start + tick * TICK_MS;
  const record = {
    sport: sport.key,
    at,
    everyMs: TICK_MS,
    follows: sport.head,
    isFresh: isFirst,
    changes,
    gaps: [],
  };
  sport.head = at;
  return record;
}

const cpu = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
const quantile = (times: readonly number[], q: number) =>
  [...times].sort((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * q))] ?? 0;

async function measure(name: string, times: number, work: () => Promise<number>): Promise<void> {
  const taken: number[] = [];
  let rows = 0;
  const before = cpu();
  for (let i = 0; i < times; i += 1) {
    const start = performance.now();
    rows += await work();
    taken.push(performance.now() - start);
  }
  print(
    `${name}: ${Math.round(rows / times)} rows, p50 ${quantile(taken, 0.5).toFixed(1)} ms, p99 ${quantile(taken, 0.99).toFixed(1)} ms, ` +
      `${((cpu() - before) / times).toFixed(1)} ms of CPU`,
  );
}

const { file } = options;
const remove = () => {
  for (const suffix of ["", "-wal"]) rmSync(`${file}${suffix}`, { force: true });
};
if (!options.keep) remove();
const engine = new SqliteEngine(file, "simulated:decimal");
await engine.open();
const sports: SportState[] = Array.from({ length: SPORTS }, (_, i) => ({
  key: `sport_${i}`,
  games: [],
  head: null,
}));

// What goes on with a file has other games than the run before.
random = new Random(1 + (await engine.size()).rows);
for (const sport of sports) {
  const last = await engine.last(sport.key);
  if (!last) continue;
  start = last.at + TICK_MS;
  const gone = last.series.map(({ key }): SeriesChange => ({ key, value: null }));
  const reading = {
    sport: sport.key,
    at: start,
    everyMs: TICK_MS,
    follows: last.at,
    isFresh: false,
    changes: gone,
  };
  await engine.write([{ ...reading, gaps: [] }]);
  sport.head = start;
  start += TICK_MS;
}

let rows = 0;
let tick = 0;
let writing = 0;
const took: number[] = [];
for (; rows < ROWS; tick += 1) {
  const batch = sports.map((sport) => nextReading(sport, tick));
  rows += batch.reduce((sum, { changes }) => sum + changes.length, 0);
  const before = cpu();
  const start = performance.now();
  await engine.write(batch);
  took.push(performance.now() - start);
  writing += cpu() - before;
}
const { bytes, rows: all, oldest } = await engine.size();
print(
  `${rows} rows in ${tick} ticks: ${(bytes / 1e6).toFixed(1)} MB, ${(bytes / all).toFixed(1)} bytes for each of ${all}; ` +
    `${((writing * 1000) / rows).toFixed(1)} us of CPU a row, ${((writing / (tick * TICK_MS)) * 100).toFixed(2)} % of a core at ` +
    `${TICK_MS / 1000} s; a tick's batch p50 ${quantile(took, 0.5).toFixed(1)} ms, p99 ${quantile(took, 0.99).toFixed(1)} ms`,
);

const from = oldest ?? start;
const until = start + (tick - 1) * TICK_MS;
const moment = () => from + random.below(until - from);
const ids = await engine.all("select id from sports order by id", []);
const sportId = () => Number(random.pick(ids).id);

const AT = `select e.key, s.bookmaker, s.market, c.at, c.numbers, c.changed_at, c.shape from events e
  cross join series own on own.event = e.id and own.sport = e.sport and own.bookmaker = '' and own.market = ''
  cross join changes oc on oc.series = own.id
    and oc.at = (select max(at) from changes where series = own.id and at <= ?2)
  cross join series s on s.event = e.id and s.sport = e.sport
  cross join changes c on c.series = s.id and c.at = (select max(at) from changes where series = s.id and at <= ?2)
  where e.sport = ?1 and e.first_seen <= ?2 and oc.shape is not null and c.shape is not null`;
const SHAPES = `select id, text from shapes where id in (select value from json_each(?1))`;
await measure("at: a board of 40 games by 20 bookmakers at a moment", 200, async () => {
  const found = await engine.all(AT, [sportId(), moment()]);
  await engine.all(SHAPES, [JSON.stringify([...new Set(found.map(({ shape }) => shape))])]);
  return found.length;
});
await measure("at, shapes joined", 200, async () => {
  const sql = AT.replace("c.shape from", "sh.text from").replace(
    "where e.sport",
    "join shapes sh on sh.id = c.shape where e.sport",
  );
  return (await engine.all(sql, [sportId(), moment()])).length;
});
const events = await engine.all("select id from events", []);
await measure("history: one series", 500, async () => {
  const sql = `select c.at, c.numbers, c.changed_at, sh.text from series s join changes c on c.series = s.id
    left join shapes sh on sh.id = c.shape
    where s.event = ?1 and s.bookmaker = 'bookmaker_3' and s.market = 'spreads' order by c.at`;
  return (await engine.all(sql, [Number(random.pick(events).id)])).length;
});
await measure("lines: all changes of one game", 200, async () => {
  const sql = `select s.id, c.at, c.numbers, c.shape from series s join changes c on c.series = s.id
    where s.event = ?1 order by s.id, c.at`;
  return (await engine.all(sql, [Number(random.pick(events).id)])).length;
});
await measure(
  "last: a sport's board at start",
  20,
  async () => (await engine.last("sport_3"))?.series.length ?? 0,
);
await measure("size", 20, async () => (await engine.size()).rows);

if (options.keep) {
  await engine.close();
  process.exit();
}
const trims: number[] = [];
const beforeTrim = cpu();
for (let isMore = true; isMore; ) {
  const start = performance.now();
  isMore = await engine.trim(from + (until - from) / 10);
  trims.push(performance.now() - start);
}
print(
  `trim of a tenth: ${trims.length} calls, p50 ${quantile(trims, 0.5).toFixed(1)} ms, p99 ${quantile(trims, 0.99).toFixed(1)} ms, ` +
    `longest ${Math.max(...trims).toFixed(1)} ms, ${((cpu() - beforeTrim) / 1000).toFixed(1)} s of CPU; ${(await engine.size()).rows} rows left`,
);
await engine.close();
print(
  `closed: ${(statSync(file).size / 1e6).toFixed(1)} MB; resident ${(process.memoryUsage().rss / 1e6).toFixed(0)} MB`,
);
remove();

/*
 * What a day of simulated odds takes in the history: ten sports read every 5 s, fast-forwarded, through the recorder
 * into SQLite.
 *   npx tsx bench/history-day.ts --hours 24
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { BoardStore } from "../src/board/store.js";
import { Coverage } from "../src/history/coverage.js";
import { RecordWriter } from "../src/history/record-writer.js";
import { Recorder } from "../src/history/recorder.js";
import { SqliteEngine } from "../src/history/sqlite.js";
import { SimulatedSource } from "../src/sources/simulated/source.js";
import { rememberingLog } from "../test/helpers/start-app.js";

const { values } = parseArgs({ options: { hours: { type: "string", default: "24" } } });
const SPORTS = 10;
const TICK_MS = 5000;
/** So many readings wait at most to be stored. */
const WAITING = 40;

const start = Date.parse("2026-11-22T12:00:00Z");
const ticks = (Number(values.hours) * 3_600_000) / TICK_MS;
let now = start;
const folder = mkdtempSync(path.join(tmpdir(), "live-odds-day-"));
const log = rememberingLog();
const engine = new SqliteEngine(path.join(folder, "history.db"), "simulated:decimal");
const recorder = new Recorder(new Coverage(start), start, TICK_MS, true, log);
const writer = new RecordWriter(
  engine,
  recorder,
  () => now,
  () => true,
  log,
);
recorder.use(writer);
writer.start();

const source = new SimulatedSource({ startedAt: start });
const { sports } = await source.sports(now);
const chosen = sports.filter(({ has_outrights }) => !has_outrights).slice(0, SPORTS);
const boards = new BoardStore("bench", "simulated");
const turn = () => new Promise((resolve) => setTimeout(resolve, 5));
const microseconds = () => process.cpuUsage().user + process.cpuUsage().system;
let [making, readings] = [0, 0];
const began = microseconds();
while (writer.state.status !== "ok") await turn();
for (let tick = 0; tick < ticks; tick += 1) {
  now = start + tick * TICK_MS;
  const before = microseconds();
  const steps = [];
  for (const sport of chosen) {
    const step = boards.draft(sport.key, await source.board(sport, now));
    boards.take(step);
    steps.push(step);
  }
  making += microseconds() - before;
  for (const step of steps) recorder.accepted(step, TICK_MS);
  readings += steps.length;
  while (readings - writer.state.stored.readings - recorder.state.lost > WAITING) await turn();
}
await recorder.close();
await writer.close();
const all = microseconds() - began;

const again = new SqliteEngine(path.join(folder, "history.db"), "simulated:decimal");
await again.open();
const { bytes, rows } = await again.size();
await again.close();
rmSync(folder, { recursive: true });
const seconds = (us: number) => (us / 1e6).toFixed(1);
const share = ((all - making) / 1e6 / (Number(values.hours) * 3600)) * 100;
process.stdout.write(
  `${values.hours} h of ${chosen.length} sports: ${readings} readings, ${rows} rows, ${(bytes / 1e6).toFixed(1)} MB, ` +
    `${(bytes / rows).toFixed(1)} bytes a row; lost ${recorder.state.lost}. CPU: ${seconds(making)} s to simulate, ` +
    `merge and compare the boards, ${seconds(all - making)} s to keep them (${share.toFixed(2)} % of a core)\n`,
);

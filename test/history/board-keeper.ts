import { setImmediate } from "node:timers/promises";
import { BoardStore } from "../../src/board/store.js";
import { Coverage } from "../../src/history/coverage.js";
import { PostgresEngine } from "../../src/history/postgres.js";
import { RecordWriter } from "../../src/history/record-writer.js";
import { Recorder } from "../../src/history/recorder.js";
import { SqliteEngine } from "../../src/history/sqlite.js";
import { numberedBoard } from "../helpers/numbered-boards.js";

/* Keeps the boards from number FIRST on without end, one each 5 s of its own clock, and says so of each: to be killed. */

const { DATABASE_URL, HISTORY_PATH = "", SPORT = "", START, FIRST } = process.env;
const EVERY_MS = 5000;
const SOURCE = "simulated:decimal";

const engine = DATABASE_URL
  ? new PostgresEngine(DATABASE_URL, true, SOURCE)
  : new SqliteEngine(HISTORY_PATH, SOURCE);
let number = Number(FIRST);
const now = () => Number(START) + number * EVERY_MS;
const say = (message: string) => void process.stdout.write(`${message}\n`);
const log = { error: say, warn: say, info: say, debug: say };
const recorder = new Recorder(new Coverage(now()), now(), 2 * EVERY_MS + 1000, true, log);
const writer = new RecordWriter(engine, recorder, now, () => true, log);
recorder.use(writer);
writer.start();
writer.hurry();
const boards = new BoardStore();
for (let read = 1; ; read += 1, number += 1) {
  const step = boards.draft(SPORT, { events: numberedBoard(number), fetchedAt: now() });
  boards.take(step);
  recorder.accepted(step, EVERY_MS);
  say(`read ${number}`);
  // A few are always on their way.
  do await setImmediate();
  while (read - writer.state.stored.readings - recorder.state.lost > 10);
}

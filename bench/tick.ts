/*
 * The fixed cost of a tick: a server's CPU with one client (delta, full), beside the floor, which is a process that only
 * fetches the same boards and parses them. Boards are the recorded ones where they are, else made up ones of that size.
 *
 *   npm run build && npx tsx bench/tick.ts [--ticks 120] [--rounds 3] [--tick 250] [--kb 310] [--sports 1] [--only delta]
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { io } from "socket.io-client";
import { TEST_KEY } from "../test/helpers/fake-odds-api.js";
import { generated, recorded } from "./fan-out/boards.js";
import { cpuMicros } from "./fan-out/child.js";
import { median, pause } from "./fan-out/shapes.js";
import { print } from "./fan-out/table.js";
import { Upstream } from "./fan-out/upstream.js";

const { values } = parseArgs({
  options: {
    ticks: { type: "string", default: "120" },
    rounds: { type: "string", default: "3" },
    tick: { type: "string", default: "250" },
    /** Made up boards of this size in KB, instead of the recorded ones. */
    kb: { type: "string" },
    sports: { type: "string", default: "1" },
    only: { type: "string" },
  },
});
const TICKS = Number(values.ticks);
const TICK_MS = Number(values.tick);
const WARM_UP = 80;

const root = path.resolve(import.meta.dirname, "..");
const made = values.kb === undefined ? recorded(print) : undefined;
const kind = made ?? generated(Number(values.kb ?? "310") * 1000, 0.01);
const sports = Array.from({ length: Number(values.sports) }, (_, i) =>
  i === 0 ? kind.sport : `${kind.sport}_${i}`,
);
const upstream = await Upstream.start(new Map(sports.map((sport) => [sport, kind.begin()])));

/** What any server of these boards must do: read them, and know what is in them. */
const FLOOR = `
  const [api, key, every, ...sports] = process.argv.slice(1);
  process.stdout.write("{\\"port\\":0}\\n");
  setInterval(async () => {
    for (const sport of sports) {
      const answer = await fetch(api + "/v4/sports/" + sport + "/odds?apiKey=" + encodeURIComponent(key));
      globalThis.board = JSON.parse(await answer.text());
    }
  }, Number(every));`;

async function listening(child: ChildProcess): Promise<number> {
  if (!child.stdout) throw new Error("no output");
  for await (const line of createInterface({ input: child.stdout })) {
    const { port } = JSON.parse(line) as { port?: number };
    if (port === undefined) continue;
    child.stdout.resume();
    return port;
  }
  throw new Error("It ended before it listened.");
}

/** CPU a tick, in ms, of a process that is warm. */
async function measured(child: ChildProcess): Promise<number> {
  await pause(WARM_UP * TICK_MS);
  const before = cpuMicros(child.pid ?? 0);
  await pause(TICKS * TICK_MS);
  const spent = cpuMicros(child.pid ?? 0) - before;
  child.kill();
  await once(child, "exit");
  return spent / 1000 / TICKS;
}

async function floor(): Promise<number> {
  const child = spawn(
    process.execPath,
    ["-e", FLOOR, upstream.api.url, TEST_KEY, String(TICK_MS), ...sports],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  await listening(child);
  return measured(child);
}

async function ours(updates: "full" | "delta"): Promise<number> {
  const child = spawn(process.execPath, [path.join(root, "dist/index.js")], {
    cwd: "/",
    env: {
      PATH: process.env.PATH,
      PORT: "0",
      HOST: "127.0.0.1",
      HISTORY: "off",
      LOG_LEVEL: "warn",
      THE_ODDS_API_KEY: TEST_KEY,
      ODDS_API_BASE_URL: upstream.api.url,
      ODDS_POLL_INTERVAL_MS: String(TICK_MS),
      ODDS_CACHE_TTL_MS: String(TICK_MS),
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const port = await listening(child);
  const socket = io(`http://127.0.0.1:${port}/odds`, { transports: ["websocket"], forceNew: true });
  socket.on("connect", () => {
    for (const sport of sports) socket.emit("subscribe", { sport, updates });
  });
  let boards = 0;
  socket.on("odds_update", () => {
    boards += 1;
  });
  socket.on("odds_delta", () => {
    boards += 1;
  });
  const spent = await measured(child);
  socket.close();
  if (boards < (TICKS * sports.length) / 2) throw new Error(`Only ${boards} boards came.`);
  return spent;
}

const results: Record<string, number[]> = {};
for (let round = 0; round < Number(values.rounds); round += 1) {
  for (const [name, run] of Object.entries({
    floor,
    delta: () => ours("delta"),
    full: () => ours("full"),
  })) {
    if (values.only !== undefined && name !== "floor" && name !== values.only) continue;
    results[name] = [...(results[name] ?? []), await run()];
  }
}
const base = median(results.floor ?? []);
for (const [name, all] of Object.entries(results)) {
  const ms = median(all);
  const each = all.map((one) => one.toFixed(1)).join(", ");
  print(`${name}: ${ms.toFixed(1)} ms of CPU a tick (${each}), ${(ms / base).toFixed(2)} times the floor`);
}
await upstream.api.close();

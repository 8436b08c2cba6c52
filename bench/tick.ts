/*
 * The fixed cost of a tick: a server's CPU with one client (delta, full), beside the floor, which is a process that only
 * fetches the same boards and parses them. All run at the same time, each with an upstream of its own, so that whatever
 * else the machine does strikes all alike, and each in its own third of a tick: two cores may be one, and share its time.
 * A V8 that runs four ticks a second takes minutes to have all of it optimized.
 * Boards are the recorded ones where they are, else made up ones of that size.
 *
 *   npm run build && npx tsx bench/tick.ts [--warm-up 480] [--ticks 120] [--rounds 5] [--tick 250] [--kb 310] [--sports 1] [--only delta]
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
    "warm-up": { type: "string", default: "480" },
    ticks: { type: "string", default: "120" },
    rounds: { type: "string", default: "5" },
    tick: { type: "string", default: "250" },
    /** Made up boards of this size in KB, instead of the recorded ones. */
    kb: { type: "string" },
    sports: { type: "string", default: "1" },
    only: { type: "string" },
  },
});
const TICKS = Number(values.ticks);
const TICK_MS = Number(values.tick);

const root = path.resolve(import.meta.dirname, "..");
const made = values.kb === undefined ? recorded(print) : undefined;
const kind = made ?? generated(Number(values.kb ?? "310") * 1000, 0.01);
const sports = Array.from({ length: Number(values.sports) }, (_, i) =>
  i === 0 ? kind.sport : `${kind.sport}_${i}`,
);
const startUpstream = () => Upstream.start(new Map(sports.map((sport) => [sport, kind.begin()])));

/** A process that is measured, and how it ends. */
interface Measured {
  readonly child: ChildProcess;
  /** How many boards it has sent. */
  boards(): number;
  close(): Promise<void>;
}

/** What any server of these boards must do: read them, and know what is in them. */
const FLOOR = `
  const [api, key, every, ...sports] = process.argv.slice(1);
  process.stdout.write("{\\"port\\":0}\\n");
  const read = async () => {
    for (const sport of sports) {
      const answer = await fetch(api + "/v4/sports/" + sport + "/odds?apiKey=" + encodeURIComponent(key));
      globalThis.board = JSON.parse(await answer.text());
    }
  };
  setTimeout(() => setInterval(read, Number(every)), every - (Date.now() % every));`;

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

async function floor(): Promise<Measured> {
  const { api } = await startUpstream();
  const child = spawn(process.execPath, ["-e", FLOOR, api.url, TEST_KEY, String(TICK_MS), ...sports], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await listening(child);
  return { child, boards: () => 0, close: () => api.close() };
}

/** Waits for its third of a tick: ticks go by the first subscription. */
const turn = (third: number) =>
  pause((((third * TICK_MS) / 3 - (Date.now() % TICK_MS) + TICK_MS) % TICK_MS) + TICK_MS);

async function ours(updates: "full" | "delta"): Promise<Measured> {
  const { api } = await startUpstream();
  const child = spawn(process.execPath, [path.join(root, "dist/index.js")], {
    cwd: "/",
    env: {
      PATH: process.env.PATH,
      PORT: "0",
      HOST: "127.0.0.1",
      HISTORY: "off",
      LOG_LEVEL: "warn",
      THE_ODDS_API_KEY: TEST_KEY,
      ODDS_API_BASE_URL: api.url,
      ODDS_POLL_INTERVAL_MS: String(TICK_MS),
      ODDS_CACHE_TTL_MS: String(TICK_MS),
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const port = await listening(child);
  const socket = io(`http://127.0.0.1:${port}/odds`, { transports: ["websocket"], forceNew: true });
  await new Promise<void>((resolve) => socket.once("connect", resolve));
  await turn(updates === "delta" ? 1 : 2);
  let boards = 0;
  for (const event of ["odds_update", "odds_delta"]) {
    socket.on(event, () => {
      boards += 1;
    });
  }
  for (const sport of sports) socket.emit("subscribe", { sport, updates });
  const close = async () => {
    socket.close();
    await api.close();
  };
  return { child, boards: () => boards, close };
}

const cases = { floor, delta: () => ours("delta"), full: () => ours("full") };
const running = new Map<string, Measured & { readonly spent: number[] }>();
for (const [name, start] of Object.entries(cases)) {
  if (values.only !== undefined && name !== "floor" && name !== values.only) continue;
  running.set(name, { ...(await start()), spent: [] });
}
await pause(Number(values["warm-up"]) * TICK_MS);
const begun = [...running.values()].map(({ boards }) => boards());
for (let round = 0; round < Number(values.rounds); round += 1) {
  const before = [...running.values()].map(({ child }) => cpuMicros(child.pid ?? 0));
  await pause(TICKS * TICK_MS);
  for (const [i, { child, spent }] of [...running.values()].entries()) {
    spent.push((cpuMicros(child.pid ?? 0) - (before[i] ?? 0)) / 1000 / TICKS);
  }
}
const wanted = (TICKS * Number(values.rounds) * sports.length) / 2;
const base = median(running.get("floor")?.spent ?? []);
for (const [i, [name, { child, spent, boards, close }]] of [...running].entries()) {
  if (name !== "floor" && boards() - (begun[i] ?? 0) < wanted)
    throw new Error(`Too few boards came: ${boards()}.`);
  child.kill();
  await once(child, "exit");
  await close();
  const ms = median(spent);
  const each = spent.map((one) => one.toFixed(1)).join(", ");
  print(`${name}: ${ms.toFixed(1)} ms of CPU a tick (${each}), ${(ms / base).toFixed(2)} times the floor`);
}

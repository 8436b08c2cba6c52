/*
 * What one hostile connection costs 500 others: each kind for a while beside them, each at a server of its own, and a
 * run without any. Prints, for each, the longest that a good client waited for a tick, the slowest answer of /health,
 * and what the server held at most and after.
 *
 *   npx tsx bench/hostile.ts [--seconds 60] [--good 500] [--only "pings, never read"]
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { WebSocket } from "ws";
import { bigBoard } from "../test/helpers/big-board.js";
import { sport, startFakeOddsApi, TEST_KEY } from "../test/helpers/fake-odds-api.js";
import { livelyBoard } from "../test/helpers/lively-boards.js";
import { vitals } from "../test/helpers/vitals.js";

const KINDS = [
  "pings, never read",
  "unknown namespaces, never read",
  "events in the default namespace",
  "in and out of /odds",
  "4,000 joins in one write",
  "compressed subscriptions",
  "refused upgrades, more bytes behind",
  "many different since",
  "a slow reader of big boards",
  "polls posted, none read",
  "bombs: 16 KB that inflate to 16 MB",
];
const NOBODY = "(nobody)";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    good: { type: "string", default: "500" },
    only: { type: "string" },
  },
});
const SECONDS = Number(values.seconds);
const GOOD = Number(values.good);
const TICK_MS = 500;
const WARM_UP_MS = 5000;
const CALM_MS = 3000;
const SAMPLE_MS = 250;
const here = import.meta.dirname;

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const say = (line: string) => process.stdout.write(`${line}\n`);

function run(script: string, args: readonly string[], env: Record<string, string> = {}): ChildProcess {
  const command = ["--import", import.meta.resolve("tsx"), path.resolve(here, script), ...args];
  return spawn(process.execPath, command, {
    env: { PATH: process.env.PATH, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
}

/** Calls `hear` with each line that a process prints. */
function eachLine(child: ChildProcess, hear: (line: string) => void): void {
  if (child.stdout) createInterface({ input: child.stdout }).on("line", hear);
}

/** When a good client heard last, and the longest it waited since `reset`, in ms. */
class Waits {
  private readonly last: number[] = [];
  longest = 0;
  ticks = 0;
  lost = 0;

  hear(client: number): void {
    const now = performance.now();
    this.longest = Math.max(this.longest, now - (this.last[client] ?? now));
    this.last[client] = now;
    this.ticks += 1;
  }

  reset(): void {
    this.longest = 0;
    this.ticks = 0;
  }

  /** Takes in those that wait right now. */
  end(): void {
    const now = performance.now();
    for (const heard of this.last) this.longest = Math.max(this.longest, now - heard);
  }
}

/** A client that reads as fast as it can: at either transport, whole boards or deltas. */
async function good(port: number, number: number, waits: Waits): Promise<WebSocket> {
  const plain = number % 2 === 0;
  const message = { type: "subscribe", sport: "small", updates: number % 4 < 2 ? "delta" : "full" };
  const at = plain ? "/odds" : "/socket.io/?EIO=4&transport=websocket";
  const socket = new WebSocket(`ws://127.0.0.1:${port}${at}`, { perMessageDeflate: false });
  socket.on("message", (frame: Buffer) => {
    const head = frame.toString("latin1", 0, 60);
    if (head.includes('"odds_update"') || head.includes('"odds_delta"')) waits.hear(number);
    else if (head === "2") socket.send("3");
    else if (head.startsWith("0")) socket.send("40/odds,");
    else if (head.startsWith("40/odds,")) socket.send(`42/odds,${JSON.stringify(["message", message])}`);
  });
  socket.on("error", () => {});
  socket.on("close", () => {
    waits.lost += 1;
  });
  await once(socket, "open");
  if (plain) socket.send(JSON.stringify(message));
  return socket;
}

/** The longest that /health took to answer, in ms; Infinity where it did not. */
async function probe(port: number): Promise<number> {
  const began = performance.now();
  try {
    await (await fetch(`http://127.0.0.1:${port}/health`, { signal: AbortSignal.timeout(10_000) })).text();
    return performance.now() - began;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

async function measure(kind: string, apiUrl: string): Promise<string> {
  const server = run("../src/index.ts", [], {
    HISTORY: "off",
    PORT: "0",
    HOST: "127.0.0.1",
    THE_ODDS_API_KEY: TEST_KEY,
    ODDS_API_BASE_URL: apiUrl,
    ODDS_PACING: "off",
    ODDS_POLL_INTERVAL_MS: String(TICK_MS),
    ODDS_CACHE_TTL_MS: String(TICK_MS),
    MAX_CONNECTIONS_PER_IP: String(GOOD + 100),
  });
  let lastError = "";
  const port = await new Promise<number>((resolve, reject) => {
    server.once("exit", () => reject(new Error("The server did not start.")));
    eachLine(server, (line) => {
      const found = /Listening on port (\d+)/.exec(line);
      if (found) resolve(Number(found[1]));
      if (line.includes('"level":"error"')) lastError = line;
    });
  });
  const isDead = () => server.exitCode !== null || server.signalCode !== null;
  const waits = new Waits();
  const clients: WebSocket[] = [];
  for (let i = 0; i < GOOD; i += 1) clients.push(await good(port, i, waits));
  await pause(WARM_UP_MS);

  const pid = server.pid ?? 0;
  const before = vitals(pid);
  waits.reset();
  const hostile = kind === NOBODY ? undefined : run("hostile-client.ts", [kind, String(port)]);
  let did = { cuts: 0, sent: 0 };
  if (hostile) eachLine(hostile, (line) => Object.assign(did, JSON.parse(line)));
  const most = { ...before };
  let health = 0;
  const until = performance.now() + SECONDS * 1000;
  while (performance.now() < until && !isDead()) {
    const asked = performance.now();
    health = Math.max(health, await probe(port));
    if (isDead()) break;
    const now = vitals(pid);
    most.rssMb = Math.max(most.rssMb, now.rssMb);
    most.descriptors = Math.max(most.descriptors, now.descriptors);
    await pause(SAMPLE_MS - (performance.now() - asked));
  }
  waits.end();
  const { longest, lost } = waits;
  did = { ...did };
  hostile?.kill("SIGKILL");
  await pause(CALM_MS);
  const after = isDead() ? undefined : vitals(pid);
  for (const client of clients) client.terminate();
  server.kill("SIGKILL");
  const mb = (of: number) => of.toFixed(0);
  const cells = [
    kind.padEnd(36),
    longest.toFixed(0).padStart(7),
    (Number.isFinite(health) ? health.toFixed(0) : "none").padStart(7),
    String(lost).padStart(6),
    `${mb(before.rssMb)}/${mb(most.rssMb)}/${after ? mb(after.rssMb) : "-"}`.padStart(13),
    `${before.descriptors}/${most.descriptors}/${after?.descriptors ?? "-"}`.padStart(13),
    String(did.cuts).padStart(7),
    (did.sent / 1e6).toFixed(1).padStart(8),
  ];
  return cells.join(" ") + (after ? "" : `  DEAD: ${lastError}`);
}

const boards = { small: [], big: [] };
const api = await startFakeOddsApi(
  boards,
  Object.keys(boards).map((key) => sport(key)),
);
let step = 0;
api.board = (request) => {
  step += 1;
  api.boards.set("small", livelyBoard("small", step));
  if (request.url?.includes("/big/")) api.boards.set("big", bigBoard(step));
  return false;
};
say(
  `${GOOD} good clients, a tick of ${TICK_MS} ms, ${SECONDS} s each; before/most/after where there are three`,
);
say(
  "hostile                               gap ms  health   lost        RSS MB   descriptors    cuts  sent MB",
);
const kinds = values.only === undefined ? [NOBODY, ...KINDS] : [NOBODY, values.only];
for (const kind of kinds) say(await measure(kind, api.url));
await api.close();
process.exit(0);

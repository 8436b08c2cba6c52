/*
 * What the page costs a browser: a board of so many games by bookmakers by three markets, of which a share of the prices
 * moves at each tick, in Chromium; beside it the same page drawing everything anew. Prints the main thread's share of a
 * core, its longest task, layout and script, and how the heap, the page's nodes and its listeners grow over the minutes.
 *
 *   npm run build && npx tsx bench/page.ts [--games 40] [--bookmakers 20] [--moving 0.1] [--tick 1000] [--minutes 1]
 *     [--market h2h] [--only ours]
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import type { CDPSession } from "playwright-core";
import { build, type Plugin } from "vite";
import { pageConfig } from "../deploy/page.mjs";
import type { OddsEvent } from "../src/board/model.js";
import { launchChromium } from "../test/helpers/browser.js";
import { startFakeOddsApi, TEST_KEY } from "../test/helpers/fake-odds-api.js";
import { startPageBeside } from "./page-beside.js";

const { values } = parseArgs({
  options: {
    games: { type: "string", default: "40" },
    bookmakers: { type: "string", default: "20" },
    moving: { type: "string", default: "0.1" },
    tick: { type: "string", default: "1000" },
    minutes: { type: "string", default: "1" },
    market: { type: "string", default: "h2h" },
    only: { type: "string" },
  },
});
const GAMES = Number(values.games);
const BOOKMAKERS = Number(values.bookmakers);
const MOVING = Number(values.moving);
const TICK_MS = Number(values.tick);
const MINUTES = Number(values.minutes);
const SPORT = "americanfootball_nfl";
/** A slice of this length (s) is traced: every task of the main thread. */
const TRACED_S = 15;

const root = path.resolve(import.meta.dirname, "..");
const say = (line: string) => process.stdout.write(`${line}\n`);
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** The board at a step: every price moves at one step in so many, each at its own. */
function boardAt(step: number): OddsEvent[] {
  const read = new Date().toISOString();
  const every = Math.round(1 / MOVING);
  const price = (seed: number) => {
    const moves = Math.floor((step + (seed % every)) / every);
    return Math.round((1.5 + (seed % 50) / 100 + ((moves * 7) % 10) / 100) * 100) / 100;
  };
  return Array.from({ length: GAMES }, (_, game) => ({
    id: game.toString(16).padStart(32, "0"),
    sport_key: SPORT,
    sport_title: "NFL",
    commence_time: new Date(Date.UTC(2027, 0, 1, game)).toISOString().replace(".000", ""),
    home_team: `Home ${game}`,
    away_team: `Away ${game}`,
    bookmakers: Array.from({ length: BOOKMAKERS }, (_, book) => ({
      key: `bookmaker${book}`,
      title: `Bookmaker ${book}`,
      last_update: read,
      markets: ["h2h", "spreads", "totals"].map((key, market) => ({
        key,
        last_update: read,
        outcomes: ["a", "b"].map((side, place) => ({
          name: key === "totals" ? ["Over", "Under"][place] : `${side === "a" ? "Home" : "Away"} ${game}`,
          // A hash of its place: which prices move together looks like chance.
          price: price((game * 7919 + book * 104_729 + market * 1_299_709 + place * 15_485_863) >>> 3),
          ...(key === "h2h" ? {} : { point: key === "totals" ? 44.5 : place === 0 ? -3.5 : 3.5 }),
        })),
      })),
    })),
  })) as OddsEvent[];
}

/** A page that keeps nothing: every row is made anew at each tick, as a page would that sets its table's HTML. */
const drawEverythingAnew: Plugin = {
  name: "draw-everything-anew",
  transform(code, id) {
    if (!id.endsWith("board-table.tsx")) return undefined;
    const changed = code.replace("key={event.id}", "key={event.id + board.timestamp}");
    if (changed === code)
      throw new Error("board-table.tsx has no rows by event.id any more: mend this bench");
    return changed;
  },
  enforce: "pre",
};

interface Measured {
  readonly busy: number;
  readonly longestMs: number;
  readonly longestWaitedMs: number;
  readonly scriptMs: number;
  readonly layoutMs: number;
  readonly heap: readonly number[];
  readonly nodes: readonly number[];
  readonly listeners: readonly number[];
}

async function measure(url: string): Promise<Measured> {
  const browser = await launchChromium();
  const page = await browser.newPage({ viewport: { width: 1920, height: 1080 } });
  await page.goto(`${url}/?sport=${SPORT}&market=${values.market}`);
  await page.waitForSelector("td[data-bookmaker] .price");
  await pause(5000);
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("Performance.enable");
  const traced = await trace(cdp);
  const heap: number[] = [];
  const nodes: number[] = [];
  const listeners: number[] = [];
  const before = await metrics(cdp);
  const began = performance.now();
  for (let minute = 0; minute <= MINUTES; minute++) {
    if (minute > 0) await pause(60_000);
    // Of the page itself: what waits to be collected is no growth.
    await cdp.send("HeapProfiler.collectGarbage");
    const now = await metrics(cdp);
    heap.push(Math.round((now.JSHeapUsedSize ?? 0) / 1e5) / 10);
    nodes.push(now.Nodes ?? 0);
    listeners.push(now.JSEventListeners ?? 0);
  }
  const after = await metrics(cdp);
  const seconds = (performance.now() - began) / 1000;
  const each = (name: string) =>
    Math.round((((after[name] ?? 0) - (before[name] ?? 0)) * 1e6) / ((seconds * 1000) / TICK_MS)) / 1000;
  await browser.close();
  return {
    ...traced,
    scriptMs: each("ScriptDuration"),
    layoutMs: Math.round((each("LayoutDuration") + each("RecalcStyleDuration")) * 1000) / 1000,
    heap,
    nodes,
    listeners,
  };
}

async function metrics(cdp: CDPSession): Promise<Record<string, number>> {
  const { metrics } = await cdp.send("Performance.getMetrics");
  return Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
}

interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  /** How long it took, and how much CPU, in µs. */
  readonly dur?: number;
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

/**
 * All tasks of the page's main thread for a while: their share of a core, and the longest, by CPU time: server, fake API
 * and the drawing of pixels want the same cores. And the longest by the clock.
 */
async function trace(cdp: CDPSession): Promise<Pick<Measured, "busy" | "longestMs" | "longestWaitedMs">> {
  const events: TraceEvent[] = [];
  cdp.on("Tracing.dataCollected", ({ value }) => events.push(...(value as unknown as TraceEvent[])));
  await cdp.send("Tracing.start", {
    traceConfig: { includedCategories: ["toplevel", "devtools.timeline", "__metadata"] },
    transferMode: "ReportEvents",
  });
  await pause(TRACED_S * 1000);
  const complete = new Promise((resolve) => cdp.once("Tracing.tracingComplete", resolve));
  await cdp.send("Tracing.end");
  await complete;
  const mains = events
    .filter(({ name, args }) => name === "thread_name" && args?.name === "CrRendererMain")
    .map(({ pid, tid }) => `${pid} ${tid}`);
  const tasks = new Map<string, TraceEvent[]>();
  for (const event of events) {
    const { name, pid, tid } = event;
    const thread = `${pid} ${tid}`;
    if (/RunTask$/.test(name) && mains.includes(thread))
      tasks.set(thread, [...(tasks.get(thread) ?? []), event]);
  }
  const cpuOf = (all: readonly TraceEvent[]) => all.map(({ tdur = 0 }) => tdur / 1000);
  // Chromium keeps a spare renderer: the page's is the busy one.
  const [most = []] = [...tasks.values()].sort((one, other) => sum(cpuOf(other)) - sum(cpuOf(one)));
  const tenths = (value: number) => Math.round(value * 10) / 10;
  return {
    busy: tenths(sum(cpuOf(most)) / (TRACED_S * 10)),
    longestMs: tenths(Math.max(0, ...cpuOf(most))),
    longestWaitedMs: tenths(Math.max(0, ...most.map(({ dur = 0 }) => dur / 1000))),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

async function startServer(api: string): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, [path.join(root, "dist/index.js")], {
    cwd: os.tmpdir(),
    env: {
      PATH: process.env.PATH,
      PORT: "0",
      HOST: "127.0.0.1",
      HISTORY: "off",
      THE_ODDS_API_KEY: TEST_KEY,
      ODDS_API_BASE_URL: api,
      ODDS_POLL_INTERVAL_MS: String(TICK_MS),
      ODDS_CACHE_TTL_MS: String(TICK_MS),
      RATE_LIMIT_MAX: "100000",
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (!child.stdout) throw new Error("no output");
  for await (const line of createInterface({ input: child.stdout })) {
    const { port } = JSON.parse(line) as { port?: number };
    if (port !== undefined) {
      child.stdout.resume();
      return { child, url: `http://127.0.0.1:${port}` };
    }
  }
  throw new Error("The server ended before it listened.");
}

const api = await startFakeOddsApi({ [SPORT]: boardAt(0) });
let step = 0;
const moving = setInterval(() => api.boards.set(SPORT, boardAt(++step)), TICK_MS);
const { child, url } = await startServer(api.url);
const folder = mkdtempSync(path.join(os.tmpdir(), "page-bench-"));
try {
  say(
    `${GAMES} games by ${BOOKMAKERS} bookmakers, ${MOVING * 100} % of prices moving each ${TICK_MS} ms, ${MINUTES} min`,
  );
  const told = (name: string, it: Measured) =>
    say(
      `${name}: main thread busy ${it.busy} %, longest task ${it.longestMs} ms (${it.longestWaitedMs} by the clock); a tick: script ${it.scriptMs} ms, ` +
        `style and layout ${it.layoutMs} ms; each minute: heap ${it.heap.join(", ")} MB, ` +
        `nodes ${it.nodes.join(", ")}, listeners ${it.listeners.join(", ")}`,
    );
  for (const [name, plugins] of [
    ["ours", []],
    ["everything anew", [drawEverythingAnew]],
  ] as const) {
    if (values.only !== undefined && values.only !== name) continue;
    await build({ ...pageConfig(folder), plugins: [...plugins] });
    const beside = await startPageBeside(folder, url);
    told(name, await measure(beside.url));
    beside.close();
  }
} finally {
  clearInterval(moving);
  rmSync(folder, { recursive: true });
  child.kill();
  await once(child, "exit");
  await api.close();
}

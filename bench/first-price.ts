/*
 * How soon a page shows the first price of a game on a slow line: 1 Mbit/s, and 200 ms there and back. A page in Chromium
 * loads the client library from the server and subscribes to the whole board, or to a view of one game. Prints the time
 * from the beginning of the navigation until the price is painted, and what had come down the line till then: medians of
 * several, in turns, each with an empty cache; as the client goes by default (it begins with polling), and with WebSocket
 * only. A board that comes by a poll comes uncompressed: the largest figure of bytes would tell.
 *
 * The line is a proxy of its own (slow-line.ts). Chromium's emulation of slow networks (156, by the DevTools protocol)
 * gives WebSockets no latency, and 12 ms a KB where 8 are asked for.
 *
 *   npm run build && npx tsx bench/first-price.ts [--times 7] [--mbit 1] [--rtt 200]
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import type { Browser } from "playwright-core";
import { launchChromium } from "../test/helpers/browser.js";
import { generated, type Kind, recorded } from "./fan-out/boards.js";
import { Load } from "./fan-out/load-process.js";
import { startServer } from "./fan-out/servers.js";
import { median } from "./fan-out/shapes.js";
import { machine, print } from "./fan-out/table.js";
import { Upstream } from "./fan-out/upstream.js";
import { startPageBeside } from "./page-beside.js";
import { openSlowLine, type SlowLine } from "./slow-line.js";

const { values } = parseArgs({
  options: {
    times: { type: "string", default: "7" },
    mbit: { type: "string", default: "1" },
    rtt: { type: "string", default: "200" },
  },
});
const SLOWNESS = { bytesPerSecond: (Number(values.mbit) * 1e6) / 8, delayMs: Number(values.rtt) / 2 };
/** As the server has it by default. */
const TICK_MS = 5000;

const PAGE = `<!doctype html>
<title>First price</title>
<link rel="icon" href="data:,">
<p></p>
<script type="module">
  import { connectOdds } from "/client.js";
  const { sport, game, isView, options } = JSON.parse(new URL(location).searchParams.get("asked"));
  const odds = connectOdds(location.origin, options);
  odds.subscribe(sport, ({ board }) => {
    const event = board?.odds.find(({ id }) => id === game);
    const price = event?.bookmakers[0]?.markets[0]?.outcomes[0]?.price;
    if (price === undefined || globalThis.shown !== undefined) return;
    document.querySelector("p").textContent = price;
    // What a task does that begins after the next frame was made is done when it is on the screen.
    requestAnimationFrame(() => setTimeout(() => {
      globalThis.shown ??= performance.now();
    }));
  }, isView ? { only: { events: [game] } } : {});
</script>`;

/** How a page asks. */
interface Asking {
  readonly name: string;
  readonly isView: boolean;
  /** The client's. */
  readonly options: { readonly transports?: readonly string[] };
}

const ASKING: readonly Asking[] = [{}, { transports: ["websocket"] }].flatMap((options) =>
  [false, true].map((isView) => ({
    name: `${isView ? "a view of one game" : "the whole board"}, ${options.transports ? "WebSocket only" : "by default"}`,
    isView,
    options,
  })),
);

interface Shown {
  readonly ms: number;
  readonly bytes: number;
}

async function open(browser: Browser, line: SlowLine, asked: object): Promise<Shown> {
  const context = await browser.newContext();
  const page = await context.newPage();
  const before = line.bytesDown;
  await page.goto(`http://127.0.0.1:${line.port}/?asked=${encodeURIComponent(JSON.stringify(asked))}`);
  const handle = await page.waitForFunction("globalThis.shown", undefined, { timeout: 60_000 });
  const bytes = line.bytesDown - before;
  const ms = Number(await handle.jsonValue());
  await context.close();
  return { ms, bytes };
}

/** Measures all ways to ask for a board, and prints them as Markdown. */
async function measure(browser: Browser, kind: Kind, folder: string): Promise<void> {
  const { sport } = kind;
  const [first] = kind
    .begin()()
    .filter(({ bookmakers }) => bookmakers[0]?.markets[0]?.outcomes[0]);
  const upstream = await Upstream.start(new Map([[sport, kind.begin()]]));
  const script = path.resolve(import.meta.dirname, "../dist/index.js");
  const server = await startServer("ours", { script, upstream, sports: [sport], tickMs: TICK_MS });
  // Somebody watches already: the board is there.
  const load = new Load();
  await load.connect({ wire: "ws", updates: "delta", offer: null, sports: [sport], port: server.port }, 1, 1);
  const beside = await startPageBeside(folder, `http://127.0.0.1:${server.port}`);
  const line = await openSlowLine(Number(new URL(beside.url).port), SLOWNESS);
  const results = new Map<Asking, Shown[]>(ASKING.map((asking) => [asking, []]));
  for (let time = 0; time < Number(values.times); time += 1) {
    for (const [{ isView, options }, all] of results) {
      all.push(await open(browser, line, { sport, game: first?.id, isView, options }));
    }
  }
  print(`\n**${kind.name}**\n`);
  print("| the page has | first price after, ms | view : whole | bytes till then | view : whole |");
  print("| --- | --- | --- | --- | --- |");
  let whole = { ms: 0, bytes: 0 };
  for (const [{ name, isView }, all] of results) {
    const told = (figures: readonly number[]) =>
      `${rounded(median(figures))} (${rounded(Math.min(...figures))} to ${rounded(Math.max(...figures))})`;
    const [times, sizes] = [all.map(({ ms }) => ms), all.map(({ bytes }) => bytes)];
    const [ms, bytes] = [median(times), median(sizes)];
    if (!isView) whole = { ms, bytes };
    const ratio = (of: "ms" | "bytes", ours: number) => (isView ? (ours / whole[of]).toFixed(2) : "");
    print(`| ${name} | ${told(times)} | ${ratio("ms", ms)} | ${told(sizes)} | ${ratio("bytes", bytes)} |`);
  }
  line.close();
  beside.close();
  await load.hangUp();
  await server.stop();
  await upstream.api.close();
}

const rounded = (figure: number) => Math.round(figure).toLocaleString("en");

const folder = mkdtempSync(path.join(os.tmpdir(), "first-price-"));
writeFileSync(path.join(folder, "index.html"), PAGE);
const browser = await launchChromium();
try {
  print(machine());
  print(`\n${values.mbit} Mbit/s, ${values.rtt} ms there and back; medians of ${values.times}`);
  for (const kind of [recorded(print), generated(400_000, 0.01)]) {
    if (kind) await measure(browser, kind, folder);
  }
} finally {
  await browser.close();
  rmSync(folder, { recursive: true });
}
process.exit(0);

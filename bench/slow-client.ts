/*
 * What a client that stops reading costs a server with 200 that read: boards of 300 KB, a tick of 100 ms, one price
 * in a hundred moving at each. Without and with slow clients in one run, so that the ratios hold on any machine.
 *
 *   npx tsx bench/slow-client.ts [--minutes 5]
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import path from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { WebSocket } from "ws";
import { bigBoard } from "../test/helpers/big-board.js";
import { sport, startFakeOddsApi, TEST_KEY } from "../test/helpers/fake-odds-api.js";

const { values } = parseArgs({ options: { minutes: { type: "string", default: "1" } } });
/** How long the slow ones are slow. */
const FROZEN_MS = Number(values.minutes) * 60_000;
/** The server's recent steps (500) must be full, or its growth would be taken for the slow clients'. */
const WARM_UP_MS = 60_000;
const WITHOUT_MS = Math.min(60_000, FROZEN_MS / 2);
const SPORT = "americanfootball_nfl";
const TICK_MS = 100;
const POLL_MS = 10_000;
const MEMORY_SAMPLES = 15;
/** 200 that read. Full boards for all would be 600 MB a second. */
const READERS = [
  { transport: "plain", updates: "delta", count: 95 },
  { transport: "Socket.IO", updates: "delta", count: 95 },
  { transport: "plain", updates: "full", count: 5 },
  { transport: "Socket.IO", updates: "full", count: 5 },
] as const;
type Transport = (typeof READERS)[number]["transport"];

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const say = (line: string) => process.stdout.write(`${line}\n`);
const now = () => performance.timeOrigin + performance.now();
const quantile = (sorted: readonly number[], q: number) => sorted[Math.floor((sorted.length - 1) * q)] ?? 0;
const median = (numbers: readonly number[]) =>
  quantile(
    [...numbers].sort((a, b) => a - b),
    0.5,
  );

/** The server in a process of its own, that tells its memory after a collection when asked. */
async function startServer(upstream: string): Promise<{ child: ChildProcess; port: number }> {
  const tellMemory =
    'process.on("message",()=>{gc();gc();process.send(process.memoryUsage())});process.channel.unref();';
  const child = spawn(
    process.execPath,
    [
      "--expose-gc",
      "--import",
      import.meta.resolve("tsx"),
      "--import",
      `data:text/javascript,${encodeURIComponent(tellMemory)}`,
      path.resolve(import.meta.dirname, "../src/index.ts"),
    ],
    {
      env: {
        PATH: process.env.PATH,
        PORT: "0",
        HISTORY: "off",
        HOST: "127.0.0.1",
        THE_ODDS_API_KEY: TEST_KEY,
        ODDS_API_BASE_URL: upstream,
        ODDS_PACING: "off",
        ODDS_POLL_INTERVAL_MS: String(TICK_MS),
        ODDS_CACHE_TTL_MS: String(TICK_MS),
        // The frozen ones must live to be thawed.
        PING_TIMEOUT_MS: "300000",
      },
      stdio: ["ignore", "pipe", "inherit", "ipc"],
    },
  );
  const lines = createInterface({ input: child.stdout ?? process.stdin });
  const port = await new Promise<number>((resolve, reject) => {
    child.once("exit", () => reject(new Error("The server did not start.")));
    lines.on("line", (line) => {
      const found = /Listening on port (\d+)/.exec(line);
      if (found) resolve(Number(found[1]));
    });
  });
  return { child, port };
}

interface Memory {
  readonly rss: number;
  readonly live: number;
}

/** Medians of the server's memory, in bytes: all of it, and what lives on the heap and beside it. */
async function memoryOf(child: ChildProcess): Promise<Memory> {
  const samples: Memory[] = [];
  for (let i = 0; i < MEMORY_SAMPLES; i += 1) {
    const told = once(child, "message");
    child.send("memory");
    const [{ rss, heapUsed, external }] = (await told) as [NodeJS.MemoryUsage];
    samples.push({ rss, live: heapUsed + external });
    await pause(430);
  }
  return { rss: median(samples.map(({ rss }) => rss)), live: median(samples.map(({ live }) => live)) };
}

/** How old each message was when it came, in ms, by mode. */
class Delays {
  private readonly of = { full: [] as number[], delta: [] as number[] };
  measuring = false;

  take(updates: "full" | "delta", ms: number): void {
    if (this.measuring) this.of[updates].push(ms);
  }

  sorted(updates: "full" | "delta"): number[] {
    return this.of[updates].sort((a, b) => a - b);
  }
}

const paths: Record<Transport, string> = {
  plain: "/odds",
  "Socket.IO": "/socket.io/?EIO=4&transport=websocket",
};

function subscription(transport: Transport, updates: string): string {
  const message = { type: "subscribe", sport: SPORT, updates };
  return transport === "plain" ? JSON.stringify(message) : `42/odds,["subscribe",${JSON.stringify(message)}]`;
}

const VERSION = '"version":';
let newest = 0;

/** A client that reads as fast as it can, and looks at no more than the head of what it gets. */
async function reader(
  port: number,
  transport: Transport,
  updates: "full" | "delta",
  hear: (ms: number) => void,
): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${paths[transport]}`, { perMessageDeflate: false });
  socket.on("message", (frame: Buffer) => {
    const at = now();
    const head = frame.toString("latin1", 0, 400);
    if (head === "2") socket.send("3");
    else if (head.startsWith("0")) socket.send("40/odds,");
    else if (head.startsWith("40/odds,")) socket.send(subscription(transport, updates));
    const sent = /"odds_(?:update|delta)","timestamp":(\d+)/.exec(head);
    if (sent) hear(at - Number(sent[1]));
    newest = Math.max(newest, Number(/"version":(\d+)/.exec(head)?.[1] ?? 0));
  });
  await once(socket, "open");
  if (transport === "plain") socket.send(subscription(transport, updates));
  return socket;
}

/** A client by hand, whose TCP socket can be left unread. */
async function freezable(
  port: number,
  transport: Transport,
  updates: string,
): Promise<{ socket: Socket; seen(): number }> {
  const socket = connect(port, "127.0.0.1");
  let tail = Buffer.alloc(0);
  let seen = 0;
  // A client's frame is masked (RFC 6455, section 5.3); a mask of zeros leaves the text as it is.
  const send = (text: string) =>
    socket.write(Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)]));
  socket.on("data", (chunk) => {
    // On thaw megabytes come at once: looking through them must not take the time that is measured.
    const bytes = Buffer.concat([tail, chunk]);
    tail = bytes.subarray(-30);
    for (let at = bytes.indexOf(VERSION); at >= 0; at = bytes.indexOf(VERSION, at + 1)) {
      const version = /^\d+(?=,)/.exec(bytes.toString("latin1", at + VERSION.length, at + 30))?.[0];
      seen = Math.max(seen, Number(version ?? 0));
    }
  });
  const next = () => once(socket, "data");
  socket.write(
    `GET ${paths[transport]} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
  );
  await next();
  if (transport === "Socket.IO") {
    await pause(200);
    send("40/odds,");
    await next();
  }
  send(subscription(transport, updates));
  await next();
  await pause(3 * TICK_MS);
  return { socket, seen: () => seen };
}

/** A Socket.IO client that polls every 10 s; resolves, once told to stop, with how many boards each poll gave and how late they were, in versions. */
async function rarePolling(
  port: number,
  isOver: () => boolean,
): Promise<{ boards: number; behind: number }[]> {
  const url = `http://127.0.0.1:${port}/socket.io/?EIO=4&transport=polling`;
  const { sid } = JSON.parse((await (await fetch(url)).text()).slice(1)) as { sid: string };
  const here = `${url}&sid=${sid}`;
  const post = async (body: string) => (await fetch(here, { method: "POST", body })).text();
  const poll = async () => (await fetch(here)).text();
  await post("40/odds,");
  await poll();
  await post(subscription("Socket.IO", "full"));
  await poll();
  const polls: { boards: number; behind: number }[] = [];
  while (!isOver()) {
    const began = performance.now();
    const before = newest;
    const packets = (await poll()).split("\u001e");
    const boards = packets.filter((packet) => packet.startsWith('42/odds,["odds_update"'));
    const version = Number(/"version":(\d+)/.exec(boards.at(-1) ?? "")?.[1] ?? 0);
    polls.push({ boards: boards.length, behind: boards.length > 0 ? Math.max(0, before - version) : 0 });
    if (packets.includes("2")) await post("3");
    while (!isOver() && performance.now() - began < POLL_MS) await pause(100);
  }
  return polls;
}

async function measured(delays: Delays, ms: number): Promise<void> {
  delays.measuring = true;
  await pause(ms);
  delays.measuring = false;
}

let step = 0;
const api = await startFakeOddsApi({ [SPORT]: bigBoard(0) }, [sport(SPORT)]);
api.board = (_request, response) => {
  step += 1;
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify(bigBoard(step)));
};
const boardBytes = JSON.stringify(bigBoard(1)).length;
const { child, port } = await startServer(api.url);
try {
  const without = new Delays();
  const withSlow = new Delays();
  for (const { transport, updates, count } of READERS) {
    for (let i = 0; i < count; i += 1) {
      await reader(port, transport, updates, (ms) => {
        without.take(updates, ms);
        withSlow.take(updates, ms);
      });
    }
  }
  say(`board ${Math.round(boardBytes / 1000)} KB, tick ${TICK_MS} ms, 200 readers (190 delta, 10 full)`);
  await pause(WARM_UP_MS);
  await measured(without, WITHOUT_MS);
  const before = await memoryOf(child);

  const transports: readonly Transport[] = ["plain", "Socket.IO"];
  let over = false;
  const frozen = await Promise.all(transports.map((transport) => freezable(port, transport, "full")));
  for (const { socket } of frozen) socket.pause();
  const polling = rarePolling(port, () => over);
  await measured(withSlow, FROZEN_MS - MEMORY_SAMPLES * 450);
  const during = await memoryOf(child);

  const thawed = newest;
  const began = performance.now();
  for (const { socket } of frozen) socket.resume();
  const caughtUp = await Promise.all(
    frozen.map(async ({ socket, seen }) => {
      const stale = seen();
      while (seen() < thawed && !socket.destroyed && performance.now() - began < 30_000) await pause(1);
      return { ms: performance.now() - began, stale, seen: seen() };
    }),
  );
  over = true;
  const polls = await polling;
  for (const { socket } of frozen) socket.destroy();
  await pause(2000);
  await measured(without, WITHOUT_MS);

  const boards = (bytes: number) => (bytes / boardBytes).toFixed(2);
  const mb = (bytes: number) => (bytes / 1e6).toFixed(1);
  const slow = frozen.length + 1;
  const grown = during.live - before.live;
  say(
    `\nslow clients: ${transports.join(" and ")} unread for ${FROZEN_MS / 60_000} min, one polling every 10 s\n`,
  );
  say(`memory of the server     without       with     growth   per slow client`);
  say(
    `  heap and external   ${mb(before.live).padStart(7)} MB ${mb(during.live).padStart(7)} MB ${boards(grown).padStart(6)} boards  ${boards(grown / slow)} boards`,
  );
  say(
    `  resident            ${mb(before.rss).padStart(7)} MB ${mb(during.rss).padStart(7)} MB ${boards(during.rss - before.rss).padStart(6)} boards`,
  );
  say(`\ndelay of the others, ms       median            p99             mean`);
  for (const updates of ["delta", "full"] as const) {
    const [a, b] = [without.sorted(updates), withSlow.sorted(updates)];
    const mean = (all: number[]) => all.reduce((sum, ms) => sum + ms, 0) / all.length;
    const row = (name: string, of: (of: (all: number[]) => number) => number) =>
      say(
        `  ${updates.padEnd(5)} ${name.padEnd(8)} ${[(all: number[]) => quantile(all, 0.5), (all: number[]) => quantile(all, 0.99), mean].map((it) => of(it).toFixed(2).padStart(15)).join(" ")}`,
      );
    row("without", (of) => of(a));
    row("with", (of) => of(b));
    row("ratio", (of) => of(b) / of(a));
    say(`  ${updates.padEnd(5)} messages ${a.length} without, ${b.length} with`);
  }
  say(`\nthaw`);
  for (const [i, { ms, stale, seen }] of caughtUp.entries()) {
    say(
      `  ${transports[i]}: version ${stale} -> ${seen} (the newest was ${thawed}) in ${ms.toFixed(0)} ms, ${(ms / TICK_MS).toFixed(2)} ticks`,
    );
  }
  say(
    `  polling: ${polls.length} polls, boards in each ${Math.min(...polls.map((it) => it.boards))} to ${Math.max(...polls.map((it) => it.boards))}, behind the newest by at most ${Math.max(...polls.map((it) => it.behind))} versions`,
  );
} finally {
  child.kill("SIGKILL");
  await api.close();
}
process.exit(0);

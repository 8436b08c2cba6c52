/*
 * What a storm of views costs those who want none: 500 ordinary clients on a sport's whole board (a quarter each at both
 * transports, full and delta), alone, and then beside 1,000 other connections: with 1,000 different small views; that
 * change their views ten thousand times in ten seconds; with 1,000 different views of nearly all of the board. The storm
 * comes from 20 addresses, 50 connections each, as limits on connections and views are by address, and keeps to all of
 * them. Server and clients are processes of their own; the server is on a core of its own.
 *
 *   npx tsx bench/view-storm.ts [--seconds 20] [--good 500] [--views 1000] [--changes 10000]
 */
import { once } from "node:events";
import path from "node:path";
import { parseArgs } from "node:util";
import type { OddsEvent } from "../src/board/model.js";
import type { Only } from "../src/protocol/client-messages.js";
import { simulated } from "./fan-out/boards.js";
import { CORES, kill, pinMyself, residentBytes, start } from "./fan-out/child.js";
import { Load } from "./fan-out/load-process.js";
import { build } from "./fan-out/servers/ours.js";
import { type Server, startServer } from "./fan-out/servers.js";
import { OFFERS, pause, quantile, type Seen } from "./fan-out/shapes.js";
import { machine, print } from "./fan-out/table.js";
import { Upstream } from "./fan-out/upstream.js";
import type { Storm, StormOrder } from "./view-storm-client.js";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "20" },
    good: { type: "string", default: "500" },
    views: { type: "string", default: "1000" },
    changes: { type: "string", default: "10000" },
  },
});
const SECONDS = Number(values.seconds);
const VIEWS = Number(values.views);
const CHANGES = Number(values.changes);
const TICK_MS = 1000;
/** Connections come, and change their views, within this long. */
const COME_MS = 5000;
const CHANGE_MS = 10_000;
const CALM_MS = 3000;
const SAMPLE_MS = 100;

/** The storm's process, and what to tell it. */
class StormProcess {
  private readonly child = start(
    [
      process.execPath,
      "--import",
      import.meta.resolve("tsx"),
      path.join(import.meta.dirname, "view-storm-client.ts"),
    ],
    { core: CORES?.load, ipc: true },
  );

  async do(order: StormOrder): Promise<Storm> {
    this.child.send(order);
    const [told] = (await once(this.child, "message")) as [Storm];
    return told;
  }

  end(): void {
    kill(this.child);
  }
}

/** All small views of a board that are needed: a game by one or two bookmakers by some of the markets. */
function smallViews(board: readonly OddsEvent[], count: number): Only[] {
  const { events, bookmakers, markets } = wordsOf(board);
  const some = oneOrTwo(bookmakers).flatMap((books) =>
    [markets, ...oneOrTwo(markets)].map((keys) => ({ bookmakers: books, markets: keys })),
  );
  return differing(count, events.length * some.length, (i) => ({
    events: [events[i % events.length] ?? ""],
    ...some[Math.floor(i / events.length)],
  }));
}

/** Views of all but one game, and all but one or two bookmakers. */
function largeViews(board: readonly OddsEvent[], count: number): Only[] {
  const { events, bookmakers } = wordsOf(board);
  const left = oneOrTwo(bookmakers);
  return differing(count, events.length * left.length, (i) => ({
    events: events.filter((_, place) => place !== i % events.length),
    bookmakers: bookmakers.filter((key) => !left[Math.floor(i / events.length)]?.includes(key)),
  }));
}

function wordsOf(board: readonly OddsEvent[]) {
  const books = board.flatMap((event) => event.bookmakers);
  return {
    events: board.map(({ id }) => id),
    bookmakers: [...new Set(books.map(({ key }) => key))],
    markets: [...new Set(books.flatMap(({ markets }) => markets.map(({ key }) => key)))],
  };
}

const oneOrTwo = (words: readonly string[]) => [
  ...words.map((word) => [word]),
  ...words.flatMap((one, i) => words.slice(i + 1).map((other) => [one, other])),
];

function differing(count: number, most: number, make: (i: number) => Only): Only[] {
  if (count > most) throw new RangeError(`This board has no more than ${most} such views.`);
  return Array.from({ length: count }, (_, i) => make(i));
}

/** What a phase cost the server and the good ones. */
interface Phase {
  readonly seen: Seen;
  readonly cpuPercent: number;
  /** MB before, and at most. */
  readonly rss: readonly [number, number];
  /** What lives in the end, after a collection: heap, and what is beside it; MB. */
  readonly liveMb: number;
  /** How late a timer of the server's was at most, in ms. */
  readonly lateMs: number;
  readonly storm: Storm;
}

/** Has the storm do something beside the good ones for a while. */
async function phase(
  { server, load, storm }: { server: Server; load: Load; storm: StormProcess },
  act: () => Promise<unknown>,
): Promise<Phase> {
  await storm.do({ do: "tell" });
  server.watch();
  const before = residentBytes(server.pid);
  let most = before;
  const sampling = setInterval(() => {
    most = Math.max(most, residentBytes(server.pid));
  }, SAMPLE_MS);
  let [cpu, began] = [0, 0];
  let acting: Promise<unknown> = Promise.resolve();
  const seen = await load.window(TICK_MS, SECONDS, () => {
    [cpu, began] = [server.cpu(), performance.now()];
    acting = act();
  });
  const cpuPercent = (server.cpu() - cpu) / 10 / (performance.now() - began);
  clearInterval(sampling);
  await acting;
  const told = await storm.do({ do: "tell" });
  const late = await server.watched();
  const lateMs = quantile(
    late.flatMap((at, i) => (i % 2 === 1 ? [at - (late[i - 1] ?? 0)] : [])),
    1,
  );
  const { live } = await server.memory();
  // The next phase must not begin behind that collection.
  await pause(CALM_MS);
  return {
    seen,
    cpuPercent,
    rss: [before / 1e6, most / 1e6],
    liveMb: (live ?? 0) / 1e6,
    lateMs,
    storm: told,
  };
}

function line(name: string, { seen, cpuPercent, rss, liveMb, lateMs, storm }: Phase, good: number): string {
  const told = (of: Readonly<Record<string, number>>) =>
    Object.entries(of)
      .map(([what, count]) => `${count} ${what}`)
      .join(", ") || "none";
  return `| ${[
    name,
    `${seen.longestWaitMs.toFixed(0)} ms`,
    (seen.deliveries / good).toFixed(1),
    String(seen.dropped),
    cpuPercent.toFixed(0),
    rss.map((mb) => mb.toFixed(0)).join(" / "),
    liveMb.toFixed(0),
    `${lateMs.toFixed(0)} ms`,
    String(storm.accepted),
    told(storm.refused),
    told(storm.ended),
    `${storm.boards.toLocaleString("en")} (${(storm.bytes / 1e6).toFixed(1)} MB)`,
  ].join(" | ")} |`;
}

pinMyself();
const board = simulated.begin()();
const { sport } = simulated;
const upstream = await Upstream.start(new Map([[sport, simulated.begin()]]));
const script = build(path.resolve(import.meta.dirname, ".."));
const server = await startServer("ours", { script, upstream, sports: [sport], tickMs: TICK_MS });
const load = new Load();
const storm = new StormProcess();
const { port } = server;
const good = Math.floor(Number(values.good) / 4) * 4;
for (const wire of ["socket.io", "ws"] as const) {
  for (const updates of ["full", "delta"] as const) {
    const call = { wire, updates, offer: OFFERS.browser, sports: [sport], port };
    const { ready, failures } = await load.connect(call, good / 4, 1);
    if (ready < good / 4) throw new Error(`${ready} of ${good / 4} came in: ${failures[0]}`);
  }
}
await pause(5 * TICK_MS);

const all = smallViews(board, VIEWS + CHANGES);
const [small, changes] = [all.slice(0, VIEWS), all.slice(VIEWS)];
const open = (views: readonly Only[]) => storm.do({ do: "open", port, sport, views, ms: COME_MS });
const head = [
  ...["beside them", "longest wait of the good", "updates each got", "lost", "server CPU, %"],
  ...["RSS before / most, MB", "live after, MB", "loop late at most", "views accepted", "refused"],
  ...["connections ended", "what the storm got"],
];
print(machine());
print(
  `\n${good} good clients, a tick of ${TICK_MS} ms, ${SECONDS} s a phase; the board has ${board.length} games, ${Math.round(JSON.stringify(board).length / 1000)} KB\n`,
);
print(`| ${head.join(" | ")} |\n| ${head.map(() => "---").join(" | ")} |`);
const parts = { server, load, storm };
print(line("nobody", await phase(parts, async () => {}), good));
print(line(`${VIEWS} small views come and stay`, await phase(parts, () => open(small)), good));
const change = () => storm.do({ do: "change", views: changes, ms: CHANGE_MS });
print(line(`${CHANGES} changes of view in ${CHANGE_MS / 1000} s`, await phase(parts, change), good));
await storm.do({ do: "close" });
await pause(CALM_MS);
const large = largeViews(board, VIEWS);
print(line(`${VIEWS} views of nearly all`, await phase(parts, () => open(large)), good));
await storm.do({ do: "close" });
await pause(CALM_MS);
print(line("nobody, again", await phase(parts, async () => {}), good));
storm.end();
await load.hangUp();
await server.stop();
await upstream.api.close();
process.exit(0);

/*
 * What more than one process costs: bytes through Redis for each tick, and how much later a client at another process
 * has a board than one at the process that reads. One process by itself, then four that share a redis-server:
 *   npx tsx bench/cluster-cost.ts
 */
import path from "node:path";
import { createClient } from "redis";
import { WebSocket } from "ws";
import { TEST_KEY } from "../test/helpers/fake-odds-api.js";
import { type Kind, recorded, simulated } from "./fan-out/boards.js";
import { freePort, kill, start, temporaryFolder } from "./fan-out/child.js";
import { build, environment } from "./fan-out/servers/ours.js";
import { median, pause, quantile, type Updates } from "./fan-out/shapes.js";
import { Upstream } from "./fan-out/upstream.js";

const PROCESSES = 4;
const TICK_MS = 1000;
const TICKS = 60;
const UPDATES: readonly Updates[] = ["full", "delta"];
const print = (line: string) => process.stdout.write(`${line}\n`);

/** When each board came to a client: by its `fetchedAt`, in ms on this process's clock. */
type Arrivals = Map<number, number>;

async function follow(port: number, sport: string, updates: Updates): Promise<Arrivals> {
  const arrivals: Arrivals = new Map();
  const socket = new WebSocket(`ws://127.0.0.1:${port}/odds`, { perMessageDeflate: false });
  socket.on("message", (frame: Buffer) => {
    const at = performance.now();
    // No more is read of it: what is measured here is not this process.
    const fetchedAt = Number(/"fetchedAt":(\d+)/.exec(frame.toString("latin1", 0, 400))?.[1]);
    if (fetchedAt && !arrivals.has(fetchedAt)) arrivals.set(fetchedAt, at);
  });
  await new Promise((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
  });
  socket.send(JSON.stringify({ type: "subscribe", sport, updates }));
  return arrivals;
}

async function startServer(script: string, upstream: Upstream, redisUrl?: string): Promise<number> {
  const port = await freePort();
  start([process.execPath, script], {
    core: undefined,
    env: {
      ...environment(port, upstream.api.url, TICK_MS),
      THE_ODDS_API_KEY: TEST_KEY,
      ...(redisUrl ? { REDIS_URL: redisUrl } : {}),
    },
  });
  for (let tries = 0; tries < 200; tries += 1) {
    const ready = await fetch(`http://127.0.0.1:${port}/ready`).catch(() => undefined);
    if (ready?.ok) return port;
    await pause(50);
  }
  throw new Error("A server did not start.");
}

/** From the moment the upstream was asked until the board was at the client, in ms. */
function delays(arrivals: Arrivals, upstream: Upstream): number[] {
  const asked = upstream.api.reads.map(({ at }) => at);
  return [...arrivals.values()].slice(2).flatMap((at) => {
    const last = asked.filter((one) => one < at).at(-1);
    return last === undefined ? [] : [at - last];
  });
}

const told = (of: readonly number[]) =>
  `p50 ${median(of).toFixed(1)} ms, p99 ${quantile(of, 0.99).toFixed(1)} ms`;

async function measure(kind: Kind, script: string): Promise<void> {
  const upstream = await Upstream.start(new Map([[kind.sport, kind.begin()]]));
  const size = Buffer.byteLength(JSON.stringify(kind.begin()()));
  const solo = await startServer(script, upstream);
  const soloArrivals = await Promise.all(UPDATES.map((updates) => follow(solo, kind.sport, updates)));
  await pause(TICKS * TICK_MS);
  print(`\n${kind.name}, a board of ${Math.round(size / 1000)} KB`);
  for (const [i, updates] of UPDATES.entries()) {
    print(
      `  one process, ${updates}: upstream asked -> client ${told(delays(soloArrivals[i] ?? new Map(), upstream))}`,
    );
  }
  await upstream.api.close();
}

async function measureCluster(kind: Kind, script: string): Promise<void> {
  const upstream = await Upstream.start(new Map([[kind.sport, kind.begin()]]));
  const redisPort = await freePort();
  const redis = start(
    [
      "redis-server",
      "--port",
      String(redisPort),
      "--bind",
      "127.0.0.1",
      "--save",
      "",
      "--dir",
      temporaryFolder(),
    ],
    { core: undefined },
  );
  await pause(500);
  const url = `redis://127.0.0.1:${redisPort}`;
  const client = await createClient({ url }).connect();
  const traffic = async () => {
    const stats = await client.sendCommand(["INFO", "stats"]);
    const of = (name: string) => Number(new RegExp(`${name}:(\\d+)`).exec(String(stats))?.[1]);
    return { in: of("total_net_input_bytes"), out: of("total_net_output_bytes") };
  };
  const ports: number[] = [];
  for (let i = 0; i < PROCESSES; i += 1) ports.push(await startServer(script, upstream, url));
  await pause(2000);
  const per = async (ticks: number) => {
    const before = await traffic();
    await pause(ticks * TICK_MS);
    const after = await traffic();
    return { in: (after.in - before.in) / ticks, out: (after.out - before.out) / ticks };
  };
  const idle = await per(10);
  const arrivals: Arrivals[][] = [];
  for (const port of ports)
    arrivals.push(await Promise.all(UPDATES.map((updates) => follow(port, kind.sport, updates))));
  await pause(3 * TICK_MS);
  const busy = await per(TICKS);
  const shown = (await (await fetch(`http://127.0.0.1:${ports[0]}/api/cluster`)).json()) as {
    processes: { reader: boolean }[];
  };
  if (shown.processes.filter(({ reader }) => reader).length !== 1) throw new Error("Not one process reads.");
  const kb = (bytes: number) => (bytes / 1000).toFixed(1);
  print(
    `  ${PROCESSES} processes: through Redis, each tick of ${TICK_MS} ms: in ${kb(busy.in)} KB in all, ` +
      `out ${kb(busy.out / PROCESSES)} KB for each process; with no client ${kb(idle.in)} and ${kb(idle.out / PROCESSES)} KB`,
  );
  print(`  reads: ${upstream.api.reads.length}`);
  for (const [i, updates] of UPDATES.entries()) {
    // The first one started reads.
    const [own, ...others] = arrivals.map((both) => both[i] ?? new Map<number, number>());
    const added = others.flatMap((other) =>
      [...other].flatMap(([fetchedAt, at]) => {
        const there = own?.get(fetchedAt);
        return there === undefined ? [] : [at - there];
      }),
    );
    print(`  ${updates} at the leader: upstream asked -> client ${told(delays(own ?? new Map(), upstream))}`);
    print(`  ${updates} at another: so much later ${told(added)}, of ${added.length} boards`);
  }
  client.destroy();
  kill(redis);
  await upstream.api.close();
}

const script = build(path.resolve(import.meta.dirname, ".."));
for (const kind of [recorded(print), simulated]) {
  if (!kind) continue;
  await measure(kind, script);
  await measureCluster(kind, script);
}
process.exit(0);

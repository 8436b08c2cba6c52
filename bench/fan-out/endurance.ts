/*
 * Do ten thousand clients, for ten minutes, each get every tick in time? A quarter each at both transports, of full boards
 * and of deltas, compressed as browsers offer it.
 *   npx tsx bench/fan-out/endurance.ts --clients 10000 --minutes 10
 */
import path from "node:path";
import { parseArgs } from "node:util";
import { simulated } from "./boards.js";
import { descriptors, pinMyself } from "./child.js";
import { Load } from "./load-process.js";
import { check } from "./measure.js";
import { build } from "./servers/ours.js";
import { startServer } from "./servers.js";
import { type Call, OFFERS, pause, quantile, type Seen, type TickSeen } from "./shapes.js";
import { machine, print } from "./table.js";
import { Upstream } from "./upstream.js";

const { values } = parseArgs({
  options: {
    clients: { type: "string", default: "10000" },
    minutes: { type: "string", default: "10" },
  },
});
const clients = Number(values.clients);
const minutes = Number(values.minutes);
const TICK_MS = 5000;
const TICKS_A_WINDOW = 6;
const PER_SECOND = 1000;
/** A load process has no more descriptors than the server. */
const LOADS = Math.ceil(clients / 12_000);
/** Around a burst of deliveries, in ms: the tick's read and its work come before the first one. */
const BURST_MS = { before: 250, after: 50 };

if (clients > descriptors() - 100) throw new RangeError(`No more than ${descriptors() - 100} clients here.`);
pinMyself();
const upstream = await Upstream.start(new Map([[simulated.sport, simulated.begin()]]));
const script = build(path.resolve(import.meta.dirname, "../.."));
const sports = [simulated.sport];
const server = await startServer("ours", { script, upstream, sports, tickMs: TICK_MS });
const loads = Array.from({ length: LOADS }, () => new Load());
print(machine());

const groups = (["socket.io", "ws"] as const).flatMap((wire) =>
  (["full", "delta"] as const).map(
    (updates): Call => ({ wire, updates, offer: OFFERS.browser, sports, port: server.port }),
  ),
);
const before = await server.memory();
let connectingMs = 0;
for (const load of loads) {
  for (const call of groups) {
    const share = clients / groups.length / loads.length;
    const { ready, ms, failures } = await load.connect(call, share, 5, PER_SECOND);
    if (ready < share) throw new Error(`${ready} of ${share} came in: ${failures[0]}`);
    connectingMs += ms;
  }
}
print(`${clients} clients connected at ${Math.round((clients / connectingMs) * 1000)} a second, in groups`);
const after = await server.memory();
print(
  `memory: ${((after.resident - before.resident) / clients / 1024).toFixed(1)} KB resident for each, ${Math.round(after.resident / 1e6)} MB in all`,
);

server.watch();
const ticks: { -readonly [field in keyof TickSeen]: TickSeen[field] }[] = [];
let missing = 0;
let dropped = 0;
let cpu = 0;
let elapsed = 0;
const windows = Math.round((minutes * 60_000) / TICK_MS / TICKS_A_WINDOW);
for (let i = 0; i < windows; i += 1) {
  const cpuBefore = server.cpu();
  const began = performance.now();
  const all: Seen[] = await Promise.all(loads.map((load) => load.window(TICK_MS, TICKS_A_WINDOW, () => {})));
  cpu += server.cpu() - cpuBefore;
  elapsed += performance.now() - began;
  dropped = all.reduce((sum, seen) => sum + seen.dropped, 0);
  for (const seen of all.flatMap(({ ticks: told }) => told)) {
    missing += clients / loads.length - seen.count;
    // Load processes see the same ticks.
    const known = ticks.find(({ first }) => Math.abs(first - seen.first) < TICK_MS / 2);
    if (!known) ticks.push({ ...seen });
    else {
      known.first = Math.min(known.first, seen.first);
      known.last = Math.max(known.last, seen.last);
    }
  }
}
const late = await server.watched();
const delays: { at: number; ms: number }[] = [];
for (let i = 0; i + 1 < late.length; i += 2) {
  const [planned = 0, actual = 0] = late.slice(i, i + 2);
  delays.push({ at: planned, ms: actual - planned });
}
const inBurst = ({ at, ms }: { at: number; ms: number }) =>
  ticks.some(({ first, last }) => at + ms > first - BURST_MS.before && at < last + BURST_MS.after);
const begun = Math.min(...ticks.map(({ first }) => first));
const outside = delays.filter((delay) => delay.at > begun && !inBurst(delay)).map(({ ms }) => ms);
const spreads = ticks.map(({ first, last }) => last - first);
print(
  `${ticks.length} ticks in ${(elapsed / 60_000).toFixed(1)} minutes: ${missing} deliveries missing, ${dropped} clients dropped`,
);
print(
  `first to last client: median ${quantile(spreads, 0.5).toFixed(0)} ms, p99 ${quantile(spreads, 0.99).toFixed(0)} ms, most ${Math.max(...spreads).toFixed(0)} ms`,
);
print(
  `event loop delay outside the bursts: p50 ${quantile(outside, 0.5).toFixed(1)} ms, p99 ${quantile(outside, 0.99).toFixed(1)} ms, most ${quantile(outside, 1).toFixed(1)} ms; ` +
    `all in all: p99 ${quantile(
      delays.map(({ ms }) => ms),
      0.99,
    ).toFixed(1)} ms, most ${quantile(
      delays.map(({ ms }) => ms),
      1,
    ).toFixed(1)} ms`,
);
print(
  `CPU of the server: ${((cpu / 1000 / elapsed) * 100).toFixed(1)} % of a core at a tick of ${TICK_MS} ms`,
);
const end = await server.memory();
print(
  `memory in the end: ${Math.round(end.resident / 1e6)} MB resident, ${Math.round((end.live ?? 0) / 1e6)} MB live`,
);
for (const load of loads) {
  const faults = await check(load, server, { server: "ours" }, upstream, sports, TICK_MS);
  print(`boards of the clients that decode everything: ${faults.length === 0 ? "equal" : faults.join("; ")}`);
}
await pause(10);
process.exit(missing + dropped === 0 ? 0 : 1);

/*
 * Does a big board stop the event loop? 800 KB from the upstream each tick; how late a timer of 10 ms is meanwhile.
 *   npx tsx bench/fan-out/big-board.ts
 */
import path from "node:path";
import { generated } from "./boards.js";
import { pinMyself } from "./child.js";
import { Load } from "./load-process.js";
import { build } from "./servers/ours.js";
import { startServer } from "./servers.js";
import { OFFERS, pause, quantile } from "./shapes.js";
import { machine, print } from "./table.js";
import { Upstream } from "./upstream.js";

const TICK_MS = 1000;
const TICKS = 40;
const CLIENTS = 200;
/** Node's first ticks are slower: code is yet to be compiled. */
const WARM_UP_TICKS = 10;
const STALL_MS = 50;

pinMyself();
const script = build(path.resolve(import.meta.dirname, "../.."));
print(machine());
for (const share of [0.002, 0.1, 1]) {
  const kind = generated(800_000, share);
  const upstream = await Upstream.start(new Map([[kind.sport, kind.begin()]]));
  const sports = [kind.sport];
  const server = await startServer("ours", { script, upstream, sports, tickMs: TICK_MS });
  const load = new Load();
  for (const updates of ["full", "delta"] as const) {
    const call = { wire: "socket.io", updates, offer: OFFERS.browser, sports, port: server.port } as const;
    await load.connect(call, CLIENTS / 2, 2);
  }
  await pause(WARM_UP_TICKS * TICK_MS);
  server.watch();
  await pause(TICKS * TICK_MS);
  const late = await server.watched();
  const delays = late.flatMap((at, i) => (i % 2 === 1 ? [at - (late[i - 1] ?? 0)] : []));
  print(
    `${kind.name}: p99 ${quantile(delays, 0.99).toFixed(1)} ms, p99.9 ${quantile(delays, 0.999).toFixed(1)} ms, most ${quantile(delays, 1).toFixed(1)} ms; ` +
      `${delays.filter((ms) => ms > STALL_MS).length} stalls over ${STALL_MS} ms in ${TICKS} ticks`,
  );
  await load.hangUp();
  await server.stop();
  await upstream.api.close();
}
process.exit(0);

/*
 * What a connection costs in memory, of clients that offer compression as browsers do: one that has only subscribed,
 * and one that has said five more things, each compressed.
 *   npx tsx bench/fan-out/memory.ts --clients 10000
 */
import path from "node:path";
import { parseArgs } from "node:util";
import { simulated } from "./boards.js";
import { pinMyself } from "./child.js";
import { Load } from "./load-process.js";
import { grown } from "./measure.js";
import { build } from "./servers/ours.js";
import { startServer } from "./servers.js";
import { OFFERS, pause } from "./shapes.js";
import { machine, print } from "./table.js";
import { Upstream } from "./upstream.js";

const { values } = parseArgs({ options: { clients: { type: "string", default: "10000" } } });
const clients = Number(values.clients);
const TICK_MS = 5000;
const MESSAGES = [0, 5];

pinMyself();
print(machine());
const script = build(path.resolve(import.meta.dirname, "../.."));
const load = new Load();
for (const wire of ["socket.io", "ws"] as const) {
  for (const says of MESSAGES) {
    const upstream = await Upstream.start(new Map([[simulated.sport, simulated.begin()]]));
    const sports = [simulated.sport];
    const server = await startServer("ours", { script, upstream, sports, tickMs: TICK_MS });
    const call = { wire, updates: "full", offer: OFFERS.browser, sports, port: server.port, says } as const;
    await load.connect({ ...call, says: 0 }, 1, 1);
    const before = await server.memory();
    const { ready, failures } = await load.connect(call, clients, 1, 400);
    if (ready < clients) throw new Error(`${ready} of ${clients} came in: ${failures[0]}`);
    await pause(2 * TICK_MS);
    const after = await server.memory();
    const each = (bytes: number) => `${(bytes / clients / 1024).toFixed(1)} KB`;
    print(
      `${wire}, ${says} more messages: ${each(grown(before, after))} live, ${each(after.resident - before.resident)} resident for each of ${clients}`,
    );
    await load.hangUp();
    await server.stop();
    await upstream.api.close();
  }
}
process.exit(0);

/*
 * What it costs to bring a board to everybody: our server beside others, with the same boards and the same load, one
 * after another, each on a core of its own.
 *   npm run bench                 the whole table: medians of five runs
 *   npm run bench -- --quick      a smaller one, within a minute
 *   npm run bench -- --clients 10000 --only ours --board simulated
 */
import path from "node:path";
import { parseArgs } from "node:util";
import { describe, recorded, simulated } from "./boards.js";
import { descriptors, pinMyself } from "./child.js";
import { Load } from "./load-process.js";
import { type Combination, type Measured, measure } from "./measure.js";
import { build } from "./servers/ours.js";
import { unavailable } from "./servers.js";
import { OFFERS } from "./shapes.js";
import { machine, print, tableOf } from "./table.js";

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    clients: { type: "string" },
    only: { type: "string" },
    board: { type: "string", default: "" },
    /** So many sports, with a share of the clients each. */
    sports: { type: "string", default: "1" },
    /** Ticks of a run, and runs, where not the usual ones: V8 gets quicker for minutes. */
    ticks: { type: "string" },
    runs: { type: "string" },
  },
});

const room: Combination = { server: "socket.io", wire: "socket.io", updates: "full", offer: null };
const others: readonly Combination[] = [
  room,
  { server: "socket.io deflate", wire: "socket.io", updates: "full", offer: OFFERS.browser },
  { server: "ws", wire: "ws", updates: "full", offer: null },
  { server: "nchan", wire: "nchan", updates: "full", offer: null },
];
const ours: readonly Combination[] = (["socket.io", "ws"] as const).flatMap((wire) =>
  (["full", "delta"] as const).flatMap((updates) =>
    [null, OFFERS.browser].map((offer): Combination => ({ server: "ours", wire, updates, offer })),
  ),
);
const all = values.quick
  ? [room, ...ours.filter(({ wire, offer }) => wire === "socket.io" && offer)]
  : [...others, ...ours];
const chosen = all.filter(({ server }) => values.only === undefined || server === values.only);

const clients = Number(values.clients ?? (values.quick ? 300 : 2000));
if (clients > descriptors() - 200) throw new RangeError(`No more than ${descriptors() - 200} clients here.`);

pinMyself();
const load = new Load();
const script = build(path.resolve(import.meta.dirname, "../.."));
print(machine());
for (const kind of values.quick ? [simulated] : [simulated, recorded(print)]) {
  if (!kind?.name.startsWith(values.board)) continue;
  const { bytes, moving } = describe(kind);
  print(
    `\n**${kind.name}**: ${Math.round(bytes / 1000)} KB as the upstream sends it, ${(100 * moving).toFixed(2)} % of its prices move from one to the next\n`,
  );
  const measured: Measured[] = [];
  for (const combination of chosen) {
    const reason = unavailable(combination.server);
    if (reason) {
      print(`${combination.server}: ${reason}`);
      continue;
    }
    // It takes milliseconds for each client: the same cost for each, with fewer.
    const costly = combination.server === "socket.io deflate";
    const many = clients > 5000;
    const usual = values.quick
      ? { clients, tickMs: 500, ticks: 4, runs: 2 }
      : costly
        ? { clients: 200, tickMs: 5000, ticks: 2, runs: 5 }
        : { clients, tickMs: many ? 3000 : 1500, ticks: many ? 2 : 4, runs: many ? 3 : 5 };
    const effort = {
      ...usual,
      ticks: Number(values.ticks ?? usual.ticks),
      runs: Number(values.runs ?? usual.runs),
      sports: Number(values.sports),
    };
    measured.push(await measure(load, combination, kind, { ...effort, witnesses: 5, script }));
    process.stderr.write(`${combination.server} ${combination.updates} done\n`);
  }
  print(tableOf(measured, room));
}
process.exit(0);

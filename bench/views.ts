/*
 * What views cost: clients on 40 views of one game each, beside as many on the whole board, full and delta, over
 * Socket.IO. Each case has a server of its own, the cases take turns, and figures are medians over all rounds. Boards are
 * the recorded ones where they are, and made up ones of 40 games. A delivery is what each client gets at each tick, be it
 * a board, changes, or that nothing moved: all cases must have as many, or the line says how many are missing.
 *   npx tsx bench/views.ts [--clients 10000] [--rounds 3] [--tick 2000] [--board recorded] [--plain]
 */
import path from "node:path";
import { parseArgs } from "node:util";
import type { Only } from "../src/protocol/client-messages.js";
import { describe, type Kind, recorded, simulated } from "./fan-out/boards.js";
import { descriptors, pinMyself } from "./fan-out/child.js";
import { Load } from "./fan-out/load-process.js";
import { type Combination, type Measured, measure } from "./fan-out/measure.js";
import { build } from "./fan-out/servers/ours.js";
import { median, OFFERS, type Updates } from "./fan-out/shapes.js";
import { machine, print } from "./fan-out/table.js";

const { values } = parseArgs({
  options: {
    clients: { type: "string", default: "10000" },
    rounds: { type: "string", default: "3" },
    tick: { type: "string", default: "2000" },
    board: { type: "string", default: "" },
    /** Without compression; with it, as browsers have it, otherwise. */
    plain: { type: "boolean", default: false },
  },
});
const clients = Number(values.clients);
const VIEWS = 40;
const EFFORT = { ticks: 4, runs: 3, sports: 1 };
/** At most so much of the whole board's: of its bytes, and of its CPU. */
const TARGETS = { bytes: 1 / 20, cpu: 1.2 };

/** Measures all four cases of a kind of board, and prints them with their ratios. */
async function compare(kind: Kind): Promise<void> {
  const { bytes, moving } = describe(kind);
  const games = kind.begin()();
  print(
    `\n**${kind.name}**, ${games.length} games: ${Math.round(bytes / 1000)} KB as the upstream sends it, ${(100 * moving).toFixed(2)} % of its prices move at each step; ` +
      `${clients} clients, ${values.plain ? "not compressed" : "compressed"}, a tick of ${values.tick} ms\n`,
  );
  const views = games.slice(0, VIEWS).map(({ id }): Only => ({ events: [id] }));
  const cases = (["full", "delta"] as const).flatMap((updates) => [
    combination(updates),
    combination(updates, views),
  ]);
  const measured = new Map<Combination, Measured[]>(cases.map((one) => [one, []]));
  const effort = { ...EFFORT, clients, tickMs: Number(values.tick), witnesses: 2 * VIEWS + 1, script };
  for (let round = 0; round < Number(values.rounds); round += 1) {
    for (const [one, all] of measured) {
      all.push(await measure(load, one, kind, effort));
      process.stderr.write(`round ${round + 1}: ${nameOf(one)} done\n`);
    }
  }
  print(tableOf(measured));
}

function combination(updates: Updates, views?: readonly Only[]): Combination {
  const offer = values.plain ? null : OFFERS.browser;
  return { server: "ours", wire: "socket.io", updates, offer, ...(views ? { views } : {}) };
}

/** A line for each case, those of a view with their ratios to the whole board's, as Markdown. */
function tableOf(measured: ReadonlyMap<Combination, readonly Measured[]>): string {
  const head = [
    ...["each has", "bytes per delivery", "view : whole", "server CPU per delivery, µs", "view : whole"],
    ...["CPU of a tick with one client, ms", "first to last client", "resident, MB", "memory per connection"],
    "boards",
  ];
  let whole: { bytes: number; cpu: number } | undefined;
  const rows = [...measured].map(([one, all]) => {
    const runs = all.flatMap((each) => each.runs);
    const cpus = runs.map(({ cpuMicros }) => cpuMicros);
    const [bytes, cpu] = [median(runs.map((run) => run.bytes)), median(cpus)];
    if (!one.views) whole = { bytes, cpu };
    const ratio = (of: "bytes" | "cpu", ours: number) =>
      one.views && whole ? judged(ours / whole[of], TARGETS[of]) : "";
    const missing = all.reduce((sum, each) => sum + each.missing, 0);
    const wrong = [...all.flatMap(({ faults }) => faults), ...(missing > 0 ? [`${missing} missing`] : [])];
    return [
      nameOf(one),
      Math.round(bytes).toLocaleString("en"),
      ratio("bytes", bytes),
      `${cpu.toFixed(1)} (${Math.min(...cpus).toFixed(1)} to ${Math.max(...cpus).toFixed(1)})`,
      ratio("cpu", cpu),
      median(all.map(({ idleMs }) => idleMs)).toFixed(1),
      `${median(runs.flatMap(({ spreads }) => spreads)).toFixed(0)} ms`,
      (median(all.map(({ resident }) => resident)) / 1e6).toFixed(0),
      `${(median(all.map(({ memory }) => memory ?? 0)) / 1024).toFixed(1)} KB`,
      wrong.length === 0 ? "equal" : wrong.join("; "),
    ];
  });
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

const nameOf = ({ updates, views }: Combination) =>
  `${views ? `one of ${views.length} views` : "the whole board"}, ${updates}`;

const judged = (ratio: number, most: number) =>
  `${ratio.toFixed(3)} (${ratio <= most ? "at most" : "ABOVE"} ${most})`;

if (clients > descriptors() - 200) throw new RangeError(`No more than ${descriptors() - 200} clients here.`);
pinMyself();
const load = new Load();
const script = build(path.resolve(import.meta.dirname, ".."));
print(machine());
for (const kind of [recorded(print), simulated]) {
  if (kind?.name.startsWith(values.board)) await compare(kind);
}
process.exit(0);

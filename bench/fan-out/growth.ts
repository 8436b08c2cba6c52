/*
 * How the cost of a tick grows: with clients, sports, the board's size and the share of its prices that move. Prints
 * a table, and draws bench/growth.svg.
 *   npx tsx bench/fan-out/growth.ts [--only sports]     one of them, without the drawing
 */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { generated, type Kind, simulated } from "./boards.js";
import { descriptors, pinMyself } from "./child.js";
import { drawPanels, type Panel, type Point } from "./drawing.js";
import { Load } from "./load-process.js";
import { measure } from "./measure.js";
import { build } from "./servers/ours.js";
import { median, OFFERS, type Updates } from "./shapes.js";
import { machine, print } from "./table.js";

const { values: asked } = parseArgs({ options: { only: { type: "string" } } });
const UPDATES: readonly Updates[] = ["full", "delta"];
const most = Math.min(19_500, descriptors() - 200);

/** One thing that is varied: its values, and what is measured at each. */
interface Sweep {
  readonly of: string;
  readonly unit: string;
  readonly values: readonly number[];
  at(value: number): { readonly kind: Kind; readonly clients: number; readonly sports: number };
}

const SWEEPS: readonly Sweep[] = [
  {
    of: "clients",
    unit: "",
    values: [100, 1000, 5000, 10_000, most],
    at: (clients) => ({ kind: simulated, clients, sports: 1 }),
  },
  {
    of: "sports",
    unit: "",
    values: [1, 5, 20, 60],
    at: (sports) => ({ kind: generated(50_000, 0.02), clients: 1200, sports }),
  },
  {
    of: "board size",
    unit: " KB",
    values: [10, 50, 200, 400, 800],
    at: (kb) => ({ kind: generated(kb * 1000, 0.02), clients: 1000, sports: 1 }),
  },
  {
    of: "prices that move",
    unit: " %",
    values: [0, 1, 10, 50, 100],
    at: (percent) => ({ kind: generated(200_000, percent / 100), clients: 1000, sports: 1 }),
  },
];

/** A tick in which all of it is done: calls to the upstream start 50 ms apart, and every sport is to be read in each. */
const tickMs = (clients: number, sports: number) => Math.max(clients > 2000 ? 2000 : 500, 75 * sports);

/** The straight line through the points (least squares), and how much of their variance it leaves unexplained. */
function line(points: readonly Point[]): { a: number; b: number; r2: number } {
  const mean = (of: (point: Point) => number) =>
    points.reduce((sum, one) => sum + of(one), 0) / points.length;
  const [x, y] = [mean((point) => point.x), mean((point) => point.y)];
  const b =
    points.reduce((sum, one) => sum + (one.x - x) * (one.y - y), 0) /
    points.reduce((sum, one) => sum + (one.x - x) ** 2, 0);
  const a = y - b * x;
  const left = points.reduce((sum, one) => sum + (one.y - a - b * one.x) ** 2, 0);
  const all = points.reduce((sum, one) => sum + (one.y - y) ** 2, 0);
  return { a, b, r2: 1 - left / all };
}

pinMyself();
const script = build(path.resolve(import.meta.dirname, "../.."));
const load = new Load();
const panels: Panel[] = [];
print(`${machine()}\n`);
print("| | | full, deflated: CPU of a tick | delta, deflated: CPU of a tick |\n| --- | --- | --- | --- |");
for (const { of, unit, values, at } of SWEEPS) {
  if (asked.only !== undefined && of !== asked.only) continue;
  const curves = new Map<Updates, Point[]>(UPDATES.map((updates) => [updates, []]));
  for (const value of values) {
    const { kind, clients, sports } = at(value);
    for (const updates of UPDATES) {
      const measured = await measure(
        load,
        { server: "ours", wire: "socket.io", updates, offer: OFFERS.browser },
        kind,
        { clients, sports, tickMs: tickMs(clients, sports), ticks: 2, runs: 3, witnesses: 3, script },
      );
      if (measured.faults.length > 0) throw new Error(`${of} ${value}: ${measured.faults[0]}`);
      const ms = median(measured.runs.map(({ cpuMicros }) => (cpuMicros * clients) / 1000));
      curves.get(updates)?.push({ x: value, y: ms });
    }
    const told = UPDATES.map((updates) => `${curves.get(updates)?.at(-1)?.y.toFixed(1)} ms`);
    print(`| ${of} | ${value.toLocaleString("en")}${unit} | ${told.join(" | ")} |`);
  }
  for (const [updates, points] of curves) {
    const { a, b, r2 } = line(points);
    process.stderr.write(
      `${of}, ${updates}: ${a.toFixed(1)} ms + ${b.toPrecision(3)} ms for each${unit}; r² ${r2.toFixed(3)}\n`,
    );
  }
  panels.push({ title: of, unit, curves: [...curves].map(([name, points]) => ({ name, points })) });
}
if (asked.only === undefined) {
  writeFileSync(
    path.resolve(import.meta.dirname, "../growth.svg"),
    drawPanels("CPU of one tick of the server, in ms", panels),
  );
}
process.exit(0);

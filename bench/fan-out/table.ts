import { cpus, release } from "node:os";
import { CORES } from "./child.js";
import { type Combination, type Measured, middle } from "./measure.js";
import { median } from "./shapes.js";

/** Prints a line. */
export const print = (line: string) => void process.stdout.write(`${line}\n`);

/** Where this was measured. */
export function machine(): string {
  const [cpu] = cpus();
  const pinned = CORES ? "server and load on a core each" : "not pinned to cores";
  return `${cpu?.model ?? "?"}, ${cpus().length} cores, ${pinned}; Linux ${release()}, Node ${process.version}`;
}

const name = ({ server, wire, updates, offer }: Combination) => {
  const deflate = offer ? ", deflated" : "";
  if (server === "ours")
    return `**ours**, ${wire === "ws" ? "plain WebSocket" : "Socket.IO"}, ${updates}${deflate}`;
  return {
    "socket.io": "Socket.IO, room",
    "socket.io deflate": "Socket.IO, room, `perMessageDeflate`",
    ws: "ws, one buffer to all",
    nchan: "Nchan (nginx module, C)",
    "nchan deflate": "Nchan, deflated",
  }[server];
};

const times = (ratio: number) =>
  ratio >= 10 ? ratio.toFixed(0) : ratio >= 0.1 ? ratio.toFixed(2) : ratio.toFixed(3);

/** The table of a board: each line's figures, and its ratios to `base`, as Markdown. */
export function tableOf(measured: readonly Measured[], base: Combination): string {
  const against = measured.find(({ combination }) => combination === base);
  const bytesOf = (one: Measured) => middle(one.runs, ({ bytes }) => bytes);
  const cpuOf = (one: Measured) => middle(one.runs, ({ cpuMicros }) => cpuMicros);
  const ratio = (one: Measured, of: (one: Measured) => number) =>
    against ? times(of(one) / of(against)) : "";
  const rows = measured.map((one) => {
    const cpu = one.runs.map(({ cpuMicros }) => cpuMicros);
    const spread = median(one.runs.flatMap(({ spreads }) => spreads));
    const wrong = [...one.faults, ...(one.missing > 0 ? [`${one.missing} deliveries missing`] : [])];
    return [
      name(one.combination),
      String(one.clients),
      Math.round(bytesOf(one)).toLocaleString("en"),
      ratio(one, bytesOf),
      `${cpuOf(one).toFixed(1)} (${Math.min(...cpu).toFixed(1)} to ${Math.max(...cpu).toFixed(1)})`,
      ratio(one, cpuOf),
      `${spread.toFixed(0)} ms`,
      one.memory === null ? "" : `${(one.memory / 1024).toFixed(1)} KB`,
      wrong.length === 0 ? "equal" : wrong.join("; "),
    ];
  });
  const head = [
    ...["server", "clients", "bytes per delivery", "ratio", "server CPU per delivery, µs", "ratio"],
    ...["first to last client", "memory per connection", "boards"],
  ];
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

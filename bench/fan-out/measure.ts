import type { BoardEvent } from "../../src/client/messages.js";
import { sieveOf, View } from "../../src/client/views.js";
import type { Only } from "../../src/protocol/client-messages.js";
import type { Kind } from "./boards.js";
import type { Load } from "./load-process.js";
import { restBoard } from "./servers/ours.js";
import { type Memory, type Server, type ServerName, startServer } from "./servers.js";
import { type Call, median, pause, type Testimony, type Updates, type Wire } from "./shapes.js";
import { Upstream } from "./upstream.js";
import { digest } from "./witness.js";

/** One line of the table: which server, and how its clients ask. */
export interface Combination {
  readonly server: ServerName;
  readonly wire: Wire;
  readonly updates: Updates;
  /** The permessage-deflate that clients offer; null for none. */
  readonly offer: string | null;
  /** The views that the clients are spread over; the whole board unless given. */
  readonly views?: readonly Only[];
}

/** How much load, and for how long. */
export interface Effort {
  readonly clients: number;
  readonly tickMs: number;
  /** Ticks in each run. */
  readonly ticks: number;
  readonly runs: number;
  readonly witnesses: number;
  /** Sports that the clients are spread over. */
  readonly sports: number;
  /** Our server's built script. */
  readonly script: string;
}

/** What one run gave. */
export interface Run {
  readonly cpuMicros: number;
  readonly bytes: number;
  readonly spreads: readonly number[];
}

/** What a combination costs. */
export interface Measured {
  readonly combination: Combination;
  readonly clients: number;
  readonly negotiated: boolean;
  /** Per delivery; CPU counts all that the server did in the time. */
  readonly runs: readonly Run[];
  /** CPU of a tick with a single client, in ms. */
  readonly idleMs: number;
  /** Growth for each connection, in bytes; null where it cannot be told. */
  readonly memory: number | null;
  /** The server's resident memory with all of them, in bytes. */
  readonly resident: number;
  /** Deliveries that should have come and did not. */
  readonly missing: number;
  /** What is wrong with the boards of those that decode everything; empty when they are all equal and right. */
  readonly faults: readonly string[];
}

/** Starts a server, puts the load on it, measures, checks, stops it. */
export async function measure(
  load: Load,
  combination: Combination,
  kind: Kind,
  effort: Effort,
): Promise<Measured> {
  const { clients, tickMs, ticks, witnesses } = effort;
  const sports = Array.from({ length: effort.sports }, (_, i) =>
    i === 0 ? kind.sport : `${kind.sport}_${i}`,
  );
  const upstream = await Upstream.start(new Map(sports.map((sport) => [sport, kind.begin()])));
  const server = await startServer(combination.server, { script: effort.script, upstream, sports, tickMs });
  const { wire, updates, offer, views } = combination;
  const call: Call = { wire, updates, offer, views, sports, port: server.port };
  try {
    const first = await load.connect(call, sports.length, 1);
    await pause(tickMs);
    const idle = await cpuOf(load, server, tickMs, 2 * ticks);
    const before = await server.memory();
    const crowd = await load.connect(call, clients - sports.length, Math.max(1, witnesses - 1));
    const failures = [...first.failures, ...crowd.failures];
    if (failures.length > 0 || first.ready + crowd.ready < clients) {
      throw new Error(
        `${first.ready + crowd.ready} of ${clients} clients came in: ${failures[0] ?? "in time"}`,
      );
    }
    await pause(2 * tickMs);
    const runs: Run[] = [];
    let missing = 0;
    for (let i = 0; i < effort.runs; i += 1) {
      const { cpu, seen } = await cpuOf(load, server, tickMs, ticks);
      const { deliveries, bytes } = seen;
      missing += ticks * clients - deliveries;
      runs.push({
        cpuMicros: cpu / deliveries,
        bytes: bytes / deliveries,
        spreads: seen.ticks.map((tick) => tick.last - tick.first),
      });
    }
    const after = await server.memory();
    const faults = await check(load, server, combination, upstream, sports, tickMs);
    return {
      combination,
      clients,
      negotiated: first.deflate + crowd.deflate === clients,
      runs,
      idleMs: idle.cpu / (2 * ticks) / 1000,
      memory: grown(before, after) / (clients - sports.length),
      resident: after.resident,
      missing,
      faults,
    };
  } finally {
    await load.hangUp();
    await server.stop();
    await upstream.api.close();
  }
}

async function cpuOf(load: Load, server: Server, tickMs: number, ticks: number) {
  let began = 0;
  const seen = await load.window(tickMs, ticks, () => {
    began = server.cpu();
  });
  return { cpu: server.cpu() - began, seen };
}

/** What lives, where that can be told; a small heap's resident size says more about the collector. */
export function grown(before: Memory, after: Memory): number {
  if (before.live === null || after.live === null) return after.resident - before.resident;
  return after.live - before.live;
}

/** Lets the boards stand still, and compares what the clients hold with each other, with REST and with the upstream. */
export async function check(
  load: Load,
  server: Server,
  { server: name }: Pick<Combination, "server">,
  upstream: Upstream,
  sports: readonly string[],
  tickMs: number,
): Promise<readonly string[]> {
  upstream.freeze();
  await pause(3 * tickMs + 300);
  const said: Testimony = await load.testify();
  const faults = [...said.faults];
  if (said.digests.length === 0) faults.push("nobody decoded anything");
  const sport = sports[0] ?? "";
  const [first = null] = said.views;
  if (digest(said.odds, true) !== digest(seenBy(first, upstream.latest(sport)), true))
    faults.push("not the upstream's board");
  const told = name === "ours" ? await restBoard(server.port, sport) : said.odds;
  const wrong = said.digests.filter((seen, i) => seen !== digest(seenBy(said.views[i] ?? null, told)));
  // Of several sports the boards differ by their sport, and only each sport's first client is told whole.
  if (sports.length === 1 ? wrong.length > 0 : wrong.includes(digest(said.odds)))
    faults.push(`${wrong.length} of ${said.digests.length} have another board in the end`);
  return faults;
}

/** What of a board a client must have. */
function seenBy(view: Only | null, board: unknown): unknown {
  return new View(sieveOf(view ?? undefined)).of(board as readonly BoardEvent[]);
}

/** The middle run's figure. */
export const middle = (runs: readonly Run[], of: (run: Run) => number) => median(runs.map(of));

import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { TEST_KEY } from "../../test/helpers/fake-odds-api.js";
import { CORES, childOf, cpuMicros, freePort, kill, residentBytes, start } from "./child.js";
import { nchanModule, nginx, publish } from "./servers/nchan.js";
import { environment } from "./servers/ours.js";
import { pause } from "./shapes.js";
import type { Upstream } from "./upstream.js";

/** The servers that can be measured. */
export type ServerName = "ours" | "socket.io" | "socket.io deflate" | "ws" | "nchan" | "nchan deflate";

/** Memory of a server, in bytes: what lives (heap and beside it, after a collection; null of nginx), and all. */
export interface Memory {
  readonly live: number | null;
  readonly resident: number;
}

/** What a server is started with. */
export interface Setting {
  /** Our server's built script. */
  readonly script: string;
  readonly upstream: Upstream;
  readonly sports: readonly string[];
  readonly tickMs: number;
}

/** A server under measurement: a process on a core of its own. */
export interface Server {
  readonly port: number;
  readonly pid: number;
  cpu(): number;
  memory(): Promise<Memory>;
  /** Records how late its event loop is; then tells [planned, actual] moments, one after another. */
  watch(): void;
  watched(): Promise<readonly number[]>;
  stop(): Promise<void>;
}

/** Why a server cannot be measured here; undefined when it can. */
export function unavailable(name: ServerName): string | undefined {
  if (!name.startsWith("nchan") || nchanModule()) return undefined;
  return "skipped: nginx with its Nchan module is not installed";
}

const SCRIPTS = { "socket.io": "socket-io", "socket.io deflate": "socket-io", ws: "plain-ws" } as const;

/** Starts a server, and resolves when it listens. */
export async function startServer(name: ServerName, setting: Setting): Promise<Server> {
  const port = await freePort();
  return name === "nchan" || name === "nchan deflate"
    ? startNchan(port, name === "nchan deflate", setting)
    : startNode(port, name, setting);
}

async function startNode(
  port: number,
  name: "ours" | keyof typeof SCRIPTS,
  { script, upstream, sports, tickMs }: Setting,
): Promise<Server> {
  const here = import.meta.dirname;
  const vitals = ["--expose-gc", "--import", pathToFileURL(path.join(here, "vitals.mjs")).href];
  const own = name === "ours";
  const run = own
    ? [script]
    : ["--import", import.meta.resolve("tsx"), path.join(here, "servers", `${SCRIPTS[name]}.ts`)];
  const env: Record<string, string> = own
    ? environment(port, upstream.api.url, tickMs)
    : {
        PORT: String(port),
        UPSTREAM: upstream.api.url,
        KEY: TEST_KEY,
        SPORTS: sports.join(","),
        TICK_MS: String(tickMs),
        DEFLATE: name === "socket.io deflate" ? "1" : "0",
      };
  const flags = own ? (process.env.FAN_OUT_NODE_FLAGS ?? "").split(" ").filter(Boolean) : [];
  const child = start([process.execPath, ...flags, ...vitals, ...run], {
    core: CORES?.server,
    env,
    ipc: true,
  });
  await listening(child, port);
  const pid = child.pid ?? 0;
  type Told = { memory: NodeJS.MemoryUsage; late: number[] };
  const ask = (what: string) =>
    new Promise<Told>((resolve) => {
      // Our server also says that it is ready, for whoever waits for that.
      const hear = (told: Told | string) => {
        if (typeof told === "string") return;
        child.off("message", hear);
        resolve(told);
      };
      child.on("message", hear);
      child.send(what);
    });
  return {
    port,
    pid,
    cpu: () => cpuMicros(pid),
    memory: async () => {
      const { rss, heapUsed, external } = (await ask("memory")).memory;
      return { live: heapUsed + external, resident: rss };
    },
    watch: () => void child.send("watch"),
    watched: async () => (await ask("watched")).late,
    stop: () => stop(child),
  };
}

async function startNchan(
  port: number,
  deflate: boolean,
  { upstream, sports, tickMs }: Setting,
): Promise<Server> {
  const child = start(nginx(nchanModule() ?? "", port, deflate), { core: CORES?.server });
  await listening(child, port);
  const pid = childOf(child.pid ?? 0) ?? child.pid ?? 0;
  const timer = setInterval(() => {
    for (const sport of sports) {
      const head = `{"type":"odds_update","timestamp":${Date.now()},"sport":"${sport}","odds":`;
      void publish(port, sport, `${head}${upstream.read(sport)}}`);
    }
  }, tickMs);
  return {
    port,
    pid,
    cpu: () => cpuMicros(pid),
    memory: async () => ({ live: null, resident: residentBytes(pid) }),
    watch: () => {},
    watched: async () => [],
    stop: () => {
      clearInterval(timer);
      return stop(child);
    },
  };
}

async function listening(child: ChildProcess, port: number): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (Date.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null) break;
    const socket = connect(port, "127.0.0.1");
    const open = await new Promise<boolean>((resolve) => {
      socket.once("connect", () => resolve(true));
      socket.once("error", () => resolve(false));
    });
    socket.destroy();
    if (open) return;
    await pause(20);
  }
  throw new Error("A server did not start.");
}

async function stop(child: ChildProcess): Promise<void> {
  const over = once(child, "exit");
  if (process.env.FAN_OUT_NODE_FLAGS) child.kill("SIGTERM");
  else kill(child);
  await over;
}

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { availableParallelism, tmpdir } from "node:os";
import path from "node:path";

/** File descriptors that a server and the load are given, where the system allows it. */
const DESCRIPTORS = 65_536;
const PAGE_BYTES = 4096;

const started = new Set<ChildProcess>();
const folders = new Set<string>();
process.on("exit", () => {
  for (const child of started) kill(child);
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => process.exit(130));

/** The cores that the server and the load have to themselves; undefined where they cannot be pinned. */
export const CORES = coresOf();

function coresOf(): { readonly server: number; readonly load: number } | undefined {
  try {
    if (availableParallelism() < 2) return undefined;
    execFileSync("taskset", ["-p", String(process.pid)], { stdio: "ignore" });
    return { server: 0, load: 1 };
  } catch {
    return undefined;
  }
}

/** The most descriptors that a process may have here. */
export function descriptors(): number {
  const told = execFileSync("sh", ["-c", `ulimit -n ${DESCRIPTORS} 2>/dev/null; ulimit -n`])
    .toString()
    .trim();
  return told === "unlimited" ? DESCRIPTORS : Number(told);
}

/** A new folder, gone when the bench ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), "fan-out-"));
  folders.add(folder);
  return folder;
}

/** Starts a process on a core of its own, with many descriptors, that does not outlive the bench. */
export function start(
  command: readonly string[],
  { core, cwd, env = {}, ipc = false }: StartOptions,
): ChildProcess {
  const pinned = core === undefined ? command : ["taskset", "-c", String(core), ...command];
  const child = spawn(
    "sh",
    ["-c", `ulimit -n ${DESCRIPTORS} 2>/dev/null || ulimit -n $(ulimit -Hn); exec "$@"`, "sh", ...pinned],
    {
      cwd: cwd ?? temporaryFolder(),
      env: { PATH: process.env.PATH, ...env },
      stdio: ["ignore", "pipe", "inherit", ...(ipc ? (["ipc"] as const) : [])],
      // A group of its own: nginx has a child that would outlive it.
      detached: true,
    },
  );
  child.stdout?.resume();
  started.add(child);
  child.once("exit", () => started.delete(child));
  return child;
}

/** How a process is started; by default in an empty folder, as a `.env` in it would be read. */
export interface StartOptions {
  readonly core: number | undefined;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly ipc?: boolean;
}

/** Ends a process and those it started, at once. */
export function kill(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // It is gone already.
  }
}

/** Pins this process. */
export function pinMyself(): void {
  if (CORES)
    execFileSync("taskset", ["-a", "-cp", String(CORES.load), String(process.pid)], { stdio: "ignore" });
}

/** The CPU time of a process so far, all threads, in µs. */
export function cpuMicros(pid: number): number {
  let nanos = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    // Nanoseconds, where /proc/<pid>/stat tells hundredths of a second.
    nanos += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]);
  }
  return nanos / 1000;
}

/** The resident memory of a process, in bytes. */
export function residentBytes(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]) * PAGE_BYTES;
}

/** The child of a process; undefined while there is none. */
export function childOf(pid: number): number | undefined {
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name) || !existsSync(`/proc/${name}/stat`)) continue;
    const stat = readFileSync(`/proc/${name}/stat`, "utf8");
    if (Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]) === pid) return Number(name);
  }
  return undefined;
}

/** A port that nobody has, below those that the system hands out by itself. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 15_000 + Math.floor(Math.random() * 15_000);
    const probe = createServer();
    const free = await new Promise<boolean>((resolve) => {
      probe.once("error", () => resolve(false));
      probe.listen(port, "127.0.0.1", () => resolve(true));
    });
    if (!free) continue;
    await new Promise((resolve) => probe.close(resolve));
    return port;
  }
}

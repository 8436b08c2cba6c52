import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { builtServer } from "./build.js";
import { closeAfter } from "./start-app.js";

const repository = path.resolve(import.meta.dirname, "../..");

/** A new folder, gone after the test. */
export function temporaryFolder(): string {
  return closeAfter(mkdtempSync(path.join(tmpdir(), "live-odds-")), (folder) =>
    rmSync(folder, { recursive: true, force: true }),
  );
}

/** The server as a process of its own: what it prints, how it ends. */
export interface ServerProcess {
  readonly child: ChildProcess;
  /** Lines on stdout so far. */
  readonly lines: string[];
  /** Resolves with the first line on stdout, there or to come, that holds `text`; rejects when the process ends first. */
  line(text: string): Promise<string>;
  /** Resolves when it listens, with its port. */
  listening(): Promise<number>;
  /** Resolves when it has ended. */
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null; stderr: string }>;
}

/** What a process is started with besides its variables. */
export interface StartOptions {
  readonly args?: readonly string[];
  /** What a `.env` in its folder holds; there is none unless it is given. */
  readonly dotenv?: string | Buffer;
}

/** Runs the built server with these variables and none of ours, without a history unless they say so; killed after the test. */
export function startProcess(env: Record<string, string>, options: StartOptions = {}): ServerProcess {
  return startScript([path.join(builtServer(), "dist/index.js")], env, options);
}

/** Runs a script of the repository from its source, in the same way. */
export function startSource(script: string, env: Record<string, string>): ServerProcess {
  return startScript(["--import", import.meta.resolve("tsx"), path.join(repository, script)], env);
}

function startScript(
  words: readonly string[],
  env: Record<string, string>,
  { args = [], dotenv }: StartOptions = {},
): ServerProcess {
  const cwd = temporaryFolder();
  if (dotenv !== undefined) writeFileSync(path.join(cwd, ".env"), dotenv);
  return runProgram(process.execPath, [...words, ...args], { cwd, env: { HISTORY: "off", ...env } });
}

/** Runs a program with these variables and none of ours; killed after the test. */
export function runProgram(
  command: string,
  words: readonly string[],
  {
    cwd = temporaryFolder(),
    env = {},
  }: { readonly cwd?: string; readonly env?: Record<string, string> } = {},
): ServerProcess {
  const child = spawn(command, words, {
    cwd,
    env: { PATH: process.env.PATH, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  const wake = () => {
    for (const look of waiting) look();
  };
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(line);
    wake();
  });
  let stderr = "";
  child.stderr.on("data", (chunk) => {
    stderr += String(chunk);
  });
  let over = false;
  const ended = once(child, "close").then(([code, signal]) => {
    over = true;
    wake();
    return { code, signal, stderr };
  });
  closeAfter(child, async () => {
    child.kill("SIGKILL");
    await ended;
  });
  const line = (text: string) =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        const found = lines.find((candidate) => candidate.includes(text));
        if (found === undefined && !over) return;
        waiting.delete(look);
        if (found !== undefined) resolve(found);
        else reject(new Error(`The process ended without printing "${text}": ${lines.join("\n")}${stderr}`));
      };
      waiting.add(look);
      look();
    });
  return {
    child,
    lines,
    line,
    listening: async () => Number(/Listening on port (\d+)/.exec(await line("Listening on port "))?.[1]),
    ended,
  };
}

/** Runs another program until the test is over; resolves once `isUp` says that it is there. */
export async function startProgram(
  command: string,
  args: readonly string[],
  isUp: () => Promise<boolean>,
): Promise<void> {
  const child = spawn(command, args, { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (chunk) => {
    said += String(chunk);
  });
  const ended = once(child, "exit");
  closeAfter(child, async () => {
    child.kill("SIGKILL");
    await ended;
  });
  while (!(await isUp())) {
    if (child.exitCode !== null) throw new Error(`${command} did not start: ${said}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A port that nobody has, below those that the system hands out by itself: it stays free between two processes. */
export async function freePort(): Promise<number> {
  const [port = 0] = await freePorts(1);
  return port;
}

/** So many such ports in a row. */
export async function freePorts(count: number): Promise<number[]> {
  for (;;) {
    const first = 15_000 + Math.floor(Math.random() * 15_000);
    const ports = Array.from({ length: count }, (_, i) => first + i);
    if ((await Promise.all(ports.map(isFree))).every(Boolean)) return ports;
  }
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer();
  const free = await new Promise<boolean>((resolve) => {
    probe.once("error", () => resolve(false));
    probe.listen(port, () => resolve(true));
  });
  if (free) await new Promise((resolve) => probe.close(resolve));
  return free;
}

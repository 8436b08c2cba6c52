import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createClient } from "redis";
import { describe } from "vitest";
import { freePort, temporaryFolder } from "./process.js";
import { closeAfter } from "./start-app.js";

const COMMAND = "redis-server";
const installed = spawnSync(COMMAND, ["--version"]).status === 0;

if (!installed && process.env.CI) throw new Error(`${COMMAND} is not installed: .ci/run installs it.`);

/** Tests that need a real Redis; where `redis-server` is not installed they are skipped, and their name says why. */
export function describeWithRedis(name: string, tests: () => void): void {
  describe.skipIf(!installed)(installed ? name : `${name} (SKIPPED: ${COMMAND} is not installed)`, tests);
}

/** A Redis server of the test's own. */
export interface TestRedis {
  readonly port: number;
  readonly url: string;
  /** Runs a command made of words. */
  command(...words: string[]): Promise<unknown>;
  /** Kills it (`kill -9`); nothing it held survives. */
  kill(): Promise<void>;
  /** Starts it again, empty, on the same port. */
  start(): Promise<void>;
}

/** Starts a Redis server on a free port, with nothing kept on disk; killed after the test. With `options`, by those. */
export async function startRedis(options: readonly string[] = []): Promise<TestRedis> {
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  const folder = temporaryFolder();
  let child: ChildProcess | undefined;
  const kill = async () => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  };
  const start = async () => {
    const started = spawn(
      COMMAND,
      [
        ...[
          "--port",
          String(port),
          "--bind",
          "127.0.0.1",
          "--save",
          "",
          "--appendonly",
          "no",
          "--dir",
          folder,
        ],
        ...options,
      ],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    child = started;
    await new Promise<void>((resolve, reject) => {
      started.once("exit", () => reject(new Error("Redis did not start.")));
      started.stdout.on("data", (chunk) => {
        if (String(chunk).includes("Ready to accept connections")) resolve();
      });
    });
  };
  closeAfter(child, kill);
  await start();
  return {
    port,
    url,
    kill,
    start,
    command: async (...words) => {
      const client = createClient({ url });
      client.on("error", () => {});
      await client.connect();
      try {
        return await client.sendCommand(words);
      } finally {
        client.destroy();
      }
    },
  };
}

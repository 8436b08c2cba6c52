import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import postgres from "postgres";
import { describe } from "vitest";
import { freePort, temporaryFolder } from "./process.js";
import { closeAfter } from "./start-app.js";

/** Debian's package keeps its programs out of the PATH. */
const PACKAGES = "/usr/lib/postgresql";
const bin = existsSync(PACKAGES)
  ? `${PACKAGES}/${readdirSync(PACKAGES).sort((one, other) => Number(other) - Number(one))[0]}/bin/`
  : "";
const installed = spawnSync(`${bin}postgres`, ["--version"]).status === 0;

if (!installed && process.env.CI) throw new Error("PostgreSQL is not installed: .ci/run installs it.");

/** Tests that need a real PostgreSQL; where it is not installed they are skipped, and their name says why. */
export function describeWithPostgres(name: string, tests: () => void): void {
  describe.skipIf(!installed)(installed ? name : `${name} (SKIPPED: PostgreSQL is not installed)`, tests);
}

/** A PostgreSQL server of the test's own, with the user `odds` and its password. */
export interface TestPostgres {
  readonly port: number;
  /** The address of a database of its own at each call, which is empty. */
  database(): Promise<string>;
  /** Runs SQL as the superuser in a database. */
  query(url: string, sql: string): Promise<readonly Record<string, unknown>[]>;
  /** Kills it with all its processes (`kill -9`). */
  kill(): Promise<void>;
  /** Starts it again on what the killed one left. */
  start(): Promise<void>;
  /** Freezes all its processes (SIGSTOP): it takes connections, and answers nothing. */
  freeze(): void;
  thaw(): void;
}

/** The password of the user `odds`: what no error may hold. */
export const POSTGRES_PASSWORD = "s3cr3t,p@ss/word";

/** Starts a PostgreSQL on a free port, in a folder of its own; killed after the test. With `settings` in its configuration, and copies of `files` beside its data. */
export async function startPostgres(
  settings: readonly string[] = [],
  files: Readonly<Record<string, string>> = {},
): Promise<TestPostgres> {
  const port = await freePort();
  const folder = temporaryFolder();
  // It refuses to run as root; Debian's package brings a user for it.
  const isRoot = process.getuid?.() === 0;
  const id = (kind: string) => Number(execFileSync("id", [kind, "postgres"], { encoding: "utf8" }));
  const who = isRoot ? { uid: id("-u"), gid: id("-g") } : {};
  if (who.uid !== undefined && who.gid !== undefined) chownSync(folder, who.uid, who.gid);
  const data = path.join(folder, "data");
  execFileSync(
    `${bin}initdb`,
    ["-D", data, "--no-sync", "-U", "postgres", "--locale=C", "-E", "UTF8", "-A", "trust"],
    {
      ...who,
      cwd: folder,
      stdio: "ignore",
    },
  );
  writeFileSync(
    path.join(data, "pg_hba.conf"),
    "host all postgres 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n",
  );
  for (const [name, file] of Object.entries(files)) {
    const copy = path.join(data, name);
    copyFileSync(file, copy);
    chmodSync(copy, 0o600);
    if (who.uid !== undefined && who.gid !== undefined) chownSync(copy, who.uid, who.gid);
  }
  let child: ChildProcess | undefined;
  const start = async () => {
    const started = spawn(
      `${bin}postgres`,
      [
        ...["-D", data, "-p", String(port), "-k", "", "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"],
        ...settings.flatMap((setting) => ["-c", setting]),
      ],
      { ...who, cwd: folder, stdio: ["ignore", "ignore", "pipe"] },
    );
    child = started;
    let said = "";
    await new Promise<void>((resolve, reject) => {
      started.once("exit", () => reject(new Error(`PostgreSQL did not start: ${said}`)));
      started.stderr.on("data", (chunk) => {
        said += String(chunk);
        if (said.includes("database system is ready to accept connections")) resolve();
      });
    });
  };
  const signal = (name: NodeJS.Signals) => {
    const pid = child?.pid;
    if (pid === undefined || child?.exitCode !== null || child.signalCode !== null) return;
    for (const each of [pid, ...childrenOf(pid)]) {
      try {
        process.kill(each, name);
      } catch (error) {
        // A worker of its own may have ended since it was listed.
        if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
      }
    }
  };
  const kill = async () => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    signal("SIGKILL");
    await ended;
  };
  closeAfter(child, kill);
  await start();
  const query = async (url: string, sql: string) => {
    const client = postgres(asSuperuser(url), { max: 1, onnotice: () => {} });
    try {
      return await client.unsafe(sql);
    } finally {
      await client.end();
    }
  };
  const own = `postgres://postgres@127.0.0.1:${port}/postgres`;
  await query(own, `create user odds password '${POSTGRES_PASSWORD}'`);
  let databases = 0;
  return {
    port,
    query,
    database: async () => {
      databases += 1;
      await query(own, `create database odds_${databases} owner odds`);
      return `postgres://odds:${encodeURIComponent(POSTGRES_PASSWORD)}@127.0.0.1:${port}/odds_${databases}`;
    },
    kill,
    start,
    freeze: () => signal("SIGSTOP"),
    thaw: () => signal("SIGCONT"),
  };
}

function asSuperuser(url: string): string {
  const address = new URL(url);
  address.username = "postgres";
  address.password = "";
  return address.href;
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")
    .trim()
    .split(" ")
    .filter((word) => word !== "")
    .map(Number);
}

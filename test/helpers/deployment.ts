import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { appendFileSync, cpSync, existsSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { createRequire } from "node:module";
import path from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { describe } from "vitest";
import { type FakeOddsApi, startFakeOddsApi, TEST_KEY } from "./fake-odds-api.js";
import { eventually } from "./fleet.js";
import { Follower, Ledger } from "./follower.js";
import { livelyBoard, makeLively } from "./lively-boards.js";
import { startNginx } from "./nginx.js";
import { freePorts, temporaryFolder } from "./process.js";
import { startRedis, type TestRedis } from "./redis.js";
import { closeAfter } from "./start-app.js";

const SPORT = "basketball_nba";
const PROBE_MS = 100;
const repository = path.resolve(import.meta.dirname, "../..");
const missing = ["pm2", "nginx", "redis-server"].filter(
  (command) => spawnSync("which", [command]).status !== 0,
);
if (missing.length > 0 && process.env.CI)
  throw new Error(`Not installed: ${missing}. .ci/run installs them.`);

/** Tests that need PM2, nginx and Redis; where one is not installed they are skipped, and their name says why. */
export function describeWithDeployment(name: string, tests: () => void): void {
  describe.skipIf(missing.length > 0)(
    missing.length === 0 ? name : `${name} (SKIPPED: no ${missing})`,
    tests,
  );
}

/** What a rollout did to those outside. */
export interface Outcome {
  readonly code: number | null;
  /** What it printed. */
  readonly said: string;
  readonly probes: number;
  /** Probes through nginx that were not answered with 200 within 2 s. */
  readonly lost: number;
  /** How many clients lost their connection, and how often all of them together did. */
  readonly clientsCut: number;
  readonly cuts: number;
  /** The longest that a client had no board, in ms; boards come each second. */
  readonly longestMs: number;
}

/** A copy of this repository with its processes under PM2, behind nginx, with clients. */
export interface Deployment {
  readonly api: FakeOddsApi;
  readonly redis: TestRedis;
  readonly ports: readonly number[];
  readonly ledger: Ledger;
  /** A file of the copy. */
  file(name: string): string;
  /** Adds lines to a file of the copy. */
  append(name: string, text: string): void;
  /** Runs `deploy/rollout.mjs` with probes and clients on; `heard` is told each line that it prints. */
  rollout(heard?: (line: string, rollout: ChildProcess) => void): Promise<Outcome>;
  /** What PM2 shows of each process. */
  shown(): Promise<{ name: string; pid: number; status: string; restarts: number }[]>;
}

/** Starts it all, by a first rollout; ended after the test. */
export async function startDeployment(count: number, clientCount: number): Promise<Deployment> {
  const api = closeAfter(await startFakeOddsApi({ [SPORT]: livelyBoard(SPORT, 0) }), (fake) => fake.close());
  makeLively(api);
  const redis = await startRedis();
  const ports = await freePorts(count);
  const folder = copyOfRepository();
  const file = (name: string) => path.join(folder, name);
  writeFileSync(file("deploy/ecosystem.config.cjs"), ecosystem(folder, ports));
  writeFileSync(
    file(".env"),
    `${Object.entries({
      THE_ODDS_API_KEY: TEST_KEY,
      ODDS_API_BASE_URL: api.url,
      REDIS_URL: redis.url,
      ODDS_POLL_INTERVAL_MS: "1000",
      ODDS_CACHE_TTL_MS: "1000",
      RATE_LIMIT_MAX: "1000000",
      MAX_CONNECTIONS_PER_IP: "100000",
    })
      .map((pair) => pair.join("="))
      .join("\n")}\n`,
  );
  const env = { PATH: process.env.PATH, HOME: folder, PM2_HOME: file("pm2") };
  const pm2 = (...words: string[]) => promisify(execFile)("pm2", words, { env });
  closeAfter(pm2, () => pm2("kill"));
  const run = (heard: (line: string, rollout: ChildProcess) => void) =>
    new Promise<{ code: number | null; said: string }>((resolve) => {
      const child = spawn(process.execPath, [file("deploy/rollout.mjs")], { env });
      closeAfter(child, () => child.kill("SIGKILL"));
      const lines: string[] = [];
      for (const stream of [child.stdout, child.stderr]) {
        createInterface({ input: stream }).on("line", (line) => {
          lines.push(line);
          heard(line, child);
        });
      }
      child.on("close", (code) => resolve({ code, said: lines.join("\n") }));
    });

  const first = await run(() => {});
  if (first.code !== 0) throw new Error(`The first rollout failed: ${first.said}`);
  const nginx = await startNginx(ports, { sticky: false });
  const ledger = new Ledger();
  const clients = Array.from({ length: clientCount }, (_, i) => {
    const door = i % 2 === 0 ? "plain" : "Socket.IO";
    return new Follower(`client ${i}`, () => [nginx], SPORT, "delta", door, ledger, 0);
  });
  await eventually(() => clients.every(({ seen }) => seen.length > 1) || undefined, 60_000);

  return {
    api,
    redis,
    ports,
    ledger,
    file,
    append: (name, text) => appendFileSync(file(name), text),
    rollout: async (heard = () => {}) => {
      for (const client of clients) client.waits.splice(0);
      const before = clients.map(({ cuts }) => cuts);
      const prober = probe(nginx.url);
      const result = await run(heard);
      // Those who were sent away at the end have come back, and then some.
      const ended = performance.now();
      await eventually(
        () => clients.every(({ latest }) => (latest?.at ?? 0) > ended + 1000) || undefined,
        60_000,
      );
      const cut = clients.map(({ cuts }, i) => cuts - (before[i] ?? 0));
      return {
        ...result,
        ...prober.stop(),
        clientsCut: cut.filter((times) => times > 0).length,
        cuts: cut.reduce((sum, times) => sum + times, 0),
        longestMs: Math.round(
          clients.flatMap(({ waits }) => waits).reduce((most, { ms }) => Math.max(most, ms), 0),
        ),
      };
    },
    shown: async () => {
      const { stdout } = await pm2("jlist");
      const entries = JSON.parse(stdout.slice(stdout.indexOf("[{"))) as {
        name: string;
        pid: number;
        pm2_env: { status: string; restart_time: number };
      }[];
      return entries.map(({ name, pid, pm2_env }) => ({
        name,
        pid,
        status: pm2_env.status,
        restarts: pm2_env.restart_time,
      }));
    },
  };
}

function copyOfRepository(): string {
  const folder = temporaryFolder();
  for (const name of ["src", "deploy", "package.json", "tsconfig.json", "tsconfig.build.json"])
    cpSync(path.join(repository, name), path.join(folder, name), { recursive: true });
  symlinkSync(path.join(repository, "node_modules"), path.join(folder, "node_modules"));
  return folder;
}

/** deploy/ecosystem.config.cjs with as many processes, on these ports. */
function ecosystem(folder: string, ports: readonly number[]): string {
  const written = createRequire(import.meta.url)(path.join(repository, "deploy/ecosystem.config.cjs")) as {
    apps: { env: Record<string, string> }[];
  };
  const [model] = written.apps;
  const apps = ports.map((port) => ({
    ...model,
    name: `live-odds-${port}`,
    cwd: folder,
    env: { ...model?.env, PORT: String(port) },
  }));
  return `module.exports = ${JSON.stringify({ apps })};`;
}

/** Asks `/ready` every 100 ms, each time on a connection of its own, as a monitor does. */
function probe(url: string): { stop(): { probes: number; lost: number } } {
  let probes = 0;
  let lost = 0;
  const timer = setInterval(() => {
    probes += 1;
    const request = get(`${url}/ready`, { agent: false, timeout: 2000 }, (response) => {
      response.resume();
      if (response.statusCode !== 200) lost += 1;
    });
    request.on("timeout", () => request.destroy(new Error("silent")));
    request.on("error", () => {
      lost += 1;
    });
  }, PROBE_MS);
  return {
    stop: () => {
      clearInterval(timer);
      return { probes, lost };
    },
  };
}

/** What the build in `dist/` of a copy is known by: the time of its index.js, and whether there is one. */
export function builtAt(deployment: Deployment): string {
  const index = deployment.file("dist/index.js");
  return existsSync(index) ? readFileSync(index, "utf8") : "";
}

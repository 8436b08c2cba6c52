/*
 * What tokens cost: so many clients come within 10 s, half of them Socket.IO, with and without tokens, beside 500 that
 * are in and wait for their ticks; and what attacks on tokens do to those 500. Prints seconds of the server's CPU, the
 * longest that its loop was late, and the longest that one of the 500 waited for a tick. First, verifications by
 * themselves, all at once in this process.
 *
 *   npx tsx bench/tokens.ts [--clients 10000] [--seconds 10] [--only ES256]
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import path from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { WebSocket } from "ws";
import { FixedKey } from "../src/transports/auth-keys.js";
import { TokenVerifier } from "../src/transports/auth-verifier.js";
import { inSeconds, keyPair, SECRET, sign, unsigned } from "../test/helpers/tokens.js";

const { values } = parseArgs({
  options: {
    clients: { type: "string", default: "10000" },
    seconds: { type: "string", default: "10" },
    only: { type: "string" },
  },
});
const CLIENTS = Number(values.clients);
const SECONDS = Number(values.seconds);
const GOOD = 500;
const TICK_MS = 500;
const SPORT = "basketball_nba";

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const say = (line: string) => process.stdout.write(`${line}\n`);

interface Server {
  readonly child: ChildProcess;
  readonly port: number;
}

async function start(env: Record<string, string>): Promise<Server> {
  const here = import.meta.dirname;
  const preload = ["--import", path.join(here, "fan-out/vitals.mjs"), "--import", import.meta.resolve("tsx")];
  const child = spawn(process.execPath, [...preload, path.resolve(here, "../src/index.ts")], {
    env: {
      PATH: process.env.PATH,
      PORT: "0",
      HOST: "127.0.0.1",
      LOG_LEVEL: "warn",
      HISTORY: "off",
      ODDS_POLL_INTERVAL_MS: String(TICK_MS),
      ODDS_CACHE_TTL_MS: "60000",
      MAX_CONNECTIONS_PER_IP: "100000",
      RATE_LIMIT_MAX: "100000000",
      ...env,
    },
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  const port = await new Promise<number>((resolve) => {
    if (!child.stdout) return;
    createInterface({ input: child.stdout }).on("line", (line) => {
      const found = /Listening on port (\d+)/.exec(line);
      if (found) resolve(Number(found[1]));
    });
  });
  return { child, port };
}

/** Seconds of CPU that a process has taken so far. */
function cpu({ child }: Server): number {
  const [, fields = ""] = readFileSync(`/proc/${child.pid}/stat`, "utf8").split(") ");
  const [user = 0, system = 0] = fields.split(" ").slice(11, 13).map(Number);
  return (user + system) / 100;
}

/** The longest that a server's loop is late until the returned function is called, in ms. */
function watch({ child }: Server): () => Promise<number> {
  child.send("watch");
  return async () => {
    child.send("watched");
    const late = await new Promise<number[]>((resolve) => {
      child.on("message", (message: { late?: number[] }) => message.late && resolve(message.late));
    });
    let longest = 0;
    for (let i = 0; i < late.length; i += 2) longest = Math.max(longest, (late[i + 1] ?? 0) - (late[i] ?? 0));
    return longest;
  };
}

/** A client at either transport; resolves once it is in, and calls `tick` with each update. */
async function connect(port: number, isPlain: boolean, token: string | undefined, tick?: () => void) {
  const at = isPlain ? "/odds" : "/socket.io/?EIO=4&transport=websocket";
  const headers = isPlain && token !== undefined ? { Authorization: `Bearer ${token}` } : {};
  const socket = new WebSocket(`ws://127.0.0.1:${port}${at}`, { perMessageDeflate: false, headers });
  const subscribe = { type: "subscribe", sport: SPORT, updates: "delta" };
  const enter = () => {
    if (tick)
      socket.send(isPlain ? JSON.stringify(subscribe) : `42/odds,["message",${JSON.stringify(subscribe)}]`);
  };
  await new Promise<void>((resolve, reject) => {
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("closed")));
    socket.on("open", () => {
      if (isPlain) resolve();
    });
    socket.on("message", (frame: Buffer) => {
      const head = frame.toString("latin1", 0, 40);
      if (head.includes('"odds_')) tick?.();
      else if (head === "2") socket.send("3");
      else if (head.startsWith("0{")) {
        socket.send(`40/odds,${token === undefined ? "" : JSON.stringify({ token })}`);
      } else if (head.startsWith("40/odds,")) resolve();
      else if (head.startsWith("44/odds,")) reject(new Error(frame.toString()));
    });
  });
  enter();
  return socket;
}

/** Those who are in, and the longest that one of them waited for a tick. */
async function crowd({ port }: Server, token: string | undefined) {
  const heard = new Map<number, number>();
  const waits = { longest: 0, ticks: 0 };
  for (let i = 0; i < GOOD; i += 1) {
    await connect(port, i % 2 === 0, token, () => {
      const now = performance.now();
      waits.longest = Math.max(waits.longest, now - (heard.get(i) ?? now));
      waits.ticks += 1;
      heard.set(i, now);
    });
  }
  await pause(3 * TICK_MS);
  return waits;
}

async function measure(
  name: string,
  env: Record<string, string>,
  token: string | undefined,
  work: (server: Server) => Promise<string>,
): Promise<void> {
  if (values.only !== undefined && values.only !== name) return;
  const server = await start(env);
  const waits = await crowd(server, token);
  Object.assign(waits, { longest: 0, ticks: 0 });
  const before = cpu(server);
  const late = watch(server);
  const began = performance.now();
  const done = await work(server);
  const took = performance.now() - began;
  const used = cpu(server) - before;
  const latest = await late();
  const due = Math.floor(took / TICK_MS) * GOOD;
  const missed = waits.longest > 2 * TICK_MS ? "MISSED" : "none missed";
  say(
    `| ${name} | ${done} | ${used.toFixed(1)} s | ${latest.toFixed(0)} ms | ${waits.longest.toFixed(0)} ms | ${waits.ticks} of ${due}, ${missed} |`,
  );
  server.child.kill("SIGKILL");
  await once(server.child, "exit");
}

/** So many come within 10 s, evenly. */
async function arrive({ port }: Server, token: string | undefined): Promise<string> {
  const began = performance.now();
  let failed = 0;
  const all: Promise<unknown>[] = [];
  for (let i = 0; i < CLIENTS; i += 1) {
    const due = (i * 10_000) / CLIENTS;
    if (performance.now() - began < due) await pause(due - (performance.now() - began));
    all.push(
      connect(port, i % 2 === 0, token).catch(() => {
        failed += 1;
      }),
    );
  }
  await Promise.all(all);
  return `${CLIENTS} came in ${((performance.now() - began) / 1000).toFixed(1)} s, ${failed} failed`;
}

/** The same token again and again at REST and both transports, 32 at a time. */
function attack(token: string) {
  return async ({ port }: Server): Promise<string> => {
    const until = performance.now() + SECONDS * 1000;
    let tries = 0;
    await Promise.all(
      Array.from({ length: 32 }, async (_, i) => {
        while (performance.now() < until) {
          tries += 1;
          if (i % 3 === 0) {
            const headers = { Authorization: `Bearer ${token}` };
            const response = await fetch(`http://127.0.0.1:${port}/api/odds/live`, { headers }).catch(
              () => undefined,
            );
            await response?.arrayBuffer();
          } else await connect(port, i % 3 === 1, token).catch(() => {});
        }
      }),
    );
    return `${Math.round(tries / SECONDS)} a second`;
  };
}

/** So many tokens verified at once: microseconds of CPU for each, and the longest that the loop was late. */
async function alone(name: string, keys: FixedKey, token: string): Promise<void> {
  const verifier = new TokenVerifier(keys, { AUTH_JWT_ISSUER: undefined, AUTH_JWT_AUDIENCE: undefined });
  await verifier.verify(token);
  const loop = monitorEventLoopDelay({ resolution: 1 });
  const before = process.cpuUsage();
  loop.enable();
  await Promise.all(Array.from({ length: CLIENTS }, () => verifier.verify(token)));
  loop.disable();
  const { user, system } = process.cpuUsage(before);
  say(`| ${name} | ${((user + system) / CLIENTS).toFixed(0)} µs | ${(loop.max / 1e6).toFixed(0)} ms |`);
}

const key = await keyPair("ES256");
const stranger = await keyPair("ES256");
const rsa = await keyPair("RS256");
const hs = { AUTH_JWT_SECRET: SECRET };
const es = { AUTH_JWT_PUBLIC_KEY: key.pem };
const ed = await keyPair("EdDSA");
say("| signed by | CPU for each | loop late |\n|---|---|---|");
for (let round = 0; round < 2; round += 1) {
  // The first round is the compiler's.
  const mark = round === 0 ? " (cold)" : "";
  await alone(`HS256${mark}`, FixedKey.secret(SECRET), await sign());
  for (const pair of [rsa, key, ed]) {
    await alone(`${pair.alg}${mark}`, FixedKey.publicKey(pair.pem), await pair.sign());
  }
}
say("");
say("| what | | server's CPU | loop late | longest without a tick | ticks |\n|---|---|---|---|---|---|");
for (const [name, env, token] of [
  ["no tokens", {}, undefined],
  ["HS256", hs, await sign({ sub: "crowd" })],
  ["RS256", { AUTH_JWT_PUBLIC_KEY: rsa.pem }, await rsa.sign({ sub: "crowd" })],
  ["ES256", es, await key.sign({ sub: "crowd" })],
] as const) {
  await measure(name, env, token, (server) => arrive(server, token));
}
const good = await key.sign({ sub: "crowd" });
for (const [name, token] of [
  ["attack: alg none", unsigned({ alg: "none" }, { exp: inSeconds(60) })],
  ["attack: another key", await stranger.sign()],
  ["attack: expired", await key.sign({ exp: inSeconds(-60) })],
  ["attack: 9000 characters", await key.sign({ padding: "x".repeat(6600) })],
] as const) {
  await measure(name, es, good, attack(token));
}
process.exit(0);

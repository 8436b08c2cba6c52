// @ts-check
/*
 * npm run rollout: brings this checkout to the processes of deploy/ecosystem.config.cjs, one after the other, or
 * starts them. To roll back, check the older commit out and run the same.
 *
 *   1. builds beside dist/                                        what runs is not touched
 *   2. has that build check the configuration, the key and Redis  nor here
 *   3. puts the build in its place
 *   4. for each process: stops it, starts it, waits until it is ready, and goes on to the next.
 *
 * It stops at the first that does not come up, leaves the others alone and puts the build before back.
 *
 *   node deploy/rollout.mjs [ecosystem file]
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { parse } from "dotenv";
import { BUILDS, buildBeside, swapBack, swapIn } from "./build.mjs";
import { lock } from "./lock.mjs";
import { Processes } from "./processes.mjs";

/** How the rollout ends. */
const ROLLOUT = {
  /** All processes run this checkout. */
  done: 0,
  /** It stopped at a process that did not come up, or was told to: some run this checkout, the others the one before. */
  stopped: 1,
  /** Nothing was touched: the build, the check or something that is needed failed. */
  untouched: 2,
};

/** How long a check may take, in ms: an upstream and a Redis that are both silent. */
const CHECK_MS = 60_000;
/** How long a new process is watched before the next is taken down, in ms: it knows after 2.5 s that Redis is gone. */
const SETTLE_MS = 3000;
/** What ends it between two processes only. SIGHUP: the terminal is gone, a connection over SSH that broke for example. */
const SIGNALS = /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"]);
const root = path.resolve(import.meta.dirname, "..");
/** @param {string} line */
const say = (line) => process.stdout.write(`${line}\n`);

/** @typedef {{ name: string, port: number, host: string, cwd: string, env: Record<string, string> }} App */

/** Why the rollout ends here, for a person; `code` of ROLLOUT. */
class Stop extends Error {
  /**
   * @param {number} code
   * @param {string} message
   */
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/**
 * The applications of an ecosystem file, as far as a rollout needs to know them.
 * @param {string} file
 * @returns {App[]}
 */
function appsOf(file) {
  /** @type {{ apps: { name?: string, cwd?: string, env?: Record<string, unknown> }[] }} */
  const { apps } = createRequire(import.meta.url)(file);
  return apps.map(({ name, cwd, env = {} }) => {
    const port = Number(env.PORT);
    if (!name || !Number.isInteger(port) || port < 1 || port > 65_535) {
      throw new Stop(
        ROLLOUT.untouched,
        `Each application of ${file} needs a name, and a PORT of its own in env.`,
      );
    }
    const host =
      typeof env.HOST === "string" && env.HOST !== "" && env.HOST !== "0.0.0.0" ? env.HOST : "127.0.0.1";
    const variables = Object.fromEntries(Object.entries(env).map(([key, value]) => [key, String(value)]));
    return { name, port, host, cwd: path.resolve(cwd ?? root), env: variables };
  });
}

/**
 * Has the new build look whether it can start, once for each environment: they usually differ in the port only.
 * @param {App[]} apps
 */
function checkAll(apps) {
  const alike = new Map(apps.map((app) => [JSON.stringify({ ...app.env, PORT: "", cwd: app.cwd }), app]));
  for (const { name, cwd, env } of alike.values()) {
    say(
      alike.size > 1
        ? `Checking the configuration of ${name} and those like it:`
        : "Checking the configuration:",
    );
    const { status, error } = spawnSync(
      process.execPath,
      [path.join(root, BUILDS.next, "index.js"), "--check"],
      {
        cwd,
        env: { ...process.env, ...env },
        stdio: ["ignore", "inherit", "inherit"],
        timeout: CHECK_MS,
      },
    );
    if (status !== 0) {
      const why = error ? `did not end (${error.message})` : `failed (exit code ${status})`;
      throw new Stop(
        ROLLOUT.untouched,
        `The check ${why}. Mend what is marked bad above, then run this again.`,
      );
    }
  }
}

/**
 * @param {App[]} apps
 * @param {Processes} processes
 * @param {() => boolean} isInterrupted
 */
async function rollAll(apps, processes, isInterrupted) {
  /** @type {Set<App>} those that serve: none of them may be missing when the next is taken down */
  const up = new Set();
  for (const app of apps) if ((await processes.readiness(app)) === "ready") up.add(app);
  // Those that are down come first: nothing is lost with them, and they show whether this build comes up.
  const left = [...apps.filter((app) => !up.has(app)), ...up];
  /** @param {string} why */
  const stop = (why) => {
    const names = left.map(({ name }) => name).join(", ");
    return new Stop(ROLLOUT.stopped, `${why}\n${names ? `Not touched: ${names}.` : "It was the last one."}`);
  };
  for (let app = left[0]; app; app = left[0]) {
    for (const other of up) {
      const trouble = await processes.waitUntilReady(other);
      if (trouble && other !== app) throw stop(`${other.name} was ready, and is not any more: ${trouble}`);
    }
    if (isInterrupted()) throw stop(`Interrupted before ${app.name}.`);
    const began = performance.now();
    left.shift();
    const trouble = await processes.renew(app);
    if (trouble) throw stop(`${app.name} did not come up: ${trouble}`);
    up.add(app);
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    say(
      `${apps.length - left.length}/${apps.length} ${app.name} is ready on port ${app.port} (${seconds} s)`,
    );
    await pause(SETTLE_MS);
  }
  for (const app of up) {
    const trouble = await processes.waitUntilReady(app);
    if (trouble) throw stop(`${app.name} was ready, and is not any more: ${trouble}`);
  }
}

/**
 * Several processes without a Redis would each read, and pay, for themselves.
 * @param {App[]} apps
 */
function wantRedis(apps) {
  if (apps.length < 2) return;
  for (const { name, cwd, env } of apps) {
    const dotenv = path.join(cwd, ".env");
    const file = existsSync(dotenv) ? parse(readFileSync(dotenv)) : {};
    if (env.REDIS_URL ?? process.env.REDIS_URL ?? file.REDIS_URL) continue;
    throw new Stop(
      ROLLOUT.untouched,
      `${name} has no REDIS_URL, and each of ${apps.length} processes would read, and pay, for itself. Set it in ${dotenv}.`,
    );
  }
}

function takeLock() {
  try {
    return lock(path.join(root, ".rollout.lock"));
  } catch (error) {
    const why = error instanceof Error ? error.message : error;
    throw new Stop(ROLLOUT.untouched, `.rollout.lock cannot be written: ${why}`);
  }
}

/** @param {string} file */
async function rollout(file) {
  if (!existsSync(file)) throw new Stop(ROLLOUT.untouched, `There is no ${file}.`);
  const apps = appsOf(file);
  const processes = new Processes(file);
  if (!processes.isInstalled()) {
    throw new Stop(ROLLOUT.untouched, "pm2 was not found. Install it: npm install --global pm2@7");
  }
  const unlock = takeLock();
  if (!unlock)
    throw new Stop(ROLLOUT.untouched, "Another rollout is running: .rollout.lock has its process.");
  let interrupted = false;
  const interrupt = () => {
    if (!interrupted) say("Interrupted: the process under way is waited for, the others are left alone.");
    interrupted = true;
  };
  for (const signal of SIGNALS) process.on(signal, interrupt);
  try {
    say("Building beside dist/:");
    const problem = buildBeside();
    if (problem) throw new Stop(ROLLOUT.untouched, problem);
    wantRedis(apps);
    checkAll(apps);
    if (interrupted) throw new Stop(ROLLOUT.untouched, "Interrupted.");
    swapIn();
    say(`Restarting ${apps.length} processes, one after the other:`);
    try {
      await rollAll(apps, processes, () => interrupted);
    } catch (error) {
      const isBack = swapBack();
      say(
        isBack
          ? `The build before is back in dist/; this one is in ${BUILDS.failed}/.`
          : "There was no build before.",
      );
      throw error;
    }
    say("All processes run this build. `pm2 save` has a reboot start the same.");
  } finally {
    for (const signal of SIGNALS) process.off(signal, interrupt);
    unlock();
  }
}

const NEXT = {
  [ROLLOUT.stopped]:
    "What to do: mend what is said above and run this again, or roll back: check the commit before out, `npm ci`, and run this.\n" +
    "Until then the others serve. PM2 tries the one above again for some minutes, unless its configuration is wrong.",
  [ROLLOUT.untouched]: "Nothing was touched: what ran goes on.",
};

// Whoever reads along may go (a terminal, `| head`): that is no reason to leave a process deleted and not started.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

try {
  await rollout(path.resolve(process.argv[2] ?? path.join(import.meta.dirname, "ecosystem.config.cjs")));
} catch (error) {
  const isOurs = error instanceof Stop;
  const code = isOurs ? error.code : ROLLOUT.stopped;
  const what = isOurs
    ? error.message
    : error instanceof Error
      ? (error.stack ?? error.message)
      : String(error);
  process.stderr.write(`\nROLLOUT STOPPED: ${what}\n${NEXT[code]}\n`);
  process.exitCode = code;
}

// @ts-check
import { spawn, spawnSync } from "node:child_process";
import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { linesSince, sizesOf } from "./log-lines.mjs";

/** How long a process may take from its start until it is ready, in ms: above PM2's listen_timeout of 15 s. */
const READY_MS = 30_000;
/** How long one that is just starting is waited for before it is stopped, in ms. */
const LAUNCH_MS = 20_000;
/** How long a port may take to become free, in ms. */
const FREE_MS = 3000;
/** How often a start is tried where PM2 comes in between. */
const TRIES = 3;
/** Between two looks, in ms. */
const LOOK_MS = 250;
/** PM2's answer to a command, in ms: it waits for a stop (kill_timeout) and for a start (listen_timeout). */
const COMMAND_MS = 60_000;

/** What an exit code says, and what to do. src/exit-codes.ts has them. */
export const MEANS = /** @type {Record<number, (port: number) => string>} */ ({
  69: (port) => `its port is taken by another process. Who it is: ss -ltnp 'sport = :${port}'`,
  78: () => "its configuration is not usable. `npm run check-config`, with the same environment, says why",
});

/** @typedef {import("./rollout.mjs").App} App */
/**
 * A process as PM2 has it.
 * @typedef {{ name: string, pm_id: number, pid: number, pm2_env: { status: string, restart_time: number, exit_code?: number,
 *   pm_out_log_path: string, pm_err_log_path: string } }} Entry
 */

/** The processes of an ecosystem file, by way of PM2's command line. */
export class Processes {
  /** @param {string} file */
  constructor(file) {
    this.file = file;
  }

  /** Whether there is a PM2 to speak to. */
  isInstalled() {
    return (
      spawnSync("pm2", ["--version"], { shell: process.platform === "win32", stdio: "ignore" }).status === 0
    );
  }

  /**
   * Whether a process should get traffic, by its own word; else what it says instead.
   * @param {App} app
   * @returns {Promise<string>} `ready`, or what is in the way
   */
  async readiness({ host, port }) {
    const address = host.includes(":") ? `[${host}]` : host;
    try {
      const response = await fetch(`http://${address}:${port}/ready`, { signal: AbortSignal.timeout(2000) });
      const said = (await response.text()).slice(0, 200);
      if (said.includes("CLUSTER_UNAVAILABLE")) return `it cannot reach Redis (/ready says ${said})`;
      return response.status === 200 ? "ready" : `/ready says ${said}`;
    } catch {
      return `port ${port} does not answer`;
    }
  }

  /**
   * Waits until a process that was started before is ready (it may just be coming back from a fault).
   * @param {App} app
   * @returns {Promise<string | undefined>} what is in the way
   */
  async waitUntilReady(app) {
    const deadline = performance.now() + READY_MS;
    for (;;) {
      const said = await this.readiness(app);
      if (said === "ready") return undefined;
      if (performance.now() > deadline) return `${said}.`;
      await pause(LOOK_MS);
    }
  }

  /**
   * Ends a process, starts it from what is on the disk now and waits until it is ready. It is deleted and begun anew,
   * as a restart would keep every variable that PM2 ever heard of, those taken out since too.
   * @param {App} app
   * @returns {Promise<string | undefined>} why it did not come up, for a person
   */
  async renew(app) {
    for (let tries = 1; ; tries += 1) {
      const [before] = await this.settled(app.name);
      if (before) await this.run("delete", app.name);
      // A process whose end PM2 does not know of may hold the port; if it stays, the start below says so.
      const free = performance.now() + FREE_MS;
      while ((await isOpen(app)) && performance.now() < free) await pause(LOOK_MS);
      const held = await isOpen(app);
      const sizes = before ? sizesOf(before.pm2_env) : new Map();
      const failed = await this.run("start", this.file, "--only", app.name);
      if (failed !== undefined) return `pm2 could not start it: ${failed}`;
      const trouble = await this.firstTrouble(app, held);
      // PM2 starts one again that is deleted in the moment in which it starts by itself: now there are two.
      const entries = await this.entries(app.name);
      if (entries.length > 1 && tries < TRIES) continue;
      if (trouble === undefined) return undefined;
      await pause(LOOK_MS);
      const said = entries.flatMap(({ pm2_env }) => linesSince(pm2_env, sizes));
      return [`${trouble}.`, ...said.map((line) => `  its log: ${line}`)].join("\n");
    }
  }

  /**
   * Watches a start until it is ready; gives what is in its way as soon as that is sure.
   * @param {App} app
   * @param {boolean} held whether another process had its port
   * @returns {Promise<string | undefined>}
   */
  async firstTrouble(app, held) {
    const deadline = performance.now() + READY_MS;
    for (;;) {
      const entry = (await this.entries(app.name)).at(-1);
      if (!entry) return "PM2 does not know it any more";
      const { status, restart_time, exit_code } = entry.pm2_env;
      if (restart_time > 0 || !["online", "launching"].includes(status)) {
        const code = exit_code ?? 1;
        return `it ended with exit code ${code}: ${MEANS[code]?.(app.port) ?? "see below, and `pm2 logs`"}`;
      }
      const said = await this.readiness(app);
      // It answers under its own name only if nobody else held the port.
      if (said === "ready" && status === "online" && !held) return undefined;
      if (performance.now() > deadline)
        return held ? (MEANS[69]?.(app.port) ?? "") : `after ${READY_MS / 1000} s: ${said}`;
      await pause(LOOK_MS);
    }
  }

  /**
   * What PM2 has under a name once nothing of it is just starting: that would be started again when it is deleted.
   * @param {string} name
   */
  async settled(name) {
    const deadline = performance.now() + LAUNCH_MS;
    for (;;) {
      const entries = await this.entries(name);
      const isStarting = entries.some(({ pm2_env }) => pm2_env.status === "launching");
      if (!isStarting || performance.now() > deadline) return entries;
      await pause(LOOK_MS);
    }
  }

  /**
   * What PM2 has under a name, the latest last: usually one.
   * @param {string} name
   * @returns {Promise<Entry[]>}
   */
  async entries(name) {
    const { out } = await pm2("jlist");
    // PM2 may say something of itself first.
    const json = out.slice(out.search(/^\[(\{|\])/m));
    /** @type {Entry[]} */
    const entries = JSON.parse(json);
    return entries.filter((entry) => entry.name === name).sort((one, other) => one.pm_id - other.pm_id);
  }

  /**
   * Runs a command of PM2's.
   * @param {string[]} words
   * @returns {Promise<string | undefined>} what it said where it failed
   */
  async run(...words) {
    const { status, out, err } = await pm2(...words);
    return status === 0 ? undefined : `exit code ${status}: ${(err || out).trim().slice(-500)}`;
  }
}

/**
 * @param {string[]} words
 * @returns {Promise<{ status: number | null, out: string, err: string }>}
 */
function pm2(...words) {
  return new Promise((resolve, reject) => {
    // A process group of its own: Ctrl-C ends the rollout between two processes, not PM2 in the middle of one.
    const child = spawn("pm2", words, {
      detached: process.platform !== "win32",
      shell: process.platform === "win32",
      stdio: ["ignore", "pipe", "pipe"],
      timeout: COMMAND_MS,
    });
    let out = "";
    let err = "";
    child.stdout.setEncoding("utf8").on("data", (/** @type {string} */ text) => {
      out += text;
    });
    child.stderr.setEncoding("utf8").on("data", (/** @type {string} */ text) => {
      err += text;
    });
    child.on("error", reject);
    child.on("close", (status) => resolve({ status, out, err }));
  });
}

/**
 * @param {App} app
 * @returns {Promise<boolean>} whether anything listens there
 */
function isOpen({ host, port }) {
  return new Promise((resolve) => {
    const socket = connect({ host, port }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}

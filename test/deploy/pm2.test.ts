import { execFile, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import path from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { EXIT } from "../../src/exit-codes.js";
import { builtServer } from "../helpers/build.js";
import { eventually } from "../helpers/fleet.js";
import { freePort, temporaryFolder } from "../helpers/process.js";
import { closeAfter } from "../helpers/start-app.js";

const isInstalled = spawnSync("which", ["pm2"]).status === 0;
if (!isInstalled && process.env.CI) throw new Error("Not installed: pm2. .ci/run installs it.");

interface Application {
  readonly kill_timeout: number;
  readonly stop_exit_codes: readonly number[];
  readonly max_restarts: number;
  readonly env: Record<string, string>;
}

const written = createRequire(import.meta.url)(
  path.resolve(import.meta.dirname, "../../deploy/ecosystem.config.cjs"),
) as { readonly apps: readonly Application[] };

/** Starts one application of deploy/ecosystem.config.cjs, changed so, and tells how PM2 shows it. */
async function startWithPm2(env: Record<string, string>, changes: Partial<Application> = {}) {
  const folder = temporaryFolder();
  const file = path.join(folder, "one.config.cjs");
  const app = {
    ...written.apps[0],
    ...changes,
    name: "one",
    cwd: builtServer(),
    env: { NODE_ENV: "production", HOST: "127.0.0.1", ...env },
  };
  writeFileSync(file, `module.exports = ${JSON.stringify({ apps: [app] })};`);
  const surroundings = { PATH: process.env.PATH, HOME: folder, PM2_HOME: folder };
  const pm2 = (...words: string[]) => promisify(execFile)("pm2", words, { env: surroundings });
  closeAfter(pm2, () => pm2("kill"));
  await pm2("start", file);
  return {
    log: (stream: "out" | "error") => readFileSync(path.join(folder, `logs/one-${stream}.log`), "utf8"),
    shown: async () => {
      const { stdout } = await pm2("jlist");
      const [entry] = JSON.parse(stdout.slice(stdout.indexOf("[{"))) as [
        { pid: number; pm2_env: { status: string; restart_time: number; exit_code: number } },
      ];
      const { status, restart_time, exit_code } = entry.pm2_env;
      return { pid: entry.pid, status, restarts: restart_time, code: exit_code };
    },
  };
}

describe.skipIf(!isInstalled)(
  isInstalled ? "PM2, as deploy/ecosystem.config.cjs has it" : "PM2 (SKIPPED: not installed)",
  { timeout: 180_000 },
  () => {
    it("has four applications that may take their time to stop, and knows the codes", () => {
      expect(written.apps.map(({ env }) => env.PORT)).toEqual(["3001", "3002", "3003", "3004"]);
      for (const app of written.apps) {
        expect(app.kill_timeout).toBeGreaterThan(8000);
        expect(app.stop_exit_codes).toEqual([EXIT.configuration]);
      }
    });

    it("does not try a wrong configuration again, and has the reason in its error log", async () => {
      const one = await startWithPm2({ PORT: "none" });
      const shown = await eventually(async () => {
        const now = await one.shown();
        return now.pid === 0 ? now : undefined;
      });
      // PM2's word for the status is wrong where there is a back-off; that no process is there is what counts.
      expect(shown).toMatchObject({ restarts: 0, code: EXIT.configuration });
      expect(one.log("error")).toMatch(/PORT must be a whole number/);
      // Longer than the back-off's first wait.
      await new Promise((resolve) => setTimeout(resolve, 3000));
      expect(await one.shown()).toEqual(shown);
    });

    it("tries a port that is taken again, waits longer each time, and gives up", async () => {
      const port = await freePort();
      const squatter = closeAfter(createServer(), (open) => open.close());
      squatter.listen(port, "127.0.0.1");
      await once(squatter, "listening");
      const one = await startWithPm2({ PORT: String(port), ODDS_SOURCE: "simulated" }, { max_restarts: 3 });
      const shown = await eventually(async () => {
        const now = await one.shown();
        return now.pid === 0 ? now : undefined;
      }, 90_000);
      expect(shown).toMatchObject({ restarts: 2, code: EXIT.unavailable });
      const tries = one
        .log("out")
        .split("\n")
        .filter((line) => line.includes("The port is taken"))
        .map((line) => Date.parse((JSON.parse(line) as { timestamp: string }).timestamp));
      expect(tries).toHaveLength(3);
      const [first = 0, second = 0, third = 0] = tries;
      expect(second - first).toBeGreaterThan(1000);
      expect(third - second).toBeGreaterThan(1500);
    });
  },
);

import { execFile, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { builtServer } from "../helpers/build.js";
import { startFakeOddsApi, TEST_KEY } from "../helpers/fake-odds-api.js";
import { eventually, shownBy } from "../helpers/fleet.js";
import { Follower, Ledger } from "../helpers/follower.js";
import { livelyBoard, makeLively } from "../helpers/lively-boards.js";
import { startNginx } from "../helpers/nginx.js";
import { freePorts, temporaryFolder } from "../helpers/process.js";
import { startRedis } from "../helpers/redis.js";
import { closeAfter } from "../helpers/start-app.js";

const SPORT = "basketball_nba";
const CLIENTS = 20;
const run = promisify(execFile);
const NEEDED = ["pm2", "nginx", "redis-server"];
const missing = NEEDED.filter((command) => spawnSync("which", [command]).status !== 0);
if (missing.length > 0 && process.env.CI)
  throw new Error(`Not installed: ${missing}. .ci/run installs them.`);

interface Ecosystem {
  readonly apps: { cwd: string; readonly env: Record<string, string>; readonly kill_timeout: number }[];
}

describe.skipIf(missing.length > 0)(
  missing.length === 0 ? "PM2, as deploy/ecosystem.config.cjs has it" : `PM2 (SKIPPED: no ${missing})`,
  () => {
    it("starts four processes behind nginx, and reloads them while clients go on", {
      timeout: 180_000,
    }, async () => {
      const api = closeAfter(await startFakeOddsApi({ [SPORT]: livelyBoard(SPORT, 0) }), (fake) =>
        fake.close(),
      );
      makeLively(api);
      const redis = await startRedis();
      const ports = await freePorts(4);
      const written = path.resolve(import.meta.dirname, "../../deploy/ecosystem.config.cjs");
      const ecosystem = createRequire(import.meta.url)(written) as Ecosystem;
      const cwd = builtServer();
      expect(ecosystem.apps).toHaveLength(4);
      for (const [i, app] of ecosystem.apps.entries()) {
        expect(app.kill_timeout).toBeGreaterThan(8000);
        app.cwd = cwd;
        Object.assign(app.env, {
          PORT: String(ports[i]),
          REDIS_URL: redis.url,
          THE_ODDS_API_KEY: TEST_KEY,
          ODDS_API_BASE_URL: api.url,
          ODDS_POLL_INTERVAL_MS: "1000",
          ODDS_CACHE_TTL_MS: "1000",
          RATE_LIMIT_MAX: "1000000",
        });
      }
      const folder = temporaryFolder();
      const file = path.join(folder, "ecosystem.config.cjs");
      writeFileSync(file, `module.exports = ${JSON.stringify(ecosystem)};`);
      const pm2 = (...words: string[]) => run("pm2", words, { env: { ...process.env, PM2_HOME: folder } });
      closeAfter(pm2, () => pm2("kill"));

      await pm2("start", file);
      // PM2 says so once each has said that it is ready.
      const places = ports.map((port) => ({ url: `http://127.0.0.1:${port}` }));
      for (const { url } of places) expect((await fetch(`${url}/ready`)).status).toBe(200);
      const nginx = await startNginx(ports, { sticky: false });
      const before = (await shownBy(nginx)).map(({ id }) => id);
      expect(before).toHaveLength(4);

      const ledger = new Ledger();
      const clients = Array.from({ length: CLIENTS }, (_, i) => {
        const door = i % 2 === 0 ? "plain" : "Socket.IO";
        return new Follower(`client ${i}`, () => [nginx], SPORT, "delta", door, ledger, 0);
      });
      await eventually(() => clients.every(({ seen }) => seen.length > 1) || undefined);
      await pm2("reload", file);
      const after = await eventually(async () => {
        const ids = (await shownBy(nginx)).map(({ id }) => id);
        return ids.length === 4 ? ids : undefined;
      });
      expect(after.filter((id) => before.includes(id))).toEqual([]);
      const reached = Math.max(...clients.map(({ latest }) => latest?.version ?? 0));
      await eventually(() => clients.every(({ latest }) => (latest?.version ?? 0) > reached) || undefined);
      expect(ledger.faults).toEqual([]);
      expect(clients.filter(({ resynced }) => resynced > 0).map(({ name }) => name)).toEqual([]);
    });
  },
);

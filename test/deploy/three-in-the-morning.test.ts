import { readFileSync, symlinkSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { EXIT } from "../../src/exit-codes.js";
import { type FakeOddsApi, failWith, startFakeOddsApi, TEST_KEY } from "../helpers/fake-odds-api.js";
import { clockAhead, hasFaketime } from "../helpers/faketime.js";
import { eventually } from "../helpers/fleet.js";
import { freePort, type ServerProcess, startProcess, temporaryFolder } from "../helpers/process.js";
import { describeWithRedis, startRedis } from "../helpers/redis.js";
import { closeAfter } from "../helpers/start-app.js";

const SPORT = "basketball_nba";
const TICK_MS = 500;
const PRODUCTION = {
  NODE_ENV: "production",
  HOST: "127.0.0.1",
  PORT: "0",
  ODDS_POLL_INTERVAL_MS: String(TICK_MS),
  ODDS_CACHE_TTL_MS: String(TICK_MS),
  ALLOWED_ORIGINS: "https://app.example.com",
};
const SIMULATED = { ...PRODUCTION, ODDS_SOURCE: "simulated" };

/** Rows of the table in deploy/README.md: the fault, and the line that is quoted there. */
const quoted = new Map(
  [
    ...readFileSync(path.resolve(import.meta.dirname, "../../deploy/README.md"), "utf8").matchAll(
      /^\| (\d+)\. [^|]+\| `([^`]+)`/gm,
    ),
  ].map(([, number = "", line = ""]) => [Number(number), line] as const),
);

/** What the log has from a line on that wants to be read: warnings and errors. */
const troubles = ({ lines }: ServerProcess, since = 0) =>
  lines
    .slice(since)
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({ level }) => level === "warn" || level === "error");

/** The first trouble from a line on, whose message and remedy hold what the table quotes for the fault. */
async function expectFirst(fault: number, server: ServerProcess, since = 0): Promise<void> {
  const line = quoted.get(fault);
  if (line === undefined) throw new Error(`deploy/README.md quotes no line for fault ${fault}.`);
  const first = await eventually(() => troubles(server, since)[0], 30_000);
  process.stdout.write(`${fault}. ${JSON.stringify({ ...first, stack: undefined })}\n`);
  // What is left out in the table is written as an ellipsis.
  const parts = line.split("…").map((part) => part.trim());
  expect(parts.filter((part) => !String(first.message).includes(part))).toEqual([]);
}

const fakeApi = async () => closeAfter(await startFakeOddsApi(), (fake) => fake.close());
const reading = (api: FakeOddsApi) => ({
  ...PRODUCTION,
  THE_ODDS_API_KEY: TEST_KEY,
  ODDS_API_BASE_URL: api.url,
});
const ask = (port: number, at: string, headers: Record<string, string> = {}) =>
  fetch(`http://127.0.0.1:${port}${at}`, { headers });
const readBoard = (port: number) => ask(port, `/api/odds/live?sport=${SPORT}`);

/** A process that serves, and from which line on to look. */
async function serving(env: Record<string, string>) {
  const server = startProcess(env);
  const port = await server.listening();
  await eventually(async () => (await ask(port, "/ready")).ok || undefined, 30_000);
  await readBoard(port);
  return { server, port, since: server.lines.length };
}

describeWithRedis(
  "At three in the morning, the first line that an operator sees is the one in deploy/README.md",
  () => {
    it("1: Redis is gone", async () => {
      const redis = await startRedis();
      const { server, since } = await serving({ ...reading(await fakeApi()), REDIS_URL: redis.url });
      await redis.kill();
      await expectFirst(1, server, since);
      await server.line("Redis cannot be reached: nothing is read");
    });

    it.each([
      [2, "the key is refused", failWith(401, { error_code: "INVALID_KEY", message: "no" })],
      [3, "the credits are used up", failWith(401, { error_code: "OUT_OF_USAGE_CREDITS", message: "no" })],
      [
        4,
        "the upstream is asked too often",
        failWith(429, { error_code: "EXCEEDED_FREQ_LIMIT", message: "no" }),
      ],
    ])("%i: %s", async (fault, _, behaviour) => {
      const api = await fakeApi();
      const { server, port, since } = await serving(reading(api));
      api.all = behaviour;
      await eventually(async () => {
        await readBoard(port);
        return troubles(server, since)[0];
      });
      await expectFirst(fault, server, since);
    });

    it("5: the log's disk takes nothing more", async () => {
      const LOG_DIR = temporaryFolder();
      for (const name of ["combined.log", "error.log"]) symlinkSync("/dev/full", path.join(LOG_DIR, name));
      const server = startProcess({ ...reading(await fakeApi()), LOG_DIR });
      await expectFirst(5, server);
      const port = await server.listening();
      expect((await ask(port, "/health")).status).toBe(200);
    });

    it("6: the port is taken", async () => {
      const PORT = String(await freePort());
      const first = startProcess({ ...SIMULATED, PORT });
      await first.listening();
      const late = startProcess({ ...SIMULATED, PORT });
      const { code, stderr } = await late.ended;
      expect(code).toBe(EXIT.unavailable);
      await expectFirst(6, late);
      expect(stderr).toContain(quoted.get(6));
    });

    it("7: a page's origin is refused", async () => {
      const { server, port, since } = await serving(SIMULATED);
      await ask(port, "/api/odds/sports", { origin: "https://www.example.com" });
      await expectFirst(7, server, since);
      expect(troubles(server, since)[0]).toMatchObject({
        origin: "https://www.example.com",
        fix: expect.stringContaining("ALLOWED_ORIGINS"),
      });
    });

    it("8: a proxy that TRUST_PROXY does not count", async () => {
      const { server, port, since } = await serving({ ...SIMULATED, RATE_LIMIT_MAX: "3" });
      for (let i = 0; i < 6; i++)
        await ask(port, "/api/odds/sports", { "x-forwarded-for": `203.0.113.${i}` });
      await expectFirst(8, server, since);
      expect(troubles(server, since)[0]).toMatchObject({ fix: expect.stringContaining("TRUST_PROXY") });
    });

    it.runIf(hasFaketime)("9: a clock is off", async () => {
      const redis = await startRedis();
      const server = startProcess({ ...reading(await fakeApi()), REDIS_URL: redis.url, ...clockAhead(3600) });
      await expectFirst(9, server);
      expect(troubles(server)[0]?.aheadMs).toBeGreaterThan(3_500_000);
    });

    it("10: memory is used up", async () => {
      const server = startProcess({ ...SIMULATED, NODE_OPTIONS: "--max-old-space-size=10" });
      const { code, signal, stderr } = await server.ended;
      process.stdout.write(`10. ${stderr.split("\n").find((line) => line.includes("FATAL"))}\n`);
      expect(code === 134 || signal === "SIGABRT").toBe(true);
      expect(stderr).toContain(quoted.get(10));
    });

    it("and Redis' memory is used up", async () => {
      const redis = await startRedis();
      const { server, port } = await serving({ ...reading(await fakeApi()), REDIS_URL: redis.url });
      await redis.command("CONFIG", "SET", "maxmemory", "1");
      await readBoard(port);
      await server.line("Redis is out of memory: give it more (maxmemory)");
    });
  },
);

import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { EXIT } from "../../src/exit-codes.js";
import { smallBoard, startFakeOddsApi, TEST_KEY } from "../helpers/fake-odds-api.js";
import { keep, openEngine } from "../helpers/kept-boards.js";
import { startKeyServer } from "../helpers/key-server.js";
import { describeWithPostgres, POSTGRES_PASSWORD, startPostgres } from "../helpers/postgres.js";
import { freePort, startProcess, temporaryFolder } from "../helpers/process.js";
import { describeWithRedis, startRedis } from "../helpers/redis.js";
import { closeAfter } from "../helpers/start-app.js";
import { keyPair } from "../helpers/tokens.js";

const SECRET = "s3cret-that-must-not-be-seen";

/** What `--check` prints and how it ends, with these variables and this `.env`. */
async function check(env: Record<string, string>, dotenv?: string | Buffer) {
  const server = startProcess(env, { args: ["--check"], ...(dotenv ? { dotenv } : {}) });
  const { code, stderr } = await server.ended;
  const said = server.lines.join("\n");
  expect(said + stderr).not.toMatch(new RegExp(`${SECRET}|${TEST_KEY.slice(0, 6)}`));
  expect(stderr).toBe("");
  return { code, said };
}

describe("--check", () => {
  it("names every bad and every misspelt variable at once, where each is set, and no value", async () => {
    const { code, said } = await check(
      { PORT: SECRET, ALLOWED_ORIGIN: SECRET, ODDS_SPORT: SECRET, ODDS_API_KEY: SECRET },
      `LOG_LEVEL=${SECRET}\nODDS_MARKET=${SECRET}\n`,
    );
    expect(code).toBe(EXIT.configuration);
    for (const [name, where] of [
      ["PORT", "the environment"],
      ["LOG_LEVEL", ".env"],
      ["ALLOWED_ORIGIN", "the environment"],
      ["ODDS_SPORT", "the environment"],
      ["ODDS_API_KEY", "the environment"],
      ["ODDS_MARKET", ".env"],
    ] as const) {
      expect(said).toMatch(new RegExp(`^bad {3}${name} .*set in ${where}`, "m"));
    }
    expect(said).toMatch(/Is THE_ODDS_API_KEY meant\?/);
  });

  it("reads a .env as Windows and shells write it: line ends, a byte order mark, quotes, export", async () => {
    const { said } = await check(
      {},
      "\ufeffexport PORT=x\r\nLOG_LEVEL='loud'\r\nODDS_FORMAT=\"american\"\r\n",
    );
    const bad = said.split("\n").filter((line) => line.startsWith("bad   "));
    expect(bad.map((line) => line.split(/ +/)[1])).toEqual(["PORT", "LOG_LEVEL", "A"]);
  });

  it("says of a .env in UTF-16, as PowerShell writes it, that it cannot be read", async () => {
    const { code, said } = await check({}, Buffer.from("\ufeffTHE_ODDS_API_KEY=a-key\r\n", "utf16le"));
    expect(code).toBe(EXIT.configuration);
    expect(said).toMatch(/^bad {3}\.env is there and cannot be read \(it is not UTF-8\)/m);
  });

  it("says what a replay would play, and that there is nothing to", async () => {
    const folder = temporaryFolder();
    const env = { ODDS_SOURCE: "replay", HISTORY_PATH: path.join(folder, "history.db") };
    const nothing = await check(env);
    expect(nothing.code).toBe(EXIT.configuration);
    expect(nothing.said).toMatch(/^bad {3}ODDS_SOURCE=replay finds nothing to replay: .*HISTORY_PATH/m);
    const engine = await openEngine(env.HISTORY_PATH);
    await keep(engine, "basketball_nba", [{ at: 1_795_370_400_000, events: smallBoard() }]);
    const taken = await check(env);
    expect(taken.code).toBe(EXIT.unavailable);
    expect(taken.said).toMatch(/^bad {3}What was kept cannot be played: .*history\.db/m);
    await engine.close();
    const { code, said } = await check(env);
    expect(code).toBe(EXIT.done);
    expect(said).toContain(
      "ok    A replay: no key is used. What was kept of simulated:decimal is played from 2026-11-22T18:00:00.000Z to 2026-11-22T18:00:05.000Z at speed 1,",
    );
  });

  it("finds a key that works by a free call, and says what credits remain", async () => {
    const api = closeAfter(await startFakeOddsApi(), (fake) => fake.close());
    api.remaining = 4711;
    const { code, said } = await check({
      THE_ODDS_API_KEY: TEST_KEY,
      ODDS_API_BASE_URL: api.url,
      ODDS_SPORTS: "nosuch",
    });
    expect(code).toBe(EXIT.done);
    expect(said).toMatch(/^ok {4}The Odds API takes the key; 4711 credits remain\.$/m);
    expect(said).toMatch(/^warn {2}ODDS_SPORTS .*: nosuch\.$/m);
    expect(api.reads).toEqual([]);
  });

  it("says whether a key server lists keys, and does not fail for it", async () => {
    const keys = await startKeyServer((_request, response) => response.writeHead(500).end());
    const down = await check({ AUTH_JWKS_URL: `${keys.url}?${SECRET}` });
    expect(down.code).toBe(EXIT.done);
    expect(down.said).toMatch(/^warn {2}No token can be checked .*status 500$/m);
    keys.list((await keyPair("ES256")).jwk);
    expect((await check({ AUTH_JWKS_URL: keys.url })).said).toContain("ok    The key server lists keys.");
  });

  it("fails where the key is refused", async () => {
    const api = closeAfter(await startFakeOddsApi(), (fake) => fake.close());
    const { code, said } = await check({ THE_ODDS_API_KEY: SECRET, ODDS_API_BASE_URL: api.url });
    expect(code).toBe(EXIT.keyRefused);
    expect(said).toMatch(/^bad {3}The Odds API refuses the key\. Set a valid THE_ODDS_API_KEY/m);
  });

  it("does not fail where the upstream cannot be asked, and says so", async () => {
    const nowhere = `http://127.0.0.1:${await freePort()}`;
    const { code, said } = await check({ THE_ODDS_API_KEY: SECRET, ODDS_API_BASE_URL: nowhere });
    expect(code).toBe(EXIT.done);
    expect(said).toMatch(/^warn {2}Whether the key works could not be checked: .*does not fail this check/m);
  });

  it("ends where upstream, key server and Redis take the connection and say nothing", {
    timeout: 90_000,
  }, async () => {
    const silent = closeAfter(createServer(), (server) => server.close());
    const sockets: Socket[] = [];
    silent.on("connection", (socket) => sockets.push(closeAfter(socket, (it) => it.destroy())));
    silent.listen(0, "127.0.0.1");
    await once(silent, "listening");
    const there = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const began = performance.now();
    const { code, said } = await check({
      THE_ODDS_API_KEY: SECRET,
      ODDS_API_BASE_URL: `http://${there}`,
      AUTH_JWKS_URL: `http://${there}`,
      REDIS_URL: `redis://${there}`,
    });
    // 10 s for the upstream, and a busy machine.
    expect(performance.now() - began).toBeLessThan(36_000);
    expect(code).toBe(EXIT.unavailable);
    expect(said).toMatch(/^warn {2}Whether the key works could not be checked: .*did not answer in time/m);
    expect(said).toMatch(/^bad {3}Redis \(REDIS_URL\) does not answer, .*\. \S.*\.$/m);
    expect(said).toMatch(
      /^warn {2}No token can be checked until the key server answers\. .*took longer than 3 s$/m,
    );
  });

  it("warns of the default origins in production, and fails for none of it", async () => {
    const { code, said } = await check({ NODE_ENV: "production", ODDS_SOURCE: "simulated" });
    expect(code).toBe(EXIT.done);
    expect(said).toMatch(/^warn {2}ALLOWED_ORIGINS is not set \(NODE_ENV=production\).*Set it/m);
  });

  it("warns of an allowed null in production", async () => {
    const env = { ODDS_SOURCE: "simulated", ALLOWED_ORIGINS: "https://a.example, null" };
    expect((await check({ ...env, NODE_ENV: "production" })).said).toMatch(
      /^warn {2}ALLOWED_ORIGINS holds null .*anybody's page/m,
    );
    expect((await check(env)).said).not.toMatch(/holds null/);
  });

  it("says which variables of .env count for nothing", async () => {
    const { code, said } = await check({ PORT: "3001", LOG_LEVEL: "info" }, "PORT=3002\nLOG_LEVEL=info\n");
    expect(code).toBe(EXIT.done);
    expect(said).toMatch(/^warn {2}Differ between the environment and \.env, .*: PORT\. /m);
  });
});

describeWithRedis("--check, of REDIS_URL", () => {
  it("fails where Redis does not answer or refuses, and says why", { timeout: 120_000 }, async () => {
    const redis = await startRedis();
    expect(await check({ REDIS_URL: redis.url })).toMatchObject({
      code: EXIT.done,
      said: expect.stringMatching(/^ok {4}Redis answers\.$/m),
    });
    await redis.command("CONFIG", "SET", "requirepass", "another");
    expect(await check({ REDIS_URL: redis.url.replace("//", `//:${SECRET}@`) })).toMatchObject({
      code: EXIT.unavailable,
      said: expect.stringMatching(/^bad {3}Redis \(REDIS_URL\) .* check the user and password in REDIS_URL/m),
    });
    await redis.kill();
    expect(await check({ REDIS_URL: redis.url })).toMatchObject({
      code: EXIT.unavailable,
      said: expect.stringMatching(/^bad {3}Redis .*ECONNREFUSED/m),
    });
  });
});

describeWithPostgres("--check, of DATABASE_URL", () => {
  it("says whether PostgreSQL answers, and why not, and fails for none of it", async () => {
    const postgres = await startPostgres();
    const url = await postgres.database();
    const env = { ODDS_SOURCE: "simulated", DATABASE_URL: url };
    expect((await check({ ...env, HISTORY: "on" })).said).toMatch(/^ok {4}PostgreSQL answers\.$/m);
    expect((await check({ ...env, HISTORY: "off" })).said).not.toMatch(/PostgreSQL/);
    await postgres.kill();
    const { code, said } = await check({ ...env, HISTORY: "on" });
    expect(code).toBe(EXIT.done);
    expect(said).toMatch(/^warn {2}The history cannot be kept now: .*ECONNREFUSED.*start without it\.$/m);
    expect(said).not.toContain(POSTGRES_PASSWORD);
    expect(said).not.toContain(encodeURIComponent(POSTGRES_PASSWORD));
  });
});

describeWithRedis("A process whose port is taken", () => {
  it("ends with its code and never joins the others, so that it cannot hold the lease", async () => {
    const redis = await startRedis();
    const env = { HOST: "127.0.0.1", REDIS_URL: redis.url };
    const owner = startProcess({ ...env, PORT: "0", REDIS_URL: "" });
    const port = await owner.listening();
    const late = startProcess({ ...env, PORT: String(port) });
    expect((await late.ended).code).toBe(EXIT.unavailable);
    expect(await redis.command("KEYS", "*")).toEqual([]);
  });
});

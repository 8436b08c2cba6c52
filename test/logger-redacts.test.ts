import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import axios from "axios";
import { describe, expect, it } from "vitest";
import { createLogger } from "../src/logger.js";
import { RecentErrors } from "../src/recent-errors.js";
import { TEST_KEY } from "./helpers/fake-odds-api.js";
import { closeAfter } from "./helpers/start-app.js";

/** All that a logger writes into its files, and what it keeps for operators, with this key and after `say`. */
async function written(
  key: string,
  say: (log: ReturnType<typeof createLogger>) => void,
  more: { REDIS_URL?: string; METRICS_TOKEN?: string } = {},
): Promise<string> {
  const folder = closeAfter(mkdtempSync(path.join(tmpdir(), "odds-log-")), (made) =>
    rmSync(made, { recursive: true, force: true }),
  );
  const errors = new RecentErrors();
  const config = { LOG_LEVEL: "debug", LOG_DIR: folder, THE_ODDS_API_KEY: key, ...more } as const;
  const log = createLogger(config, false, undefined, errors);
  for (const transport of log.transports) if ("stderrLevels" in transport) transport.silent = true;
  const finished = new Promise((resolve) => log.once("finish", resolve));
  say(log);
  log.end();
  await finished;
  const files = readdirSync(folder).map((file) => readFileSync(path.join(folder, file), "utf8"));
  return [...files, ...errors.list().map((entry) => JSON.stringify(entry))].join("");
}

describe("the log redacts the key", () => {
  it.each([
    ["as it is", TEST_KEY],
    ["in a URL", `https://api.the-odds-api.com/v4/sports?apiKey=${encodeURIComponent(TEST_KEY)}&all=true`],
    ["in a query string", new URLSearchParams({ apiKey: TEST_KEY }).toString()],
    ["twice", `${TEST_KEY} ${TEST_KEY}`],
  ])("%s, in a message and in a field", async (_where, text) => {
    const lines = await written(TEST_KEY, (log) => {
      log.error(text);
      log.error("a field", { text });
      log.error("deep", { request: { list: [text], [text]: 1 } });
    });
    expect(lines).toContain("[redacted]");
    expect(lines).not.toMatch(/s3cret|0123456789abcdef/);
  });

  it("in an axios error that somebody logs after all", async () => {
    const error: unknown = await axios
      .get("http://127.0.0.1:1/", { params: { apiKey: TEST_KEY } })
      .catch((thrown: unknown) => thrown);
    const lines = await written(TEST_KEY, (log) => log.error("failed", { error: JSON.stringify(error) }));
    expect(lines).toContain("ECONNREFUSED");
    expect(lines).not.toMatch(/s3cret|0123456789abcdef/);
  });

  it("and Redis' password, however it is written", async () => {
    const url = "redis://:p%40ss%2Fword@redis.example:6379";
    const say = (log: ReturnType<typeof createLogger>) =>
      log.error(`${url} p@ss/word`, { url, password: "p@ss/word" });
    const lines = await written(TEST_KEY, say, { REDIS_URL: url });
    expect(lines).toContain("[redacted]@redis.example");
    expect(lines).not.toMatch(/p@ss|p%40ss/);
  });

  it("and the metrics' token", async () => {
    const token = "0123456789/abcdef+metrics";
    const header = `Bearer ${token}`;
    const lines = await written(TEST_KEY, (log) => log.error(header, { header }), { METRICS_TOKEN: token });
    expect(lines).toContain("Bearer [redacted]");
    expect(lines).not.toContain("abcdef");
  });

  it("even when JSON writes it with backslashes", async () => {
    const key = 'quo"te\\back';
    const lines = await written(key, (log) => log.error("a field", { key }));
    expect(lines).toContain("[redacted]");
    expect(lines).not.toMatch(/quo|back/);
  });

  it("and tokens, in no time where a text begins like one again and again", async () => {
    const text = `${"eyJ".repeat(30_000)} eyJhbGciOi.eyJzdWIi.c2ln`;
    const began = performance.now();
    expect(await written(TEST_KEY, (log) => log.error(text))).not.toMatch(/eyJhbGciOi|c2ln/);
    expect(performance.now() - began).toBeLessThan(1000);
  });
});

import { Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import winston from "winston";
import { createLogger } from "../src/logger.js";
import { RecentErrors } from "../src/recent-errors.js";
import { TEST_KEY } from "./helpers/fake-odds-api.js";

/** A log of this level that writes nowhere, and what it keeps. */
function setUp(level: "debug" | "error" = "debug", terminal = false) {
  const errors = new RecentErrors();
  const config = { LOG_LEVEL: level, THE_ODDS_API_KEY: TEST_KEY };
  const log = createLogger(config, terminal, undefined, errors);
  log.clear();
  const stream = new Writable({ write: (_line, _encoding, done) => done() });
  log.add(new winston.transports.Stream({ stream }));
  return { log, errors };
}

describe("What the log last said in WARN and ERROR", () => {
  it("is kept with its time, level, code and sport, the latest first, and nothing below WARN", () => {
    const { log, errors } = setUp();
    const before = Date.now();
    log.warn("it heals", { code: "UPSTREAM_FAILED", sport: "basketball_nba", retryInMs: 5 });
    log.error("act", { code: 7 });
    log.info("all is well");
    log.debug("more of it");
    const at = expect.toSatisfy((at: number) => at >= before && at <= Date.now());
    expect(errors.list()).toEqual([
      { at, level: "error", message: "act", count: 1 },
      {
        at,
        level: "warn",
        message: "it heals",
        count: 1,
        code: "UPSTREAM_FAILED",
        sport: "basketball_nba",
      },
    ]);
  });

  it.each([
    ["on a terminal", setUp("debug", true)],
    ["where LOG_LEVEL is higher", setUp("error")],
  ])("is kept as well %s", (_where, { log, errors }) => {
    log.warn("it heals");
    expect(errors.list()).toMatchObject([{ level: "warn", message: "it heals" }]);
  });

  it("is one entry where the message is the same: counted, and as its last line said", () => {
    const { log, errors } = setUp();
    log.warn("again", { sport: "soccer_epl" });
    log.error("act");
    log.warn("again", { sport: "icehockey_nhl" });
    log.error("again");
    expect(errors.list().map(({ level, message, count, sport }) => [level, message, count, sport])).toEqual([
      ["error", "again", 3, undefined],
      ["error", "act", 1, undefined],
    ]);
  });

  it("is twenty messages at most, those that came last", () => {
    const { log, errors } = setUp();
    for (let i = 0; i < 1000; i += 1) {
      log.warn("goes on");
      log.warn(`message ${i}`);
    }
    const kept = errors.list();
    expect(kept).toHaveLength(20);
    expect(kept.find(({ message }) => message === "goes on")?.count).toBe(1000);
    expect(kept.map(({ message }) => message).filter((message) => message !== "goes on")).toEqual(
      Array.from({ length: 19 }, (_, i) => `message ${999 - i}`),
    );
  });

  it("is cut at 300 characters, also in its code and its sport, and never leaves half a secret", () => {
    const { log, errors } = setUp();
    log.error("x".repeat(10_000), { code: "y".repeat(10_000), sport: "z".repeat(10_000) });
    log.error(`${"-".repeat(290)}${TEST_KEY}`, { code: TEST_KEY, sport: `a ${TEST_KEY}` });
    const [secret, long] = errors.list();
    for (const text of [long?.message, long?.code, long?.sport]) expect(text).toHaveLength(300);
    expect(secret).toMatchObject({
      message: `${"-".repeat(290)}[redacted]`,
      code: "[redacted]",
      sport: "a [redacted]",
    });
  });
});

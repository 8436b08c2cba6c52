import { describe, expect, it } from "vitest";
import { VARIABLES } from "../src/config.js";
import { misspelt, originOf, overridden, together } from "../src/variables.js";

const inEnvironment = (...names: string[]) => ({
  environment: Object.fromEntries(names.map((name) => [name, "x"])),
  file: {},
});
const meantBy = (name: string) => misspelt(inEnvironment(name)).map(({ meant }) => meant);

describe("a variable that nobody reads", () => {
  it.each([
    ["ALLOWED_ORIGIN", "ALLOWED_ORIGINS"],
    ["ODDS_SPORT", "ODDS_SPORTS"],
    ["ODDS_API_KEY", "THE_ODDS_API_KEY"],
    ["ODDS_API_URL", undefined],
    ["ODDS_POLL_INTERVAL", "ODDS_POLL_INTERVAL_MS"],
    ["CACHE_TTL_MS", "ODDS_CACHE_TTL_MS"],
    ["REDIS_URI", "REDIS_URL"],
    ["RATE_LIMIT", "RATE_LIMIT_MAX"],
    ["LOGLEVEL", "LOG_LEVEL"],
    ["TRUSTED_PROXY", "TRUST_PROXY"],
    ["odds_sports", "ODDS_SPORTS"],
    ["THE_ODDS_KEY", undefined],
  ])("%s is taken for a misspelt %s", (name, meant) => {
    expect(meantBy(name)).toEqual([meant]);
  });

  it("is not taken for ours if others may well use it", () => {
    const others = [
      ...[
        "HOME",
        "HOSTNAME",
        "PATH",
        "LOGNAME",
        "USER",
        "SHELL",
        "LANG",
        "PWD",
        "PM2_HOME",
        "NODE_ENV",
        "API_KEY",
      ],
      ...[
        "REDIS_TLS_URL",
        "REDIS_HOST",
        "NODE_APP_INSTANCE",
        "POST",
        "PAGER",
        "MAX_OLD_SPACE_SIZE",
        "DYNO",
        "port",
        "host",
      ],
      ...[
        "npm_config_loglevel",
        "unique_id",
        "log_type",
        "kill_timeout",
        "RAILWAY_PUBLIC_DOMAIN",
        "NO_PROXY",
      ],
    ];
    expect(misspelt(inEnvironment(...others))).toEqual([]);
  });

  it("is none of those that the server reads, nor an empty one", () => {
    expect(misspelt(inEnvironment(...VARIABLES))).toEqual([]);
    expect(misspelt({ environment: { ALLOWED_ORIGIN: " " }, file: {} })).toEqual([]);
  });
});

describe("the environment and .env", () => {
  const given = {
    environment: { PORT: "1", HOST: "", LOG_LEVEL: "info", NODE_ENV: "production", PATH: "/bin" },
    file: { PORT: "2", HOST: "127.0.0.1", LOG_LEVEL: "info ", NODE_ENV: "test", PATH: "/", REDIS_URL: "x" },
  };

  it("are laid together as dotenv does: the environment counts, also where it is empty", () => {
    expect(together(given)).toMatchObject({ PORT: "1", HOST: "", REDIS_URL: "x" });
  });

  it("are said to differ where a variable of ours does", () => {
    expect(overridden(given)).toEqual(["NODE_ENV", "PORT", "HOST"]);
  });

  it("are told apart", () => {
    expect(["PORT", "REDIS_URL", "LOG_DIR"].map((name) => originOf(name, given))).toEqual([
      "the environment",
      ".env",
      undefined,
    ]);
  });
});

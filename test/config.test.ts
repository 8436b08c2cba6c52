import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { ConfigError, loadConfig } from "../src/config.js";

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

const namesIn = (problems: readonly string[]) => problems.map((problem) => problem.split(" ")[0]);

describe("the configuration", () => {
  it("has the contract's defaults when nothing is set", () => {
    expect(loadConfig({})).toEqual({
      source: "simulated",
      REPLAY_SPEED: 1,
      REPLAY_LOOP: false,
      ODDS_API_BASE_URL: "https://api.the-odds-api.com",
      ODDS_REGIONS: ["us"],
      ODDS_MARKETS: ["h2h", "spreads", "totals"],
      ODDS_FORMAT: "decimal",
      ODDS_POLL_INTERVAL_MS: 5000,
      ODDS_CACHE_TTL_MS: 5000,
      ODDS_PACING: "auto",
      ODDS_CREDIT_RESET_DAY: 1,
      ODDS_CREDIT_RESERVE: { share: 0.02 },
      PORT: 3001,
      ALLOWED_ORIGINS: ["https://*.rosebud.ai", "http://localhost:*", "http://127.0.0.1:*"],
      PAGE: "on",
      TRUST_PROXY: 0,
      RATE_LIMIT_WINDOW_MS: 900_000,
      RATE_LIMIT_MAX: 100,
      MAX_CONNECTIONS_PER_IP: 1000,
      MAX_SUBSCRIPTIONS: 50,
      MAX_MESSAGES_PER_SECOND: 20,
      PING_INTERVAL_MS: 25_000,
      PING_TIMEOUT_MS: 20_000,
      HISTORY_CLOSING_READS: "off",
      LOG_LEVEL: "info",
      REDIS_TLS_VERIFY: true,
      HISTORY: "on",
      HISTORY_PATH: "data/history.db",
      HISTORY_RETENTION_DAYS: 90,
      DATABASE_TLS_VERIFY: true,
      SHUTDOWN_GRACE_MS: 8000,
    });
  });

  it("takes an empty or blank string for unset", () => {
    const blank = Object.fromEntries(Object.keys(loadConfig({})).map((name, i) => [name, i % 2 ? "" : "  "]));
    expect(loadConfig({ ...blank, THE_ODDS_API_KEY: "", ODDS_SOURCE: "", LOG_DIR: "" })).toEqual(
      loadConfig({}),
    );
  });

  it("is frozen", () => {
    expect(Object.isFrozen(loadConfig({}))).toBe(true);
  });

  it("settles the source by the key, unless ODDS_SOURCE says", () => {
    expect(loadConfig({}).source).toBe("simulated");
    expect(loadConfig({ THE_ODDS_API_KEY: "k" }).source).toBe("the-odds-api");
    expect(loadConfig({ THE_ODDS_API_KEY: "k", ODDS_SOURCE: "simulated" }).source).toBe("simulated");
    expect(loadConfig({ THE_ODDS_API_KEY: "k", ODDS_SOURCE: "the-odds-api" }).source).toBe("the-odds-api");
  });

  it("wants a key where ODDS_SOURCE asks for the real odds", () => {
    expect(namesIn(problemsOf({ ODDS_SOURCE: "the-odds-api" }))).toEqual(["THE_ODDS_API_KEY"]);
  });

  it("takes for a replay the moment to begin at, a speed, whether it begins again; and no other processes", () => {
    const given = { ODDS_SOURCE: "replay", REPLAY_FROM: "2026-11-22T19:00:00.5+01:00", REPLAY_SPEED: "100" };
    expect(loadConfig({ ...given, REPLAY_LOOP: "true" })).toMatchObject({
      source: "replay",
      REPLAY_FROM: Date.UTC(2026, 10, 22, 18, 0, 0, 500),
      REPLAY_SPEED: 100,
      REPLAY_LOOP: true,
    });
    const wrong = { REPLAY_FROM: "2026-11-22T19:00", REPLAY_SPEED: "101", REPLAY_LOOP: "yes" };
    expect(problemsOf(wrong)).toEqual([
      "REPLAY_FROM must be a moment with its zone, such as 2026-11-22T20:00:00Z",
      "REPLAY_SPEED must be at most 100",
      "REPLAY_LOOP must be one of true, false",
    ]);
    expect(namesIn(problemsOf({ ...given, REDIS_URL: "redis://localhost" }))).toEqual(["REDIS_URL"]);
  });

  it("serves made-up odds in production only when told to", () => {
    expect(problemsOf({ NODE_ENV: "production" })).toEqual([
      expect.stringMatching(/^THE_ODDS_API_KEY .*ODDS_SOURCE=simulated/),
    ]);
    expect(problemsOf({ NODE_ENV: "production", THE_ODDS_API_KEY: "" })).toHaveLength(1);
    expect(problemsOf({ NODE_ENV: "production", ODDS_SOURCE: "simulated" })).toEqual([]);
    expect(problemsOf({ NODE_ENV: "production", THE_ODDS_API_KEY: "k" })).toEqual([]);
  });

  it("reads lists without blanks, doubles and empty places", () => {
    const config = loadConfig({ ODDS_SPORTS: " basketball_nba, soccer_epl,,basketball_nba ," });
    expect(config.ODDS_SPORTS).toEqual(["basketball_nba", "soccer_epl"]);
  });

  it("takes the base URL with or without a slash at its end", () => {
    expect(loadConfig({ ODDS_API_BASE_URL: "http://127.0.0.1:9/" }).ODDS_API_BASE_URL).toBe(
      "http://127.0.0.1:9",
    );
  });

  it("names every bad variable at once, each once, and never quotes what was set", () => {
    const bad: Record<string, string> = {
      THE_ODDS_API_KEY: "the-key-that-must-not-be-seen",
      ODDS_SOURCE: "sekret-source",
      ODDS_API_BASE_URL: "ftp://sekret",
      ODDS_REGIONS: "sekret us",
      ODDS_BOOKMAKERS: "Sekret!",
      ODDS_MARKETS: "h2h,sekret",
      ODDS_FORMAT: "sekret",
      ODDS_SPORTS: "sekret/..",
      ODDS_POLL_INTERVAL_MS: "sekret",
      ODDS_CACHE_TTL_MS: "-1",
      PORT: "65536",
      ALLOWED_ORIGINS: "sekret.example",
      TRUST_PROXY: "sekret",
      RATE_LIMIT_WINDOW_MS: "0",
      RATE_LIMIT_MAX: "1.5",
      MAX_CONNECTIONS_PER_IP: "0",
      MAX_SUBSCRIPTIONS: "1e3",
      MAX_MESSAGES_PER_SECOND: "0x10",
      PING_INTERVAL_MS: "NaN",
      PING_TIMEOUT_MS: "Infinity",
      LOG_LEVEL: "sekret",
      REDIS_URL: "http://localhost:6379",
      SHUTDOWN_GRACE_MS: "99999999999999999999",
    };
    const problems = problemsOf(bad);
    expect([...namesIn(problems)].sort()).toEqual(
      Object.keys(bad)
        .filter((name) => name !== "THE_ODDS_API_KEY")
        .sort(),
    );
    expect(problems.join("\n").toLowerCase()).not.toMatch(/sekret|the-key-that|99999/);
  });

  it("says the rules on keys together with the other faults", () => {
    const problems = problemsOf({ NODE_ENV: "production", PORT: "http" });
    expect(namesIn(problems).sort()).toEqual(["PORT", "THE_ODDS_API_KEY"]);
  });

  it.each([
    ["PORT", "0"],
    ["PORT", "65535"],
    ["ODDS_CACHE_TTL_MS", "0"],
    ["TRUST_PROXY", "10"],
    ["ALLOWED_ORIGINS", "*"],
    ["ALLOWED_ORIGINS", "https://a.example,null"],
    ["ALLOWED_ORIGINS", "capacitor://localhost,http://[::1]:*,https://a.example:8443"],
    ["ODDS_MARKETS", "outrights"],
    ["ODDS_FORMAT", "american"],
  ])("accepts %s=%s", (name, value) => {
    expect(problemsOf({ [name]: value })).toEqual([]);
  });

  it.each([
    ["ALLOWED_ORIGINS", "https://a.example/path"],
    ["ALLOWED_ORIGINS", "https://user@a.example"],
    ["ALLOWED_ORIGINS", "https://*"],
    ["ALLOWED_ORIGINS", "https://a.*.example"],
    ["ALLOWED_ORIGINS", "null://a.example/null"],
    ["ODDS_MARKETS", "player_points"],
    ["ODDS_SPORTS", ","],
    ["PORT", "-1"],
  ])("refuses %s=%s", (name, value) => {
    expect(namesIn(problemsOf({ [name]: value }))).toEqual([name]);
  });
});

const pem = (key: { export(options: { format: "pem"; type: string }): unknown }, type = "spki") =>
  String(key.export({ format: "pem", type }));

describe("what tokens are checked with", () => {
  const secret = "x".repeat(32);
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const small = generateKeyPairSync("rsa", { modulusLength: 1024 });
  const p256 = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const p384 = generateKeyPairSync("ec", { namedCurve: "P-384" });

  it("is a secret of 32 bytes at least", () => {
    expect(loadConfig({ AUTH_JWT_SECRET: secret }).AUTH_JWT_SECRET).toBe(secret);
    expect(problemsOf({ AUTH_JWT_SECRET: secret.slice(1) })[0]).toContain("32 bytes");
  });

  it("or a public key of a known kind, its line ends written as \\n or not", () => {
    const { publicKey: ed } = generateKeyPairSync("ed25519");
    for (const key of [rsa.publicKey, p256.publicKey, ed]) {
      expect(loadConfig({ AUTH_JWT_PUBLIC_KEY: pem(key).replaceAll("\n", "\\n") }).AUTH_JWT_PUBLIC_KEY).toBe(
        loadConfig({ AUTH_JWT_PUBLIC_KEY: pem(key) }).AUTH_JWT_PUBLIC_KEY,
      );
    }
    for (const key of [small.publicKey, p384.publicKey]) {
      expect(namesIn(problemsOf({ AUTH_JWT_PUBLIC_KEY: pem(key) }))).toEqual(["AUTH_JWT_PUBLIC_KEY"]);
    }
    expect(problemsOf({ AUTH_JWT_PUBLIC_KEY: "nonsense" })[0]).toContain("PEM");
  });

  it("and never a private key, which is not quoted", () => {
    const problems = problemsOf({ AUTH_JWT_PUBLIC_KEY: pem(rsa.privateKey, "pkcs8") });
    expect(problems).toEqual([expect.stringContaining("must be the public key")]);
  });

  it("or a key server, in the clear only on this machine", () => {
    for (const url of [
      "https://login.example.com/jwks.json",
      "http://localhost:8080/keys",
      "http://127.0.0.1/k",
    ]) {
      expect(problemsOf({ AUTH_JWKS_URL: url }), url).toEqual([]);
    }
    for (const url of [
      "http://login.example.com/",
      "https://me:word@login.example.com/",
      "file:///keys",
      "keys",
    ]) {
      expect(namesIn(problemsOf({ AUTH_JWKS_URL: url })), url).toEqual(["AUTH_JWKS_URL"]);
    }
  });

  it("but one of them only, and no issuer or audience without", () => {
    const two = { AUTH_JWT_SECRET: secret, AUTH_JWKS_URL: "https://login.example.com/" };
    expect(problemsOf(two)).toEqual([expect.stringContaining("exclude one another")]);
    expect(problemsOf({ AUTH_JWT_ISSUER: "me" })).toEqual([
      expect.stringContaining("nobody would need a token"),
    ]);
    expect(problemsOf({ AUTH_JWT_ISSUER: "me", AUTH_JWT_AUDIENCE: "odds", AUTH_JWT_SECRET: secret })).toEqual(
      [],
    );
  });
});

import { createPublicKey } from "node:crypto";
import { z } from "zod";

/** Why the server cannot start: one sentence for each bad variable, all of them at once. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";

  constructor(readonly problems: readonly string[]) {
    super(`The configuration is not usable:\n${problems.map((problem) => `  - ${problem}`).join("\n")}`);
  }
}

const int = (min: number, max: number) =>
  z
    .string()
    .regex(/^-?\d+$/, "must be a whole number")
    .transform(Number)
    .pipe(z.number().min(min, `must be at least ${min}`).max(max, `must be at most ${max}`));

/** The guide's lists are joined by a comma and nothing else: a blank is a 422. */
const list = <T extends z.ZodType<string, string>>(item: T) =>
  z
    .string()
    .transform((text) =>
      [...new Set(text.split(",").map((part) => part.trim()))].filter((part) => part !== ""),
    )
    .pipe(z.array(item).min(1, "must name at least one"));

const flag = z.enum(["true", "false"]).transform((text) => text === "true");

/** ISO 8601 with its zone, to ms since the epoch. */
const moment = z.iso
  .datetime({ offset: true, error: "must be a moment with its zone, such as 2026-11-22T20:00:00Z" })
  .transform((text) => Date.parse(text));

const word = z.string().regex(/^[a-z0-9_]+$/, "must be keys of a-z, 0-9 and _, joined by commas");

const originPattern = z
  .string()
  .regex(
    /^(\*|null|[a-z][a-z0-9+.-]*:\/\/(\*\.)?[a-z0-9.-]+(:(\d+|\*))?|[a-z][a-z0-9+.-]*:\/\/\[[0-9a-f:]+\](:(\d+|\*))?)$/i,
    "must be origins such as https://example.com, https://*.example.com or http://localhost:*, joined by commas; or *, or null",
  );

/** Where odds can come from. */
export const sourceNameSchema = z
  .enum(["the-odds-api", "simulated", "replay"])
  .describe("Where the prices come from.");
/** See {@link sourceNameSchema}. */
export type SourceName = z.infer<typeof sourceNameSchema>;

/** A share of the plan (`2%`), or a number of credits. */
const reserve = z
  .string()
  .regex(/^(\d{1,2}(\.\d+)?%|\d+)$/, "must be a number of credits, or a share of the plan such as 2%")
  .transform((text): { share: number } | { credits: number } =>
    text.endsWith("%") ? { share: Number.parseFloat(text) / 100 } : { credits: Number(text) },
  );

/** What a secret must have at least, in bytes: as many as HS256 gives out (RFC 7518, section 3.2). */
const MIN_SECRET_BYTES = 32;
const MIN_RSA_BITS = 2048;

/** The algorithm that a public key is for; undefined where it is for none that is taken. Throws where it is no key. */
export function algorithmOf(pem: string): "RS256" | "ES256" | "EdDSA" | undefined {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = createPublicKey(pem);
  if (type === "rsa") return (details?.modulusLength ?? 0) >= MIN_RSA_BITS ? "RS256" : undefined;
  if (type === "ec") return details?.namedCurve === "prime256v1" ? "ES256" : undefined;
  return type === "ed25519" ? "EdDSA" : undefined;
}

/** A public key as PEM; platforms that take one line only have its line ends as `\n`. */
const publicKey = z
  .string()
  .transform((text) => text.replaceAll("\\n", "\n").trim())
  .refine((pem) => !pem.includes("PRIVATE KEY"), "must be the public key: a private one has no place here")
  .refine((pem) => {
    try {
      return pem.includes("PRIVATE KEY") || algorithmOf(pem) !== undefined;
    } catch {
      return false;
    }
  }, `must be a PEM public key: RSA of ${MIN_RSA_BITS} bits or more (RS256), P-256 (ES256) or Ed25519 (EdDSA)`);

/** Whoever can change what a key server says can make tokens: in the clear only within this machine. */
const keyServer = z.string().refine((text) => {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  const isHere = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
  return (protocol === "https:" || (protocol === "http:" && isHere)) && username === "" && password === "";
}, "must be an https URL (http only to this machine), without a user name or password");

/** Where a server of ours is, with a password in most cases, which is to be found in no log: so it must be readable. */
const serverUrl = (protocol: RegExp, example: string) =>
  z.url({ protocol, error: `must be a URL such as ${example}` }).refine((url) => {
    try {
      return decodeURIComponent(new URL(url).password) !== undefined;
    } catch {
      return false;
    }
  }, `must be a URL such as ${example}, with a % in the password written as %25`);

const environment = z.object({
  NODE_ENV: z.string().optional(),
  THE_ODDS_API_KEY: z.string().trim().optional(),
  ODDS_SOURCE: sourceNameSchema.optional(),
  REPLAY_FROM: moment.optional(),
  REPLAY_SPEED: int(1, 100).default(1),
  REPLAY_LOOP: flag.default(false),
  ODDS_API_BASE_URL: z
    .url({ protocol: /^https?$/, error: "must be an http(s) URL" })
    .transform((url) => url.replace(/\/+$/, ""))
    .default("https://api.the-odds-api.com"),
  ODDS_REGIONS: list(word).default(["us"]),
  ODDS_BOOKMAKERS: list(word).optional(),
  ODDS_MARKETS: list(
    z.enum(["h2h", "spreads", "totals", "outrights"], {
      error: "may hold h2h, spreads, totals and outrights only: the upstream's board gives no other market",
    }),
  ).default(["h2h", "spreads", "totals"]),
  ODDS_FORMAT: z.enum(["decimal", "american"]).default("decimal"),
  ODDS_SPORTS: list(word).optional(),
  ODDS_PACING: z.enum(["auto", "off"]).default("auto"),
  ODDS_CREDIT_RESET_DAY: int(1, 31).default(1),
  ODDS_CREDIT_RESERVE: reserve.default({ share: 0.02 }),
  ODDS_LOOKAHEAD_HOURS: int(1, 8784).optional(),
  HISTORY_SPORTS: list(word).optional(),
  HISTORY_CLOSING_READS: z.enum(["on", "off"]).default("off"),
  ODDS_POLL_INTERVAL_MS: int(50, 3_600_000).default(5000),
  ODDS_CACHE_TTL_MS: int(0, 86_400_000).default(5000),
  PORT: int(0, 65_535).default(3001),
  HOST: z.string().optional(),
  ALLOWED_ORIGINS: list(originPattern).default([
    "https://*.rosebud.ai",
    "http://localhost:*",
    "http://127.0.0.1:*",
  ]),
  PAGE: z.enum(["on", "off"]).default("on"),
  TRUST_PROXY: int(0, 10).default(0),
  AUTH_JWT_SECRET: z
    .string()
    .refine(
      (secret) => Buffer.byteLength(secret) >= MIN_SECRET_BYTES,
      `must have ${MIN_SECRET_BYTES} bytes at least, such as \`openssl rand -base64 32\` gives`,
    )
    .optional(),
  AUTH_JWT_PUBLIC_KEY: publicKey.optional(),
  AUTH_JWKS_URL: keyServer.optional(),
  AUTH_JWT_ISSUER: z.string().trim().optional(),
  AUTH_JWT_AUDIENCE: z.string().trim().optional(),
  RATE_LIMIT_WINDOW_MS: int(1000, 86_400_000).default(900_000),
  RATE_LIMIT_MAX: int(1, 1_000_000_000).default(100),
  MAX_CONNECTIONS_PER_IP: int(1, 1_000_000).default(1000),
  MAX_SUBSCRIPTIONS: int(1, 10_000).default(50),
  MAX_MESSAGES_PER_SECOND: int(1, 100_000).default(20),
  PING_INTERVAL_MS: int(100, 300_000).default(25_000),
  PING_TIMEOUT_MS: int(100, 300_000).default(20_000),
  LOG_LEVEL: z.enum(["error", "warn", "info", "debug"]).default("info"),
  LOG_DIR: z.string().optional(),
  REDIS_URL: serverUrl(/^rediss?$/, "redis://localhost:6379").optional(),
  REDIS_TLS_VERIFY: flag.default(true),
  HISTORY: z.enum(["on", "off"]).default("on"),
  HISTORY_PATH: z.string().trim().default("data/history.db"),
  HISTORY_RETENTION_DAYS: int(0, 36_500).default(90),
  DATABASE_URL: serverUrl(/^postgres(ql)?$/, "postgres://localhost:5432/odds").optional(),
  DATABASE_TLS_VERIFY: flag.default(true),
  SHUTDOWN_GRACE_MS: int(100, 600_000).default(8000),
  METRICS_TOKEN: z
    .string()
    .trim()
    .min(16, "must be at least 16 characters long")
    .regex(/^[\x21-\x7e]*$/, "must be of printable ASCII characters, without blanks")
    .optional(),
});

/** The variables that the server reads; `.env.example` lists exactly these. `NODE_ENV` is everybody's, not ours. */
export const VARIABLES: readonly string[] = Object.keys(environment.shape).filter(
  (name) => name !== "NODE_ENV",
);

/**
 * What the server was told to do, checked and with defaults; times in ms. `source` is settled: it says where odds
 * come from, whatever decided it.
 */
export type Config = Readonly<
  Omit<z.output<typeof environment>, "ODDS_SOURCE" | "NODE_ENV"> & { source: SourceName }
>;

/**
 * Reads the configuration from environment variables. An empty string counts as unset. Throws
 * {@link ConfigError}, which names every bad variable at once and never quotes a value (one may be the key).
 */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value?.trim()));
  const parsed = environment.safeParse(given);
  const problems = parsed.success
    ? []
    : parsed.error.issues.map((issue) => {
        const expected =
          issue.code === "invalid_value" ? `must be one of ${issue.values.join(", ")}` : issue.message;
        return `${String(issue.path[0])} ${issue.message.startsWith("Invalid") ? expected : issue.message}`;
      });
  if (given.ODDS_SOURCE === "the-odds-api" && !given.THE_ODDS_API_KEY) {
    problems.push(
      "THE_ODDS_API_KEY must be set when ODDS_SOURCE=the-odds-api (get one at https://the-odds-api.com)",
    );
  }
  if (given.NODE_ENV === "production" && !given.THE_ODDS_API_KEY && !given.ODDS_SOURCE) {
    problems.push(
      "THE_ODDS_API_KEY is missing (NODE_ENV=production): set it, or say ODDS_SOURCE=simulated to serve simulated odds",
    );
  }
  if (given.ODDS_SOURCE === "replay" && given.REDIS_URL) {
    problems.push(
      "REDIS_URL and ODDS_SOURCE=replay exclude one another: one process plays what was kept, by its own clock",
    );
  }
  problems.push(...problemsOfKeys(given));
  if (given.HISTORY_CLOSING_READS === "on" && !given.HISTORY_SPORTS) {
    problems.push("HISTORY_CLOSING_READS would have no effect: name the sports in HISTORY_SPORTS");
  }
  if (!parsed.success || problems.length > 0) throw new ConfigError([...new Set(problems)]);
  const { ODDS_SOURCE, NODE_ENV: _, ...rest } = parsed.data;
  return Object.freeze({
    ...rest,
    source: ODDS_SOURCE ?? (rest.THE_ODDS_API_KEY ? "the-odds-api" : "simulated"),
  });
}

/** What tokens are checked with: one thing; and what else is checked is of no use without it. */
function problemsOfKeys(given: Readonly<Record<string, string | undefined>>): string[] {
  const names = ["AUTH_JWT_SECRET", "AUTH_JWT_PUBLIC_KEY", "AUTH_JWKS_URL"];
  const set = names.filter((name) => given[name]);
  if (set.length > 1)
    return [`${set.join(" and ")} exclude one another: set the one that tokens are checked with`];
  const idle = ["AUTH_JWT_ISSUER", "AUTH_JWT_AUDIENCE"].filter((name) => given[name]);
  if (set.length === 1 || idle.length === 0) return [];
  return [
    `${idle.join(" and ")} would have no effect, and nobody would need a token: set one of ${names.join(", ")}`,
  ];
}

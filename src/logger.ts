import path from "node:path";
import winston from "winston";
import type { Config } from "./config.js";
import { LogFile, RETRY_MS } from "./log-file.js";
import { RecentErrors } from "./recent-errors.js";

/** What a part may say. ERROR: a person must act. WARN: it heals by itself, but look. INFO: what happened. */
export interface Logger {
  error(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  debug(message: string, fields?: Record<string, unknown>): void;
}

/** How large a log file in `LOG_DIR` may grow, and how many of each are kept. */
const ROTATION = { maxBytes: 10 * 1024 * 1024, files: 5 };

const MESSAGE = Symbol.for("message");

/**
 * A JSON Web Token: three parts, the first of which begins as `{"` does in Base64. Where no others follow, that one alone
 * is found: looked for again at each of its letters, a long text full of beginnings would take seconds.
 */
const TOKEN = /eyJ[\w-]*(\.[\w-]+\.[\w-]*)?/g;

/**
 * The last line of defence for the key, passwords, secrets and tokens: whatever a text is made of, `secrets` (as they are, as URLs and
 * as JSON write them) leave it as `[redacted]`, and so does what looks like a JSON Web Token.
 */
function redactor(secrets: readonly string[]): (text: string) => string {
  const forms = new Set(
    secrets.flatMap((secret) => [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]),
  );
  return (text) => {
    let redacted = text;
    for (const form of forms) redacted = redacted.replaceAll(form, "[redacted]");
    return redacted.replace(TOKEN, (found, others) => (others === undefined ? found : "[redacted]"));
  };
}

/** Tells `errors` of each WARN and ERROR, whatever `LOG_LEVEL` is, without what `redact` takes out. */
function remember(errors: RecentErrors, redact: (text: string) => string): winston.Logform.Format {
  const text = (value: unknown) => (typeof value === "string" ? redact(value) : undefined);
  return winston.format((info) => {
    const { level, message, code, sport } = info;
    if (level === "warn" || level === "error") {
      errors.note({ level, message: redact(String(message)), code: text(code), sport: text(sport) });
    }
    return info;
  })();
}

const readable = winston.format.printf(({ timestamp, level, message, ...fields }) => {
  const rest = Object.keys(fields).length > 0 ? ` ${JSON.stringify(fields)}` : "";
  return `${String(timestamp).slice(11, 23)} ${level.toUpperCase().padEnd(5)} ${message}${rest}`;
});

/** What of the configuration is secret, or holds a secret. */
type Secrets = Pick<
  Config,
  "THE_ODDS_API_KEY" | "REDIS_URL" | "DATABASE_URL" | "METRICS_TOKEN" | "AUTH_JWT_SECRET"
>;

/** The key, the secret of tokens, the metrics' token, and the passwords of Redis and of the database. */
function secretsOf(config: Secrets): string[] {
  const {
    THE_ODDS_API_KEY: key,
    AUTH_JWT_SECRET: secret,
    METRICS_TOKEN: token,
    REDIS_URL,
    DATABASE_URL,
  } = config;
  const passwords = [REDIS_URL, DATABASE_URL].map((url) =>
    url === undefined ? undefined : decodeURIComponent(new URL(url).password),
  );
  return [key, secret, token, ...passwords].flatMap((text) => text || []);
}

/**
 * The server's log: JSON lines on stdout, errors on stderr as well, and with `LOG_DIR` also `combined.log` and
 * `error.log` in it, rotated. Where `terminal` is true: readable lines on stdout, errors only there. Each line has
 * `tags`, as they are then, so that the lines of several processes can be told apart. A log file that cannot be
 * written is reported, and tried again; the process goes on. `errors` hears of each WARN and ERROR.
 */
export function createLogger(
  config: Pick<Config, "LOG_LEVEL" | "LOG_DIR"> & Secrets,
  terminal = false,
  tags: () => Record<string, unknown> = () => ({}),
  errors = new RecentErrors(),
): winston.Logger {
  const { combine, timestamp, json } = winston.format;
  // What a line says of itself comes first: a board's process, say, is not this one's.
  const tagged = winston.format((info) => Object.assign(info, { ...tags(), ...info }));
  const redact = redactor(secretsOf(config));
  const hide = winston.format((info) => Object.assign(info, { [MESSAGE]: redact(String(info[MESSAGE])) }))();
  const jsonLines = combine(json(), hide);
  const remembered = remember(errors, redact);
  const logger = winston.createLogger({
    level: config.LOG_LEVEL,
    format: terminal ? combine(timestamp(), remembered) : combine(timestamp(), tagged(), remembered),
    transports: [new winston.transports.Console({ format: terminal ? combine(readable, hide) : jsonLines })],
  });
  if (!terminal) {
    const stderr = { level: "error", stderrLevels: ["error"], format: jsonLines };
    logger.add(new winston.transports.Console(stderr));
  }
  if (config.LOG_DIR) {
    for (const [filename, level] of [
      ["combined.log", config.LOG_LEVEL],
      ["error.log", "error"],
    ] as const) {
      // Not from within the write that failed; and a log that has ended takes no more lines.
      const say = (level: "error" | "info", message: string) =>
        queueMicrotask(() => {
          if (logger.writable) logger[level](message);
        });
      const stream = new LogFile(path.join(config.LOG_DIR, filename), ROTATION, {
        failed: ({ message }) =>
          say(
            "error",
            `Log file ${filename} cannot be written: ${message}. Its lines are on stdout only; it is tried again every ${RETRY_MS / 1000} s.`,
          ),
        recovered: (lost) =>
          say("info", `Log file ${filename} can be written again; ${lost} lines are missing in it`),
      });
      logger.add(new winston.transports.Stream({ stream, level, format: jsonLines }));
    }
  }
  return logger;
}

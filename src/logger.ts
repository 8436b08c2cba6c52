import path from "node:path";
import winston from "winston";
import type { Config } from "./config.js";
import { LogFile } from "./log-file.js";

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
 * The last line of defence for the key and for Redis' password: whatever a line is made of, `secrets` (as they are, as URLs and as JSON
 * write them) leave it as `[redacted]`.
 */
function redact(secrets: readonly string[]): winston.Logform.Format {
  const forms = new Set(
    secrets.flatMap((secret) => [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]),
  );
  return winston.format((info) => {
    let line = String(info[MESSAGE]);
    for (const form of forms) line = line.replaceAll(form, "[redacted]");
    info[MESSAGE] = line;
    return info;
  })();
}

const readable = winston.format.printf(({ timestamp, level, message, ...fields }) => {
  const rest = Object.keys(fields).length > 0 ? ` ${JSON.stringify(fields)}` : "";
  return `${String(timestamp).slice(11, 23)} ${level.toUpperCase().padEnd(5)} ${message}${rest}`;
});

/** The key, and Redis' password. */
function secretsOf({
  THE_ODDS_API_KEY: key,
  REDIS_URL: url,
}: Pick<Config, "THE_ODDS_API_KEY" | "REDIS_URL">) {
  const password = url === undefined ? "" : decodeURIComponent(new URL(url).password);
  return [key ?? "", password].filter((secret) => secret !== "");
}

/**
 * The server's log: JSON lines on stdout, readable ones where `terminal` is true, and with `LOG_DIR` also
 * `combined.log` and `error.log` in it, rotated. A log file that cannot be written is reported once on stdout and
 * given up; the process goes on.
 */
export function createLogger(
  config: Pick<Config, "LOG_LEVEL" | "LOG_DIR" | "THE_ODDS_API_KEY" | "REDIS_URL">,
  terminal = false,
): winston.Logger {
  const { combine, timestamp, json } = winston.format;
  const hide = redact(secretsOf(config));
  const jsonLines = combine(json(), hide);
  const logger = winston.createLogger({
    level: config.LOG_LEVEL,
    format: timestamp(),
    transports: [new winston.transports.Console({ format: terminal ? combine(readable, hide) : jsonLines })],
  });
  if (config.LOG_DIR) {
    for (const [filename, level] of [
      ["combined.log", config.LOG_LEVEL],
      ["error.log", "error"],
    ] as const) {
      const stream = new LogFile(path.join(config.LOG_DIR, filename), ROTATION, (error) =>
        // Not from within the write that failed; and a log that has ended takes no more lines.
        queueMicrotask(() => {
          if (logger.writable) {
            logger.error(`Log file ${filename} cannot be written and is given up: ${error.message}`);
          }
        }),
      );
      logger.add(new winston.transports.Stream({ stream, level, format: jsonLines }));
    }
  }
  return logger;
}

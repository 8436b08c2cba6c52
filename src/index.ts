import { config as loadDotenv } from "dotenv";
import type { Logger as WinstonLogger } from "winston";
import { type App, createApp } from "./app.js";
import { ConfigError, loadConfig } from "./config.js";
import { logError } from "./errors.js";
import { createLogger } from "./logger.js";

let exiting = false;

/** Ends the process once the log is written; a log that cannot be written does not hold it up. */
function exit(log: WinstonLogger, code: number): void {
  if (exiting) return;
  exiting = true;
  const now = () => process.exit(code);
  log.once("finish", () => setImmediate(now));
  log.end();
  setTimeout(now, 500);
}

function refuseToStart(error: unknown): void {
  process.stderr.write(`${error instanceof ConfigError ? error.message : logError(error).error}\n`);
  process.exitCode = 1;
}

async function run(app: App, log: WinstonLogger): Promise<void> {
  let stopping = false;
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      if (stopping) return;
      stopping = true;
      log.info(`${signal}: stopping`);
      void app.stop().then(() => {
        log.info("Stopped");
        exit(log, 0);
      });
    });
  }
  // A fault that nobody caught leaves the process in a state that nobody knows: say so and let the platform restart it.
  process.on("uncaughtException", (error) => {
    if (!exiting) log.error("Uncaught exception", logError(error));
    exit(log, 1);
  });
  try {
    await app.start();
    // What PM2's wait_ready waits for.
    process.send?.("ready");
  } catch (error) {
    log.error(startFailure(error), logError(error));
    exit(log, 1);
  }
}

function startFailure(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "EADDRINUSE")
    return "The port is taken. Stop what listens there, or set PORT (0 picks a free one).";
  if (code === "EACCES") return "The port may not be used by this user. Set PORT to one above 1023.";
  return "The server could not start";
}

loadDotenv({ quiet: true });
try {
  const config = loadConfig(process.env);
  const log = createLogger(config, process.stdout.isTTY);
  void run(createApp(config, log), log);
} catch (error) {
  refuseToStart(error);
}

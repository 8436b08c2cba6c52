import { readFileSync } from "node:fs";
import { config as loadDotenv } from "dotenv";
import type { Logger as WinstonLogger } from "winston";
import { type App, createApp } from "./app.js";
import { check, oddities } from "./check.js";
import { ConfigError, loadConfig } from "./config.js";
import { logError } from "./errors.js";
import { EXIT, type ExitCode } from "./exit-codes.js";
import { newIdentity } from "./identity.js";
import { createLogger } from "./logger.js";
import { nativeWork } from "./native-work.js";
import { RecentErrors } from "./recent-errors.js";
import { type Given, together } from "./variables.js";

let exiting = false;

/** Ends the process once the log is written; a log that cannot be written does not hold it up. */
function exit(log: WinstonLogger, code: ExitCode): void {
  if (exiting) return;
  exiting = true;
  if (nativeWork.size > 0) {
    log.warn("The history is not done with its work: the process ends without it. What is stored is whole.");
  }
  const now = () => endNow(code);
  log.once("finish", () => setImmediate(now));
  log.end();
  setTimeout(now, 500);
}

/** Ends the process, and what is under way in native code with it: by the signal that stands for an orderly end, or for none. */
function endNow(code: ExitCode): never {
  if (nativeWork.size > 0) {
    process.removeAllListeners("SIGTERM");
    process.kill(process.pid, code === EXIT.done ? "SIGTERM" : "SIGKILL");
    // Still here: the first process of a container gets no signals from within.
    process.abort();
  }
  process.exit(code);
}

/**
 * Outlives what takes the log: a reader that is gone (EPIPE), a full disk behind stdout, a terminal that was closed.
 * Clients are worth more than lines. Said once of each, to whatever still takes it.
 */
function outliveOutput(log: WinstonLogger): void {
  for (const [name, stream] of [
    ["stdout", process.stdout],
    ["stderr", process.stderr],
  ] as const) {
    let said = false;
    stream.on("error", (error) => {
      if (said) return;
      said = true;
      // Not from within the write that failed.
      setImmediate(() => {
        const reason = logError(error).error;
        if (log.writable)
          log.error(`${name} takes no lines of the log any more; the server goes on`, { reason });
      });
    });
  }
}

function refuseToStart(error: unknown): void {
  const isConfig = error instanceof ConfigError;
  process.stderr.write(`${isConfig ? error.message : logError(error).error}\n`);
  process.exitCode = isConfig ? EXIT.configuration : EXIT.fault;
}

async function run(app: App, log: WinstonLogger): Promise<void> {
  let stopping = false;
  // SIGHUP: the terminal that it was started in is gone.
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
    process.on(signal, () => {
      if (stopping) return;
      stopping = true;
      log.info(`${signal}: stopping`);
      void app.stop().then(() => {
        log.info("Stopped");
        exit(log, EXIT.done);
      });
    });
  }
  // A fault that nobody caught leaves the process in a state that nobody knows: say so and let the platform restart it.
  process.on("uncaughtException", (error) => {
    if (!exiting) log.error("Uncaught exception", logError(error));
    exit(log, EXIT.fault);
  });
  try {
    await app.start();
    // What PM2's wait_ready waits for; it may be gone by now, which without a callback would be an uncaught exception.
    process.send?.("ready", () => {});
  } catch (error) {
    const { message, code } = startFailure(error);
    log.error(message, logError(error));
    exit(log, code);
  }
}

/** What a start failed for, told so that it can be mended, and whether another try may help. */
function startFailure(error: unknown): { message: string; code: ExitCode } {
  if (error instanceof ConfigError) return { message: error.message, code: EXIT.configuration };
  // Not by its class: nothing of the history is loaded before it is needed.
  if (error instanceof Error && error.name === "EngineError") {
    return { message: `What was kept cannot be played: ${error.message}.`, code: EXIT.unavailable };
  }
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "EADDRINUSE") {
    return {
      message: "The port is taken. Stop what listens there, or set PORT (0 picks a free one).",
      code: EXIT.unavailable,
    };
  }
  if (code === "EACCES") {
    return {
      message: "The port may not be used by this user. Set PORT to one above 1023.",
      code: EXIT.configuration,
    };
  }
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND") {
    return {
      message: "HOST is no address of this machine. Set HOST to one that is, or leave it out for all.",
      code: EXIT.configuration,
    };
  }
  return { message: "The server could not start", code: EXIT.fault };
}

/** Reads `.env` into the environment, and tells the two apart. */
function readEnvironment(): Given {
  const environment = { ...process.env };
  const { parsed = {}, error } = loadDotenv({ quiet: true });
  const code = error && "code" in error ? String(error.code) : undefined;
  const unreadable = error === undefined && !isText(".env") ? "it is not UTF-8" : code;
  return { environment, file: parsed, unreadable: code === "ENOENT" ? undefined : unreadable };
}

/** UTF-16, as PowerShell's `>` writes it, is full of zeros: no variable in it would be found. */
function isText(file: string): boolean {
  return !readFileSync(file).includes(0);
}

async function checkOnly(given: Given): Promise<void> {
  const { lines, code } = await check(given);
  process.stdout.write(`${lines.join("\n")}\n`);
  process.exitCode = code;
}

function start(given: Given): void {
  const config = loadConfig(together(given));
  const identity = newIdentity();
  const errors = new RecentErrors();
  const log = createLogger(config, process.stdout.isTTY, () => ({ ...identity }), errors);
  outliveOutput(log);
  for (const line of oddities(given)) log.warn(line);
  void run(createApp(config, log, { identity, errors }), log);
}

const given = readEnvironment();
const words = process.argv.slice(2);
const CHECK = "--check";
try {
  if (words.length === 0) start(given);
  else if (words.length === 1 && words[0] === CHECK) checkOnly(given).catch(refuseToStart);
  else {
    process.stderr.write(
      `There is one argument, ${CHECK}: looks whether a server could start, and starts none.\n`,
    );
    process.exitCode = EXIT.usage;
  }
} catch (error) {
  refuseToStart(error);
}

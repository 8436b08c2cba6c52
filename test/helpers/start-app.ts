import { createApp, type Parts } from "../../src/app.js";
import { type Config, loadConfig } from "../../src/config.js";
import type { Logger } from "../../src/logger.js";
import { closeAfter } from "./closing.js";
import { TEST_KEY } from "./fake-odds-api.js";

export { closeAfter };

/** One line of a remembered log. */
export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly fields: Record<string, unknown>;
}

/** A log that keeps its lines for the test to look at. */
export function rememberingLog(): Logger & { readonly lines: LogLine[] } {
  const lines: LogLine[] = [];
  const at =
    (level: string) =>
    (message: string, fields: Record<string, unknown> = {}) =>
      void lines.push({ level, message, fields });
  return { lines, error: at("error"), warn: at("warn"), info: at("info"), debug: at("debug") };
}

/** A running server and where it is. */
export interface Running {
  readonly port: number;
  readonly url: string;
  readonly wsUrl: string;
  readonly log: ReturnType<typeof rememberingLog>;
  readonly config: Config;
  stop(): Promise<void>;
}

/** Starts a server on a free port, with ticks of 100 ms and no history unless `env` says otherwise; stopped after the test. */
export async function startApp(env: Record<string, string> = {}, parts: Parts = {}): Promise<Running> {
  const config = loadConfig({
    PORT: "0",
    HOST: "127.0.0.1",
    ODDS_POLL_INTERVAL_MS: "100",
    ODDS_CACHE_TTL_MS: "100",
    SHUTDOWN_GRACE_MS: "1000",
    HISTORY: "off",
    ...env,
  });
  const log = rememberingLog();
  const app = createApp(config, log, parts);
  closeAfter(app, () => app.stop());
  const { port } = await app.start();
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    wsUrl: `ws://127.0.0.1:${port}/odds`,
    log,
    config,
    stop: () => app.stop(),
  };
}

/** Starts a server that reads the given fake API with the test key. */
export function startAppOn(
  api: { url: string },
  env: Record<string, string> = {},
  parts: Parts = {},
): Promise<Running> {
  return startApp({ THE_ODDS_API_KEY: TEST_KEY, ODDS_API_BASE_URL: api.url, ...env }, parts);
}

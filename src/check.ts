import { RedisLink } from "./cluster/redis-link.js";
import { type Config, ConfigError, loadConfig } from "./config.js";
import { sentenceOf } from "./errors.js";
import { EXIT, type ExitCode } from "./exit-codes.js";
import type { Logger } from "./logger.js";
import { SourceError } from "./source-error.js";
import { ReplaySource } from "./sources/replay.js";
import { TheOddsApi } from "./sources/the-odds-api.js";
import { KeyServer } from "./transports/auth-key-server.js";
import { type Given, misspelt, originOf, overridden, together, type Unknown } from "./variables.js";

/** How long Redis may take to answer, in ms: a few tries to connect. */
const REDIS_MS = 4000;

/** What a check found: lines for a person, without any value of a variable, and how the process ends. */
export interface Verdict {
  readonly lines: readonly string[];
  readonly code: ExitCode;
}

/** A part of the check: its lines, and the code to end with where it stands in the way of a start. */
interface Part {
  readonly lines: readonly string[];
  readonly code?: ExitCode;
}

/** What a start says of variables that most likely are not as they were meant: sentences for the log, names only. */
export function oddities(given: Given): string[] {
  return [
    ...(given.unreadable === undefined ? [] : [unreadable(given.unreadable)]),
    ...misspelt(given).map(({ name, meant }) => sayUnknown({ name, meant }, given)),
    ...overridden(given).map(
      (name) =>
        `${name} differs between the environment and .env: the environment's counts (shell, PM2's ecosystem file, or platform), the one in .env does not.`,
    ),
    ...origins(given),
  ];
}

/** In production the default origins are rarely the right ones, nor is `null`; whoever sets others means them. */
function origins(given: Given): string[] {
  const { NODE_ENV, ALLOWED_ORIGINS } = together(given);
  if (NODE_ENV !== "production") return [];
  const set = ALLOWED_ORIGINS?.split(",").map((origin) => origin.trim()) ?? [];
  if (set.includes("null")) {
    return [
      "ALLOWED_ORIGINS holds null (NODE_ENV=production): sandboxed frames in anybody's page may use this server. It is meant for developing.",
    ];
  }
  return set.some((origin) => origin !== "")
    ? []
    : [
        "ALLOWED_ORIGINS is not set (NODE_ENV=production), so the default counts: pages of rosebud.ai's subdomains and of every localhost may use this server, others may not. Set it to your pages' origins.",
      ];
}

/**
 * Looks whether a server could start with this: every variable, the key (by a free call) and Redis. Starts nothing.
 * An upstream that cannot be asked stands in nobody's way: servers start without it, and a key that worked until now
 * most likely does.
 */
export async function check(given: Given): Promise<Verdict> {
  const variables = checkVariables(given);
  const parts = [variables.part];
  if (variables.config)
    parts.push(
      ...(await Promise.all([
        askUpstream(variables.config),
        askRedis(variables.config),
        askKeyServer(variables.config),
      ])),
    );
  else parts.push({ lines: ["note  The key and Redis were not tried: mend the variables first."] });
  const code = parts.find((part) => part.code !== undefined)?.code ?? EXIT.done;
  const verdict =
    code === EXIT.done
      ? "ok    A server can start with this."
      : `bad   A server should not be started with this (exit code ${code}).`;
  return { lines: [...parts.flatMap(({ lines }) => lines), verdict], code };
}

function checkVariables(given: Given): { part: Part; config?: Config } {
  const bad: string[] = given.unreadable === undefined ? [] : [unreadable(given.unreadable)];
  let config: Config | undefined;
  try {
    config = loadConfig(together(given));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    bad.push(...error.problems.map((problem) => withOrigin(problem, given)));
  }
  bad.push(...misspelt(given).map((unknown) => sayUnknown(unknown, given)));
  const beaten = overridden(given);
  const lines = [
    ...bad.map((line) => `bad   ${line}`),
    ...(bad.length === 0 ? ["ok    All variables are known and usable."] : []),
    ...(beaten.length === 0
      ? []
      : [
          `warn  Differ between the environment and .env, and the environment's counts: ${beaten.join(", ")}. Take each out of one of the two.`,
        ]),
    ...origins(given).map((line) => `warn  ${line}`),
  ];
  return {
    part: { lines, ...(bad.length > 0 ? { code: EXIT.configuration } : {}) },
    ...(config ? { config } : {}),
  };
}

/** A problem with where its variable is set, so that nobody mends the other file. */
function withOrigin(problem: string, given: Given): string {
  const origin = originOf(problem.split(" ")[0] ?? "", given);
  return origin === undefined ? problem : `${problem} (set in ${origin})`;
}

function sayUnknown({ name, meant }: Unknown, given: Given): string {
  const hint = meant === undefined ? "See .env.example for those that are." : `Is ${meant} meant?`;
  return `${name} is no variable of this server (set in ${originOf(name, given)}). ${hint} Rename it or take it out.`;
}

function unreadable(code: string): string {
  return `.env is there and cannot be read (${code}). It must be a file that the server's user may read, with a line NAME=value for each variable.`;
}

/** Whether there is something to play, and what. */
async function askRecorded(config: Config): Promise<Part> {
  const { openRecordedBoards } = await import("./history/recorded-boards.js");
  let boards: Awaited<ReturnType<typeof openRecordedBoards>> | undefined;
  try {
    boards = await openRecordedBoards(config);
    const source = new ReplaySource(config);
    await source.begin(boards, Date.now());
    return { lines: [`ok    A replay: no key is used. ${source.plan}`] };
  } catch (error) {
    if (error instanceof ConfigError) {
      return { lines: error.problems.map((problem) => `bad   ${problem}.`), code: EXIT.configuration };
    }
    const { EngineError } = await import("./history/engine.js");
    if (!(error instanceof EngineError)) throw error;
    return { lines: [`bad   What was kept cannot be played: ${error.message}.`], code: EXIT.unavailable };
  } finally {
    await boards?.close();
  }
}

/** Whether the upstream takes the key, by its free list of sports; and whether it knows the wanted ones. */
async function askUpstream(config: Config): Promise<Part> {
  if (config.source === "replay") return askRecorded(config);
  const key = config.THE_ODDS_API_KEY;
  if (config.source === "simulated" || key === undefined) {
    return { lines: ["warn  Simulated odds: no key is used, and all prices will be made up."] };
  }
  const api = new TheOddsApi({ ...config, key }, gather([]));
  try {
    const { sports, quota } = await api.sports();
    const known = new Set(sports.map((sport) => sport.key));
    const strange = (config.ODDS_SPORTS ?? []).filter((sport) => !known.has(sport));
    const left = quota?.remaining ?? undefined;
    return {
      lines: [
        `ok    The Odds API takes the key${left === undefined ? "" : `; ${left} credits remain`}.`,
        ...(strange.length === 0
          ? []
          : [`warn  ODDS_SPORTS names sports that The Odds API does not know: ${strange.join(", ")}.`]),
      ],
    };
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    if (error.code === "INVALID_KEY") {
      return {
        lines: [
          "bad   The Odds API refuses the key. Set a valid THE_ODDS_API_KEY (https://the-odds-api.com).",
        ],
        code: EXIT.keyRefused,
      };
    }
    if (error.code === "OUT_OF_USAGE_CREDITS") return { lines: [`warn  ${sentenceOf(error)}`] };
    return {
      lines: [
        `warn  Whether the key works could not be checked: ${sentenceOf(error)} That does not fail this check, as servers start without the upstream; but look at ODDS_API_BASE_URL and the network if it lasts.`,
      ],
    };
  } finally {
    api.close();
  }
}

/** Whether Redis answers: without it no process would become ready. */
async function askRedis(config: Config): Promise<Part> {
  if (config.REDIS_URL === undefined) return { lines: [] };
  const said: string[] = [];
  const link = new RedisLink(config.REDIS_URL, config.REDIS_TLS_VERIFY, gather(said));
  try {
    await link.open(
      "live-odds:check",
      () => {},
      () => {},
    );
    const deadline = performance.now() + REDIS_MS;
    for (;;) {
      try {
        await link.send(["PING"]);
        return { lines: ["ok    Redis answers."] };
      } catch {
        if (performance.now() > deadline) break;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  } finally {
    link.close();
  }
  const why = said.at(-1) ?? "It did not answer.";
  return {
    lines: [`bad   Redis (REDIS_URL) does not answer, and without it no process becomes ready. ${why}`],
    code: EXIT.unavailable,
  };
}

/** Whether the key server lists keys: without any no client gets in. */
async function askKeyServer({ AUTH_JWKS_URL: url }: Config): Promise<Part> {
  if (url === undefined) return { lines: [] };
  const said: string[] = [];
  const keys = new KeyServer(url, gather(said));
  await keys.load();
  if (keys.hasKeys) return { lines: ["ok    The key server lists keys."] };
  return {
    lines: [`warn  No token can be checked until the key server answers. ${said.at(-1) ?? ""}`.trimEnd()],
  };
}

/** A log that keeps what would need a look, with its reason. */
function gather(said: string[]): Logger {
  const keep = (message: string, fields: Record<string, unknown> = {}) => {
    said.push(typeof fields.reason === "string" ? `${message}: ${fields.reason}` : message);
  };
  return { error: keep, warn: keep, info: () => {}, debug: () => {} };
}

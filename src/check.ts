import { askDatabase, askKeyServer, askRedis, askUpstream, type Part } from "./check-services.js";
import { type Config, ConfigError, loadConfig } from "./config.js";
import { EXIT, type ExitCode } from "./exit-codes.js";
import { type Given, misspelt, originOf, overridden, together, type Unknown } from "./variables.js";

/** What a check found: lines for a person, without any value of a variable, and how the process ends. */
export interface Verdict {
  readonly lines: readonly string[];
  readonly code: ExitCode;
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
        "ALLOWED_ORIGINS is not set (NODE_ENV=production), so the default counts: pages of rosebud.ai's subdomains and of every localhost may use this server, others that are not its own may not. Set it to your pages' origins.",
      ];
}

/**
 * Looks whether a server could start with this: every variable, the key (by a free call), Redis and the history's
 * PostgreSQL. Starts nothing.
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
        askDatabase(variables.config),
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

import { RedisLink } from "./cluster/redis-link.js";
import { type Config, ConfigError } from "./config.js";
import { sentenceOf } from "./errors.js";
import { EXIT, type ExitCode } from "./exit-codes.js";
import type { Logger } from "./logger.js";
import { SourceError } from "./source-error.js";
import { ReplaySource } from "./sources/replay.js";
import { TheOddsApi } from "./sources/the-odds-api.js";
import { KeyServer } from "./transports/auth-key-server.js";

/* Whether what a server needs besides itself answers. */

/** How long Redis may take to answer, in ms: a few tries to connect. */
const REDIS_MS = 4000;

/** A part of the check: its lines, and the code to end with where it stands in the way of a start. */
export interface Part {
  readonly lines: readonly string[];
  readonly code?: ExitCode;
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
export async function askUpstream(config: Config): Promise<Part> {
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

/**
 * Whether PostgreSQL, where a history is to be kept there, takes a connection; nothing in it is changed. Servers start
 * without it, so it fails no check.
 */
export async function askDatabase({
  HISTORY,
  DATABASE_URL,
  DATABASE_TLS_VERIFY,
  source,
}: Config): Promise<Part> {
  if (HISTORY === "off" || DATABASE_URL === undefined || source === "replay") return { lines: [] };
  const { PostgresLink } = await import("./history/postgres-link.js");
  const { postgresAddress } = await import("./history/postgres-address.js");
  const { EngineError } = await import("./history/engine.js");
  let link: InstanceType<typeof PostgresLink> | undefined;
  try {
    link = new PostgresLink(postgresAddress(DATABASE_URL, DATABASE_TLS_VERIFY), 1);
    await link.run("select 1");
    return { lines: ["ok    PostgreSQL answers."] };
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return {
      lines: [
        `warn  The history cannot be kept now: ${error.message}. That does not fail this check, as servers start without it.`,
      ],
    };
  } finally {
    await link?.close();
  }
}

/** Whether Redis answers: without it no process would become ready. */
export async function askRedis(config: Config): Promise<Part> {
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
export async function askKeyServer({ AUTH_JWKS_URL: url }: Config): Promise<Part> {
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

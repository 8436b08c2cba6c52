import { gzipSync } from "node:zlib";
import type { Status } from "../../src/board/model.js";
import type { ErrorCode } from "../../src/errors.js";
import { TheOddsApi } from "../../src/sources/the-odds-api.js";
import { type Behaviour, failWith, TEST_KEY } from "./fake-odds-api.js";
import { haveRecordings, recordedError } from "./recorded.js";
import { type Running, rememberingLog, startApp } from "./start-app.js";

/** One way for The Odds API to fail, and what the house must make of it. */
export interface UpstreamFault {
  readonly name: string;
  readonly behaviour: Behaviour;
  /** What clients are told. */
  readonly code: ErrorCode;
  /** Why boards are not live. */
  readonly reason: string;
  readonly status: Status;
  /** How a REST read without a board is answered. */
  readonly restStatus: number;
  /** How long the upstream must be left alone at least, and when it must have been tried again (ms); neither where only a person mends it. */
  readonly retry?: { readonly after: number; readonly within: number };
  /** Whether it shows only by the answer not being there in time. */
  readonly silent?: boolean;
  /** Whether it keeps a machine busy. */
  readonly heavy?: boolean;
}

/** Bytes of an answer that no board ever has. */
const HUGE = 50 * 1024 * 1024;

/** The recorded body of an error, or one of the documented form where there are no recordings. */
function errorBody(recording: string, message: string): unknown {
  if (haveRecordings) return recordedError(recording);
  const error_code = /^\d+_([A-Z_]+?)(_[a-z_]+)?$/.exec(recording)?.[1];
  return {
    message,
    error_code,
    details_url: "https://the-odds-api.com/liveapi/guides/v4/api-error-codes.html",
  };
}

const json = { "content-type": "application/json; charset=utf-8" };
const backoff = { after: 2000, within: 3000 };

function person(name: string, code: ErrorCode, recording: string, message: string): UpstreamFault {
  const behaviour = failWith(401, errorBody(recording, message));
  return { name, behaviour, code, reason: code, status: "paused", restStatus: 503 };
}

function parameters(name: string, reason: string, recording: string, message: string): UpstreamFault {
  const behaviour = failWith(422, errorBody(recording, message));
  return { name, behaviour, code: "UPSTREAM_FAILED", reason, status: "paused", restStatus: 503 };
}

function passing(name: string, behaviour: Behaviour, retry = backoff): UpstreamFault {
  const code = "UPSTREAM_FAILED";
  return { name, behaviour, code, reason: code, status: "stale", restStatus: 503, retry };
}

function tooFast(name: string, headers: Record<string, string>, retry = backoff): UpstreamFault {
  const body = { message: "Requests are too frequent", error_code: "EXCEEDED_FREQ_LIMIT" };
  const code = "UPSTREAM_RATE_LIMITED";
  const behaviour = failWith(429, body, headers);
  return { name, behaviour, code, reason: code, status: "stale", restStatus: 503, retry };
}

let bomb: Buffer | undefined;

/** Every fault: those of the key and the account, of what we ask for, of our pace, and of the line. */
export const UPSTREAM_FAULTS: readonly UpstreamFault[] = [
  person("a bad key", "INVALID_KEY", "401_INVALID_KEY", "API key is not valid."),
  person("a missing key", "INVALID_KEY", "401_MISSING_KEY", "API key is missing"),
  person(
    "no credits left",
    "OUT_OF_USAGE_CREDITS",
    "401_OUT_OF_USAGE_CREDITS",
    "Usage quota has been reached.",
  ),
  {
    name: "a sport of the list that has no board",
    behaviour: failWith(404, errorBody("404_UNKNOWN_SPORT", "Unknown sport")),
    code: "UNKNOWN_SPORT",
    reason: "UNKNOWN_SPORT",
    status: "paused",
    restStatus: 404,
  },
  parameters("a bad market", "INVALID_MARKET", "422_INVALID_MARKET_invalid", "Invalid markets: x"),
  parameters(
    "a bad mix of markets",
    "INVALID_MARKET_COMBO",
    "422_INVALID_MARKET_COMBO",
    "Invalid combination",
  ),
  parameters("a missing region", "MISSING_REGION", "422_MISSING_REGION", "Missing regions"),
  tooFast("429", {}),
  tooFast("429 with Retry-After", { "retry-after": "4" }, { after: 4000, within: 4000 }),
  tooFast("429 with a Retry-After that is no time", { "retry-after": "soon" }),
  passing("500", failWith(500, { message: "Internal Server Error" })),
  passing(
    "502 with HTML",
    failWith(502, "<html><h1>Bad Gateway</h1></html>", { "content-type": "text/html" }),
  ),
  passing("503 with Retry-After", failWith(503, "", { "retry-after": "3" }), { after: 3000, within: 3000 }),
  passing("HTML instead of JSON", failWith(200, "<html>Welcome</html>", { "content-type": "text/html" })),
  passing("cut JSON", failWith(200, '[{"id": "e912304de2b2", "bookmakers": [{"key": "fan')),
  passing("an object instead of a board", failWith(200, { message: "hello" })),
  passing("null instead of a board", failWith(200, "null")),
  passing("no body at all", failWith(200, "")),
  passing("a redirect", failWith(302, "", { location: "http://127.0.0.1:9/elsewhere" })),
  { ...passing("silence", () => {}), silent: true },
  {
    ...passing("an answer that never ends", (_request, response) => {
      response.writeHead(200, json);
      const drip = setInterval(() => response.write(" "), 20);
      response.once("close", () => clearInterval(drip));
    }),
    silent: true,
  },
  passing("a reset connection", (request) => request.socket.resetAndDestroy()),
  passing("a connection lost within the body", (request, response) => {
    response.writeHead(200, { ...json, "content-length": "1000" });
    response.write("[{", () => request.socket.destroy());
  }),
  passing("an answer that is no HTTP", (request) => {
    request.socket.end("SSH-2.0-OpenSSH_9.6\r\n");
  }),
  {
    ...passing("a body of 50 MB", (_request, response) => {
      response.writeHead(200, json);
      const piece = Buffer.alloc(1024 * 1024, " ");
      let sent = 0;
      const more = () => {
        while (sent < HUGE && !response.destroyed) {
          sent += piece.length;
          if (!response.write(piece)) return void response.once("drain", more);
        }
        response.end("[]");
      };
      more();
    }),
    heavy: true,
  },
  {
    ...passing("a gzip of 50 KB that unpacks to 50 MB", (_request, response) => {
      bomb ??= gzipSync(Buffer.alloc(HUGE, " "));
      response.writeHead(200, { ...json, "content-encoding": "gzip", "content-length": bomb.length });
      response.end(bomb);
    }),
    heavy: true,
  },
  passing("a gzip that is none", failWith(200, "[]", { "content-encoding": "gzip" })),
];

/** Starts a server that reads the given fake API, and does not wait ten seconds for one that will be silent; it ticks every 200 ms. */
export function startAppFor(fault: UpstreamFault, api: { url: string }): Promise<Running> {
  const options = {
    ODDS_API_BASE_URL: api.url,
    ODDS_REGIONS: ["us"],
    ODDS_BOOKMAKERS: undefined,
    ODDS_MARKETS: ["h2h" as const],
    ODDS_FORMAT: "decimal" as const,
    key: TEST_KEY,
    ...(fault.silent ? { timeoutMs: 500 } : {}),
  };
  const env = { THE_ODDS_API_KEY: TEST_KEY, ODDS_POLL_INTERVAL_MS: "200", ODDS_CACHE_TTL_MS: "200" };
  return startApp(env, { source: new TheOddsApi(options, rememberingLog()) });
}

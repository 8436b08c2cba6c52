import type { ServerResponse } from "node:http";
import { describe, expect, it } from "vitest";
import { SourceError } from "../../src/source-error.js";
import { TheOddsApi } from "../../src/sources/the-odds-api.js";
import { sport, startFakeOddsApi, TEST_KEY } from "../helpers/fake-odds-api.js";
import { closeAfter, rememberingLog } from "../helpers/start-app.js";

/** What a read comes to where the upstream begins its answer so, and then goes on like this. */
async function failureOf(status: number, headers: Record<string, string>, goOn: (r: ServerResponse) => void) {
  const api = closeAfter(await startFakeOddsApi({}, [sport("nba")]), (fake) => fake.close());
  api.board = (_request, response) => {
    response.writeHead(status, { "content-type": "application/json", "content-length": "200", ...headers });
    response.write('{"message":"no","error_');
    goOn(response);
  };
  const source = closeAfter(
    new TheOddsApi(
      {
        ODDS_API_BASE_URL: api.url,
        ODDS_REGIONS: ["us"],
        ODDS_BOOKMAKERS: undefined,
        ODDS_MARKETS: ["h2h"],
        ODDS_FORMAT: "decimal",
        ODDS_LOOKAHEAD_HOURS: undefined,
        key: TEST_KEY,
        timeoutMs: 300,
      },
      rememberingLog(),
    ),
    (it) => it.close(),
  );
  const thrown = await source.board(sport("nba"), Date.now()).catch((error: unknown) => error);
  if (!(thrown instanceof SourceError)) throw new Error(`It gave ${String(thrown)}`);
  return thrown;
}

const WAYS: Record<string, (response: ServerResponse) => void> = {
  "is cut off": (response) => setTimeout(() => response.destroy(), 20),
  hangs: () => undefined,
};

describe.each(Object.entries(WAYS))("A refusal whose body %s", (_way, goOn) => {
  it("is told by its status: a key that is no good is for a person, and costs nothing", async () => {
    const error = await failureOf(401, {}, goOn);
    expect([error.recovery, error.bill.charged]).toEqual(["person", 0]);
  });

  it("is left alone for as long as it says", async () => {
    const error = await failureOf(429, { "retry-after": "7" }, goOn);
    expect([error.retryAfterMs, error.bill.charged]).toEqual([7000, 0]);
  });

  it("and a board whose body does so may have been charged", async () => {
    const error = await failureOf(200, {}, goOn);
    expect([error.code, error.recovery, error.bill.charged]).toEqual(["UPSTREAM_FAILED", "retry", 1]);
  });
});

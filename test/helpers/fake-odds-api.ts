import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { OddsEvent, Sport } from "../../src/board/model.js";

/** Credits a month: enough for any test to read at every tick. */
const PLAN = 1e12;

/** The key that the fake API takes, unless told otherwise. */
export const TEST_KEY = "s3cret+key/0123456789abcdef";

/** What the fake API does with a call: answers it, or misbehaves; false leaves it to the usual answer. */
export type Behaviour = (request: IncomingMessage, response: ServerResponse) => unknown;

/** The Odds API, played by a local HTTP server: its paths, headers, prices and error bodies. */
export interface FakeOddsApi {
  readonly url: string;
  /** Paid reads so far: the sport, and when (ms on the monotonic clock). */
  readonly reads: { sport: string; at: number; query: URLSearchParams }[];
  /** Free calls so far, by path. */
  readonly freeCalls: string[];
  /** The board of each sport; one that is not here is unknown. */
  readonly boards: Map<string, unknown>;
  /** While set, replaces the answer to paid reads (`board`) or to all calls (`all`). */
  board: Behaviour | undefined;
  all: Behaviour | undefined;
  /** Credits a month, and those left of them. */
  plan: number;
  remaining: number;
  /** Resolves at the next paid read. */
  nextRead(): Promise<void>;
  close(): Promise<void>;
}

/** A sports list entry as the API gives it. */
export function sport(key: string, hasOutrights = false): Sport {
  return { key, group: "Sports", title: key, description: key, active: true, has_outrights: hasOutrights };
}

/** A small board in the API's shape: one game, two bookmakers, one market; `price` is the first outcome's. */
export function smallBoard(price = 1.9, sportKey = "basketball_nba"): OddsEvent[] {
  const read = new Date().toISOString();
  const market = (first: number) => ({
    key: "h2h",
    last_update: read,
    outcomes: [
      { name: "Boston Celtics", price: first },
      { name: "Miami Heat", price: 2.05 },
    ],
  });
  return [
    {
      id: "e912304de2b2ce35b473ce2ecd3d1502",
      sport_key: sportKey,
      sport_title: "NBA",
      commence_time: "2026-11-23T00:10:00Z",
      home_team: "Boston Celtics",
      away_team: "Miami Heat",
      bookmakers: [
        { key: "fanduel", title: "FanDuel", last_update: read, markets: [market(price)] },
        { key: "draftkings", title: "DraftKings", last_update: read, markets: [market(1.87)] },
      ],
    },
  ];
}

/** An answer with an error body of the API's form. */
export function failWith(status: number, body: unknown, headers: Record<string, string> = {}): Behaviour {
  return (_request, response) => {
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  };
}

/** Starts the fake API on a free port, with the boards of `basketball_nba` (small) unless others are given. */
export async function startFakeOddsApi(
  boards: Record<string, unknown> = { basketball_nba: smallBoard() },
  sports: readonly Sport[] = Object.keys(boards).map((key) => sport(key)),
): Promise<FakeOddsApi> {
  const waiting: (() => void)[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://api");
    const [, version, sportsPath, key, what] = url.pathname.split("/");
    const paid = what === "odds";
    if (paid && key !== undefined) {
      api.reads.push({ sport: key, at: performance.now(), query: url.searchParams });
      for (const resolve of waiting.splice(0)) resolve();
    } else api.freeCalls.push(url.pathname);
    const behaviour = api.all ?? (paid ? api.board : undefined);
    if (behaviour && behaviour(request, response) !== false) return;
    if (url.searchParams.get("apiKey") !== TEST_KEY) {
      failWith(401, { message: "API key is not valid.", error_code: "INVALID_KEY" })(request, response);
      return;
    }
    const board = key === undefined ? undefined : api.boards.get(key);
    let answer: unknown;
    if (version === "v4" && sportsPath === "sports" && key === undefined) answer = sports;
    else if (paid && board !== undefined) answer = board;
    if (answer === undefined) {
      failWith(404, { message: "Unknown sport", error_code: "UNKNOWN_SPORT" })(request, response);
      return;
    }
    const markets = url.searchParams.get("markets")?.split(",").length ?? 1;
    const cost = paid && Array.isArray(answer) && answer.length > 0 ? markets : 0;
    api.remaining -= cost;
    response.writeHead(200, {
      "content-type": "application/json; charset=utf-8",
      "x-requests-remaining": String(api.remaining),
      "x-requests-used": String(api.plan - api.remaining),
      "x-requests-last": String(cost),
    });
    response.end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const api: FakeOddsApi = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    reads: [],
    freeCalls: [],
    boards: new Map(Object.entries(boards)),
    board: undefined,
    all: undefined,
    plan: PLAN,
    remaining: PLAN,
    nextRead: () => new Promise((resolve) => waiting.push(resolve)),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return api;
}

import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { gunzipSync } from "node:zlib";
import { describe, expect, it, onTestFinished } from "vitest";
import type { OddsEvent } from "../../src/board/model.js";
import { EngineError, type HistoryEngine } from "../../src/history/engine.js";
import { History } from "../../src/history/history.js";
import { keep, openEngine, openHistory, SOURCE } from "../helpers/kept-boards.js";
import { startApp } from "../helpers/start-app.js";
import { SECRET, sign } from "../helpers/tokens.js";

const SPORT = "basketball_nba";
const START = Date.parse("2026-11-22T20:00:00Z");
const EVENT = "game";

const game = (price: number): OddsEvent[] => [
  {
    id: EVENT,
    commence_time: "2026-11-22T20:00:07Z",
    home_team: 'The "Celtics", Boston',
    away_team: "Miami Heat",
    bookmakers: [
      { key: "fanduel", markets: [{ key: "h2h", outcomes: [{ name: "Miami Heat", price, point: 0 }] }] },
    ],
  },
];

async function start(env: Record<string, string> = {}, over?: (engine: HistoryEngine) => HistoryEngine) {
  const engine = await openEngine();
  await keep(
    engine,
    SPORT,
    [1.9, 1.8, 1.7].map((price, i) => ({ at: START + i * 5000, events: game(price) })),
  );
  const history = openHistory(over?.(engine) ?? engine, () => START + 12_000);
  const server = await startApp({ ODDS_SOURCE: "simulated", ...env }, { history });
  const get = (path: string, headers: Record<string, string> = {}) => fetch(server.url + path, { headers });
  return { server, get };
}

const at = (moment: string | number) => `/api/odds/at?sport=${SPORT}&at=${moment}`;
const changes = `/api/odds/history?sport=${SPORT}&event=${EVENT}`;

async function refusal(answer: Promise<Response>) {
  const response = await answer;
  const { error } = (await response.json()) as { error: { code: string; message: string } };
  return { status: response.status, code: error.code, message: error.message };
}

describe("GET /api/odds/at", () => {
  it("takes ms and ISO 8601, and says what may be kept for good", async () => {
    const { get } = await start();
    const past = await get(at(START + 5001));
    expect(past.headers.get("cache-control")).toBe("public, max-age=86400, immutable");
    expect(await past.json()).toMatchObject({ readAt: START + 5000, readAfter: START + 10_000 });
    const newest = await get(at("2026-11-22T20:00:11Z"));
    expect(newest.headers.get("cache-control")).toBe("no-cache");
    expect(await newest.json()).toMatchObject({
      readAt: START + 10_000,
      readAfter: null,
      odds: [{ id: EVENT }],
    });
  });

  it("answers 304 to who holds the answer, which counts all the same", async () => {
    const { get } = await start({ RATE_LIMIT_MAX: "2" });
    const etag = (await get(at(START))).headers.get("etag") ?? "";
    const again = await get(at(START), { "If-None-Match": etag });
    expect([again.status, await again.text()]).toEqual([304, ""]);
    expect((await get(at(START), { "If-None-Match": etag })).status).toBe(429);
  });

  it("says NOT_COVERED with the gap where nobody looked", async () => {
    const { get } = await start();
    const response = await get(at(START - 1));
    expect([response.status, await response.json()]).toEqual([
      404,
      {
        error: {
          code: "NOT_COVERED",
          message: "Nobody looked at that moment (NOT_KEPT).",
          gap: { from: null, to: START, reason: "NOT_KEPT" },
        },
      },
    ]);
  });
});

describe("What is asked of the history", () => {
  it("is refused by the name of what is wrong", async () => {
    const { get } = await start();
    for (const [path, message] of [
      [at("yesterday"), "`at` must be a moment"],
      [at("2026-02-30T12:00:00Z"), "`at` must be a moment"],
      [at("2027-02-29"), "`at` must be a moment"],
      [`/api/odds/at?sport=${SPORT}`, "`at` is missing"],
      [`${changes}&limit=0`, "`limit` must be a whole number from 1 to 1000"],
      [`${changes}&limit=1001`, "`limit` must be a whole number from 1 to 1000"],
      [`${changes}&cursor=1`, "`cursor` must be one that an answer of this server gave"],
      [`${changes}&points=5`, "`points` thins one market"],
      [`${changes}&points=5&bookmaker=fanduel&market=h2h&limit=4`, "`limit` and `cursor` do nothing"],
      [`${changes}&bookmakers=fanduel`, "`bookmakers` is no parameter here"],
      [`/api/odds/history/lines?sport=${SPORT}`, "`event` is missing"],
      [`${changes}&from=2&to=1`, "`to` must be no earlier than `from`"],
      [`/api/odds/history/events?sport=${SPORT}&from=2&to=1`, "`to` must be no earlier than `from`"],
      [`/api/odds/history/export?sport=${SPORT}&from=2&to=1`, "`to` must be no earlier than `from`"],
      [`/api/odds/history/export?sport=${SPORT}&format=xml`, "`format` must be csv or ndjson"],
      ["/api/odds/history/status?sport=x", "`sport` is no parameter here"],
    ] as const) {
      expect(await refusal(get(path)), path).toEqual({
        status: 400,
        code: "INVALID_MESSAGE",
        message: expect.stringContaining(message),
      });
    }
  });

  it("is refused where there is no such sport or event, or the server does not serve it", async () => {
    const { get } = await start({ ODDS_SPORTS: SPORT });
    expect(await refusal(get("/api/odds/history/events?sport=curling_moon"))).toMatchObject({
      status: 404,
      code: "UNKNOWN_SPORT",
    });
    expect(await refusal(get("/api/odds/at?sport=icehockey_nhl&at=5"))).toMatchObject({ status: 403 });
    expect(await refusal(get(`/api/odds/history/lines?sport=${SPORT}&event=other`))).toMatchObject({
      status: 404,
      code: "NOT_FOUND",
    });
  });

  it("goes no further than the sports of a token, and no shared cache keeps it", async () => {
    const { get } = await start({ AUTH_JWT_SECRET: SECRET });
    expect((await get(changes)).status).toBe(401);
    const of = async (claims: Record<string, unknown>) => ({ Authorization: `Bearer ${await sign(claims)}` });
    const other = await of({ sports: ["icehockey_nhl"] });
    for (const path of [changes, at(START), `/api/odds/history/export?sport=${SPORT}`]) {
      expect(await refusal(get(path, other))).toMatchObject({ status: 403, code: "SPORT_NOT_ALLOWED" });
    }
    const response = await get(at(START), await of({ sports: [SPORT] }));
    expect(response.headers.get("cache-control")).toMatch(/^private/);
    expect(response.headers.get("vary")).toMatch(/Authorization/);
  });

  it("is answered 503 while the store cannot be asked, and why is for the log", async () => {
    const { get } = await start({}, (engine) =>
      Object.assign(Object.create(engine) as HistoryEngine, {
        all: () => Promise.reject(new EngineError("/secret/place is full")),
      }),
    );
    for (const path of [changes, at(START), `/api/odds/history/export?sport=${SPORT}`]) {
      const response = await get(path);
      expect([response.status, response.headers.get("retry-after")]).toEqual([503, "5"]);
      expect(await response.text()).not.toContain("secret");
    }
  });

  it("is nothing where no history is kept", async () => {
    const server = await startApp({ ODDS_SOURCE: "simulated" });
    const { paths } = (await (await fetch(`${server.url}/openapi.json`)).json()) as { paths: object };
    for (const path of [at(START), "/api/odds/history/status"]) {
      expect((await fetch(server.url + path)).status).toBe(404);
      expect(Object.keys(paths)).not.toContain(path.split("?")[0]);
    }
  });
});

describe("GET /api/odds/history", () => {
  it("gives pages, and one market thinned", async () => {
    const { get } = await start();
    const first = (await (await get(`${changes}&limit=2`)).json()) as { cursor: string; changes: object[] };
    expect(first.changes).toHaveLength(2);
    const second = await (await get(`${changes}&limit=2&cursor=${first.cursor}`)).json();
    expect(second).toMatchObject({ changes: [{ at: START + 10_000, after: START + 5000 }], cursor: null });
    const thinned = await (await get(`${changes}&bookmaker=fanduel&market=h2h&points=2`)).json();
    expect(thinned).toMatchObject({ changes: [{ at: START }, { at: START + 10_000 }], cursor: null });
    const ofAll = await (await get(`${changes}&market=h2h&points=2`)).json();
    expect(ofAll).toEqual(thinned);
  });
});

describe("GET /api/odds/history/status", () => {
  it("tells operators alone what the last error says", async () => {
    const engine = await openEngine();
    const lastError = { at: 5, message: "The disk of /data is full." };
    const queued = { readings: 2, bytes: 300 };
    const history = new History(engine, SOURCE, Date.now, () => ({ queued, lastError }));
    const { url } = await startApp({ ODDS_SOURCE: "simulated" }, { history });
    const status = async (headers = {}) =>
      (await fetch(`${url}/api/odds/history/status`, { headers })).json() as Promise<object>;
    expect(await status()).toMatchObject({ engine: "sqlite", oldest: null, queue: queued, lastError });
    expect(await status({ "X-Forwarded-For": "192.0.2.1" })).toMatchObject({ lastError: { at: 5 } });
    expect(await status({ "X-Forwarded-For": "192.0.2.1" })).not.toMatchObject({ lastError });
  });
});

describe("GET /api/odds/history/export", () => {
  const path = `/api/odds/history/export?sport=${SPORT}`;

  it("gives a spreadsheet no formula to run, and numbers as they are", async () => {
    const name = '=HYPERLINK("http://evil.example")';
    const outcomes = [
      { name, price: 1.9, point: -3.5 },
      { name: "@x", price: -110, point: 3.5 },
    ];
    const bookmakers = [{ key: "fanduel", markets: [{ key: "spreads", outcomes }] }];
    const event = {
      id: EVENT,
      commence_time: "2026-11-22T20:00:07Z",
      home_team: name,
      away_team: "-x",
      bookmakers,
    };
    const engine = await openEngine();
    await keep(engine, SPORT, [{ at: START, events: [event] }]);
    const { url } = await startApp(
      { ODDS_SOURCE: "simulated" },
      { history: openHistory(engine, () => START + 1) },
    );
    const [, one = "", other = ""] = (await (await fetch(url + path)).text()).split("\n");
    const quoted = `"'=HYPERLINK(""http://evil.example"")"`;
    expect(one).toBe(
      `game,2026-11-22T20:00:07Z,${quoted},'-x,fanduel,spreads,2026-11-22T20:00:00.000Z,,${quoted},,1.9,-3.5`,
    );
    expect(other).toMatch(/,'@x,,-110,3\.5$/);
  });

  it("is a table, or a line of JSON for each change", async () => {
    const { get } = await start();
    const csv = await get(path);
    expect(csv.headers.get("content-disposition")).toBe(`attachment; filename=${SPORT}.csv`);
    expect((await csv.text()).split("\n")).toEqual([
      "event,commence_time,home_team,away_team,bookmaker,market,at,after,name,description,price,point",
      ...[
        ["2026-11-22T20:00:00.000Z", "", 1.9],
        ["2026-11-22T20:00:05.000Z", "2026-11-22T20:00:00.000Z", 1.8],
        ["2026-11-22T20:00:10.000Z", "2026-11-22T20:00:05.000Z", 1.7],
      ].map(
        ([at, after, price]) =>
          `game,2026-11-22T20:00:07Z,"The ""Celtics"", Boston",Miami Heat,fanduel,h2h,${at},${after},Miami Heat,,${price},0`,
      ),
      "",
    ]);
    const lines = (
      await (await get(`${path}&format=ndjson&from=${START + 1}&to=${START + 5000}`)).text()
    ).split("\n");
    expect(lines).toHaveLength(2);
    expect(JSON.parse(lines[0] ?? "")).toEqual({
      event: EVENT,
      commence_time: "2026-11-22T20:00:07Z",
      home_team: 'The "Celtics", Boston',
      away_team: "Miami Heat",
      bookmaker: "fanduel",
      market: "h2h",
      at: START + 5000,
      after: START,
      outcomes: [{ name: "Miami Heat", price: 1.8, point: 0 }],
    });
  });

  it("is gzipped for who takes that", async () => {
    const { server } = await start();
    const of = async (headers: Record<string, string>) => {
      const [response] = await once(httpRequest(`${server.url}${path}`, { headers }).end(), "response");
      const pieces: Buffer[] = [];
      for await (const piece of response) pieces.push(piece);
      return { encoding: response.headers["content-encoding"], bytes: Buffer.concat(pieces) };
    };
    const plain = await of({});
    const gzipped = await of({ "Accept-Encoding": "gzip" });
    expect([plain.encoding, gzipped.encoding]).toEqual([undefined, "gzip"]);
    expect(gunzipSync(gzipped.bytes)).toEqual(plain.bytes);
  });

  it("waits for a client that does not read, and ends with it", async () => {
    let asked = 0;
    let isOver = false;
    const endless = new History(await openEngine(), SOURCE, Date.now, () => ({
      queued: { readings: 0, bytes: 0 },
      lastError: null,
    }));
    endless.export = async function* () {
      try {
        for (;;) {
          asked += 1;
          yield "x".repeat(65_536);
        }
      } finally {
        isOver = true;
      }
    };
    const { url } = await startApp({ ODDS_SOURCE: "simulated" }, { history: endless });
    const clients = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const client = httpRequest(`${url}${path}`).end();
        client.on("error", () => {});
        onTestFinished(() => void client.destroy());
        await once(client, "response");
        return client;
      }),
    );
    let before = -1;
    while (asked !== before) {
      before = asked;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    // What the sockets' buffers hold, and no more.
    expect(asked).toBeLessThan(1000);
    const fifth = await fetch(`${url}${path}`);
    expect([fifth.status, fifth.headers.get("retry-after")]).toEqual([429, "60"]);
    for (const client of clients) client.destroy();
    await expect.poll(() => isOver).toBe(true);
    await expect
      .poll(async () => {
        const response = await fetch(`${url}${path}`);
        await response.body?.cancel();
        return response.status;
      })
      .toBe(200);
  });

  it("is not read through for a HEAD", async () => {
    const { url, export: running } = await startExport();
    running.begin();
    const { status, headers } = await fetch(`${url}${path}`, { method: "HEAD" });
    expect([status, headers.get("content-type")]).toEqual([200, "text/csv; charset=utf-8"]);
    expect([running.asked, running.over]).toEqual([1, 1]);
  });

  it("is no trouble where a client leaves before it begins", async () => {
    const { url, log, export: running } = await startExport();
    const client = httpRequest(`${url}${path}`).end();
    client.on("error", () => {});
    await expect.poll(() => running.asked).toBe(1);
    client.destroy();
    // Whoever comes after that is answered after that.
    for (let i = 0; i < 2; i += 1) await (await fetch(`${url}/health`)).text();
    running.begin();
    await expect.poll(() => running.over).toBe(1);
    expect(running.asked).toBe(1);
    expect(log.lines.filter(({ level }) => level === "error")).toEqual([]);
  });
});

/** A server with an export of a thousand pieces, the first of which comes once it is told to `begin`. */
async function startExport() {
  const history = new History(await openEngine(), SOURCE, Date.now, () => ({
    queued: { readings: 0, bytes: 0 },
    lastError: null,
  }));
  let begin = () => {};
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const running = { asked: 0, over: 0, begin };
  history.export = async function* () {
    try {
      for (let i = 0; i < 1000; i += 1) {
        running.asked += 1;
        await begun;
        yield "x";
      }
    } finally {
      running.over += 1;
    }
  };
  return { ...(await startApp({ ODDS_SOURCE: "simulated" }, { history })), export: running };
}

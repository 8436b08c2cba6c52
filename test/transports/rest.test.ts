import { once } from "node:events";
import { readFileSync } from "node:fs";
import { request } from "node:http";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { oddsUpdateSchema } from "../../src/protocol/server-messages.js";
import { type FakeOddsApi, failWith, smallBoard, startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { closeAfter, type Running, startApp, startAppOn } from "../helpers/start-app.js";

const boards = () => ({ basketball_nba: smallBoard(), soccer_epl: smallBoard(1.5, "soccer_epl") });

async function start(env: Record<string, string> = {}): Promise<{ api: FakeOddsApi; server: Running }> {
  const api = closeAfter(await startFakeOddsApi(boards()), (fake) => fake.close());
  return { api, server: await startAppOn(api, env) };
}

const live = (server: Running, query = "", headers: Record<string, string> = {}) =>
  fetch(`${server.url}/api/odds/live${query}`, { headers });

async function errorOf(response: Response): Promise<{ status: number; code: string }> {
  expect(response.headers.get("content-type")).toMatch(/^application\/json/);
  const body = (await response.json()) as { error: { code: string; message: string } };
  expect(Object.keys(body)).toEqual(["error"]);
  expect(Object.keys(body.error).sort()).toEqual(["code", "message"]);
  return { status: response.status, code: body.error.code };
}

/** Reads until the answer is of another fetch than before. */
async function nextFetch(server: Running, etag: string, fetchedAt: string | null): Promise<Response> {
  for (;;) {
    const response = await live(server, "", { "if-none-match": etag });
    await response.clone().arrayBuffer();
    if (response.headers.get("x-odds-fetched-at") !== fetchedAt) return response;
  }
}

describe("GET /api/odds/live", () => {
  it("gives the fields of odds_update, of the NBA unless told otherwise", async () => {
    const { server } = await start();
    const response = await live(server);
    const update = oddsUpdateSchema.parse(await response.json());
    expect(update).toMatchObject({
      type: "odds_update",
      sport: "basketball_nba",
      version: 1,
      source: "the-odds-api",
      status: "live",
      reason: null,
    });
    expect(update.odds).toHaveLength(1);
    expect(response.headers.get("x-odds-fetched-at")).toBe(String(update.fetchedAt));
    expect(response.headers.get("cache-control")).toBe("no-cache");
    const soccer = await live(server, "?sport=soccer_epl");
    expect(await soccer.json()).toMatchObject({ sport: "soccer_epl" });
  });

  it("answers 304 while no price moves, and tells the board's age all the same", async () => {
    const { server } = await start();
    const first = await live(server);
    const etag = first.headers.get("etag") ?? "";
    expect(etag).toMatch(/^W\/"[^"]+"$/);
    const fetchedAt = first.headers.get("x-odds-fetched-at");
    const later = await nextFetch(server, etag, fetchedAt);
    expect(later.status).toBe(304);
    expect(later.headers.get("etag")).toBe(etag);
    expect(Number(later.headers.get("x-odds-fetched-at"))).toBeGreaterThan(Number(fetchedAt));
    expect(await later.text()).toBe("");
  });

  it("keeps apart for caches what is compressed and what is not, with a 304 too", async () => {
    const { server } = await start({ ODDS_CACHE_TTL_MS: "60000" });
    const first = await live(server);
    const again = await live(server, "", { "if-none-match": first.headers.get("etag") ?? "" });
    expect([first.status, again.status]).toEqual([200, 304]);
    for (const { headers } of [first, again]) {
      expect(headers.get("vary")?.split(/, */).sort()).toEqual(["Accept-Encoding", "Origin"]);
    }
  });

  it.each([
    ["as it is", (etag: string) => etag],
    ["among others", (etag: string) => `W/"another", ${etag}`],
    ["made strong by a proxy", (etag: string) => etag.replace("W/", "")],
    ["as any", () => "*"],
  ])("knows its ETag again: %s", async (_, said) => {
    const { server } = await start({ ODDS_CACHE_TTL_MS: "60000" });
    const etag = (await live(server)).headers.get("etag") ?? "";
    expect((await live(server, "", { "if-none-match": said(etag) })).status).toBe(304);
    expect((await live(server, "", { "if-none-match": 'W/"another"' })).status).toBe(200);
  });

  it("moves its ETag with the version", async () => {
    const { api, server } = await start();
    const first = await live(server);
    const etag = first.headers.get("etag") ?? "";
    api.boards.set("basketball_nba", smallBoard(1.95));
    const later = await nextFetch(server, etag, first.headers.get("x-odds-fetched-at"));
    expect(later.status).toBe(200);
    expect(await later.json()).toMatchObject({ version: 2 });
    expect(later.headers.get("etag")).not.toBe(etag);
  });

  it("moves its ETag with the status", async () => {
    const { api, server } = await start();
    const first = await live(server);
    const etag = first.headers.get("etag") ?? "";
    api.board = failWith(500, "down");
    let later = await live(server, "", { "if-none-match": etag });
    while (later.status === 304) later = await live(server, "", { "if-none-match": etag });
    expect(await later.json()).toMatchObject({ version: 1, status: "stale", reason: "UPSTREAM_FAILED" });
    expect(later.headers.get("etag")).not.toBe(etag);
  });

  it("answers 503 with Retry-After where there is no board and the upstream fails", async () => {
    const { api, server } = await start();
    api.board = failWith(500, "down");
    const response = await live(server);
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    expect(await errorOf(response)).toEqual({ status: 503, code: "UPSTREAM_FAILED" });
  });

  it("costs one paid read for a hundred readers at once", async () => {
    const { api, server } = await start({ ODDS_CACHE_TTL_MS: "60000" });
    const responses = await Promise.all(Array.from({ length: 100 }, () => live(server)));
    expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([200]));
    expect(api.reads).toHaveLength(1);
    await Promise.all(responses.map((response) => response.arrayBuffer()));
  });

  it("compresses a board for those who take it so", async () => {
    const server = await startApp();
    const response = await live(server, "", { "accept-encoding": "gzip" });
    expect(response.headers.get("content-encoding")).toBe("gzip");
    expect(oddsUpdateSchema.parse(await response.json()).odds.length).toBeGreaterThan(1);
  });
});

describe("Every answer under /api", () => {
  it.each(["/odds/live", "/odds/live?_=1", "/odds/sports", "/odds/credits", "/cluster"])(
    "%s tells caches to ask again, so that nobody needs to bust them",
    async (at) => {
      const { server } = await start();
      expect((await fetch(`${server.url}/api${at}`)).headers.get("cache-control")).toBe("no-cache");
    },
  );
});

describe("GET /api/odds/sports", () => {
  it("lists the sports that clients may have", async () => {
    const { server } = await start({ ODDS_SPORTS: "soccer_epl" });
    const response = await fetch(`${server.url}/api/odds/sports`);
    expect(await response.json()).toEqual({
      sports: [
        {
          key: "soccer_epl",
          group: "Sports",
          title: "soccer_epl",
          description: "soccer_epl",
          active: true,
          has_outrights: false,
        },
      ],
      timestamp: expect.any(Number),
    });
  });
});

describe("an error over HTTP is JSON with the fitting status", () => {
  it.each([
    ["/api/odds/live?sport=curling_moon", 404, "UNKNOWN_SPORT"],
    ["/api/odds/live?sport=../../etc/passwd", 404, "UNKNOWN_SPORT"],
    ["/api/odds/live?sport=%E0%A4%A", 404, "UNKNOWN_SPORT"],
    ["/api/odds/live?sport=soccer_epl", 403, "SPORT_NOT_ALLOWED"],
    ["/api/odds/live?sport=", 400, "INVALID_MESSAGE"],
    ["/api/odds/live?sport=basketball_nba&sport=soccer_epl", 400, "INVALID_MESSAGE"],
    ["/", 404, "NOT_FOUND"],
    ["/api", 404, "NOT_FOUND"],
    ["/api/odds", 404, "NOT_FOUND"],
    ["/odds", 404, "NOT_FOUND"],
    ["/health/more", 404, "NOT_FOUND"],
    ["/%E0%A4%A", 404, "NOT_FOUND"],
    ["/api/odds/%E0%A4%A", 404, "NOT_FOUND"],
  ])("%s: %i %s", async (path, status, code) => {
    const { server } = await start({ ODDS_SPORTS: "basketball_nba" });
    expect(await errorOf(await fetch(server.url + path))).toEqual({ status, code });
    expect(server.log.lines.filter(({ level }) => level === "error")).toEqual([]);
  });

  it.each([
    ["GET", "/nothing", "GET /nothing."],
    ["POST", "/api/odds/live?token=s3cret", "POST /api/odds/live."],
    ["GET", "/%3Cb%3E", "GET /%3Cb%3E."],
    ["GET", `/${"x".repeat(5000)}`, `GET /${"x".repeat(99)}….`],
  ])("says what is not there, to request %# by %s", async (method, path, named) => {
    const { server } = await start();
    const response = await fetch(server.url + path, { method });
    const { error } = (await response.json()) as { error: { message: string } };
    expect(error.message).toContain(`There is nothing at ${named} `);
    expect(error.message).not.toContain("s3cret");
    expect(error.message.length).toBeLessThan(300);
  });

  it("says which document lists all paths", async () => {
    const { server } = await start();
    const { error } = (await (await fetch(`${server.url}/api`)).json()) as { error: { message: string } };
    const [file = ""] = /\S+\.md/.exec(error.message) ?? [];
    const text = readFileSync(path.join(import.meta.dirname, "../..", file), "utf8");
    const [, rest = ""] = text.split(/^## REST$/m);
    for (const at of ["/api/odds/live", "/api/odds/sports", "/ready"]) expect(rest).toContain(`GET ${at}`);
  });

  it.each(["POST", "PUT", "DELETE"])("%s finds nothing", async (method) => {
    const { server } = await start();
    const response = await fetch(`${server.url}/api/odds/live`, { method });
    expect(await errorOf(response)).toEqual({ status: 404, code: "NOT_FOUND" });
  });
});

describe("the REST rate limit", () => {
  it("answers 429 with Retry-After once an address has had its share", async () => {
    const { server } = await start({ RATE_LIMIT_MAX: "3", RATE_LIMIT_WINDOW_MS: "60000" });
    for (let i = 0; i < 3; i++) expect((await live(server)).status).toBe(200);
    const refused = await live(server);
    const wait = Number(refused.headers.get("retry-after"));
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(60);
    expect(await errorOf(refused)).toEqual({ status: 429, code: "RATE_LIMITED" });
  });

  it("does not count a 304", async () => {
    const { server } = await start({ RATE_LIMIT_MAX: "2" });
    const etag = (await live(server)).headers.get("etag") ?? "";
    for (let i = 0; i < 20; i++) {
      expect((await live(server, "", { "if-none-match": etag })).status).toBe(304);
    }
    expect((await live(server)).status).toBe(200);
    expect((await live(server)).status).toBe(429);
  });

  it("counts a 304 that costs what the answer would: the other processes are asked in Redis", async () => {
    const { server } = await start({ RATE_LIMIT_MAX: "2" });
    const ask = async () =>
      (
        await fetch(`${server.url}/api/cluster`, {
          headers: { "If-None-Match": "*", "Cache-Control": "max-age=0" },
        })
      ).status;
    expect([await ask(), await ask(), await ask()]).toEqual([304, 304, 429]);
  });

  it("counts by the address that a trusted proxy vouches for", async () => {
    const { server } = await start({ RATE_LIMIT_MAX: "1", TRUST_PROXY: "1" });
    const from = async (forwarded: string) =>
      (await live(server, "", { "x-forwarded-for": forwarded })).status;
    expect(await from("203.0.113.1")).toBe(200);
    expect(await from("203.0.113.2")).toBe(200);
    expect(await from("203.0.113.1")).toBe(429);
    // Only what our own proxy wrote counts, not what the client wrote before it.
    expect(await from("198.51.100.9, 203.0.113.2")).toBe(429);
  });

  it.each([
    ["203.0.113.1", "203.0.113.1:4711"],
    ["203.0.113.1:4711", "203.0.113.1:4712"],
    ["2001:db8:1::1", "[2001:db8:1::1]"],
    ["[2001:db8:1::1]:4711", "[2001:db8:1::2]:4712"],
    ["[::ffff:203.0.113.1]:4711", "203.0.113.1"],
  ])("takes no port that a proxy tells for another client: %s, %s", async (one, other) => {
    const { server } = await start({ RATE_LIMIT_MAX: "1", TRUST_PROXY: "1" });
    expect((await live(server, "", { "x-forwarded-for": one })).status).toBe(200);
    expect((await live(server, "", { "x-forwarded-for": other })).status).toBe(429);
  });

  it("believes no X-Forwarded-For without a proxy", async () => {
    const { server } = await start({ RATE_LIMIT_MAX: "1", TRUST_PROXY: "0" });
    expect((await live(server, "", { "x-forwarded-for": "203.0.113.1" })).status).toBe(200);
    expect((await live(server, "", { "x-forwarded-for": "203.0.113.2" })).status).toBe(429);
  });

  it("counts an IPv6 network as one client", async () => {
    const { server } = await start({ RATE_LIMIT_MAX: "1", TRUST_PROXY: "1" });
    expect((await live(server, "", { "x-forwarded-for": "2001:db8:1:1::1" })).status).toBe(200);
    expect((await live(server, "", { "x-forwarded-for": "2001:db8:1:1::2" })).status).toBe(429);
    expect((await live(server, "", { "x-forwarded-for": "2001:db8:2:1::1" })).status).toBe(200);
  });
});

describe("every HTTP answer", () => {
  it.each(["/health", "/ready", "/api/odds/live", "/nothing"])("to %s has helmet's headers", async (path) => {
    const { server } = await start();
    const { headers } = await fetch(server.url + path);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("content-security-policy")).toMatch(/default-src 'self'/);
    expect(headers.get("cross-origin-resource-policy")).toBe("cross-origin");
    expect(headers.get("x-powered-by")).toBeNull();
  });

  it("over TLS alone tells browsers to stay with it, and says nothing of subdomains", async () => {
    const hsts = async (proxies: string, headers: Record<string, string>, at = "/health") => {
      const { server } = await start({ TRUST_PROXY: proxies });
      const answer = await fetch(server.url + at, { headers });
      return answer.headers.get("strict-transport-security");
    };
    expect(await hsts("1", { "x-forwarded-proto": "https" })).toMatch(/^max-age=\d{8}$/);
    expect(await hsts("1", { "x-forwarded-proto": "https" }, "/docs")).toMatch(/^max-age=\d{8}$/);
    expect(await hsts("1", { "x-forwarded-proto": "http" })).toBeNull();
    expect(await hsts("1", { "x-forwarded-proto": "http" }, "/docs")).toBeNull();
    expect(await hsts("1", {})).toBeNull();
    // Anybody can write the header where there is no proxy.
    expect(await hsts("0", { "x-forwarded-proto": "https" })).toBeNull();
  });

  it("has over TLS alone what browsers ignore elsewhere, with a complaint in the console of each page", async () => {
    const { server } = await start({ TRUST_PROXY: "1" });
    const sent = async (scheme: string) => {
      const { headers } = await fetch(`${server.url}/docs`, { headers: { "x-forwarded-proto": scheme } });
      return [headers.get("cross-origin-opener-policy"), headers.get("origin-agent-cluster")];
    };
    expect(await sent("https")).toEqual(["same-origin", "?1"]);
    expect(await sent("http")).toEqual([null, null]);
  });

  it("shows pages of other origins the headers that a poller needs", async () => {
    const { server } = await start();
    const outgoing = request(`${server.url}/api/odds/live`, {
      headers: { origin: "https://play.rosebud.ai" },
      agent: false,
    });
    outgoing.end();
    const [incoming] = await once(outgoing, "response");
    incoming.resume();
    expect(incoming.headers["access-control-expose-headers"]).toBe(
      "ETag,Retry-After,X-Odds-Fetched-At,RateLimit,RateLimit-Policy",
    );
  });
});

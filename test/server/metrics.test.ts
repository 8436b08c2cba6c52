import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { DOORS, socketIoClient, wsClient } from "../helpers/clients.js";
import { closeAfter } from "../helpers/closing.js";
import { failWith, smallBoard, sport, startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { MemoryEngine } from "../helpers/memory-engine.js";
import { scrape } from "../helpers/scrape.js";
import { startApp, startAppOn } from "../helpers/start-app.js";
import { inSeconds, SECRET, sign } from "../helpers/tokens.js";

const SPORT = "basketball_nba";
const OTHER = "icehockey_nhl";
const TOKEN = "0123456789abcdef-metrics";
const fakeApi = async () => {
  const boards = { [SPORT]: smallBoard(), [OTHER]: smallBoard(2, OTHER) };
  return closeAfter(await startFakeOddsApi(boards), (fake) => fake.close());
};
const THROUGH_A_PROXY = { "X-Forwarded-For": "192.0.2.1" };
const bearer = (token: string) => ({ ...THROUGH_A_PROXY, Authorization: `Bearer ${token}` });

describe("Who may read /metrics", () => {
  const ask = async (url: string, headers: Record<string, string> = {}, query = "") => {
    const response = await fetch(`${url}/metrics${query}`, { headers });
    return { code: response.status, type: response.headers.get("content-type"), body: await response.text() };
  };

  it("is this machine, however often, in Prometheus' format", async () => {
    const server = await startApp({ RATE_LIMIT_MAX: "1" });
    for (let i = 0; i < 3; i += 1) {
      const { code, type, body } = await ask(server.url);
      expect(code).toBe(200);
      expect(type).toBe("text/plain; version=0.0.4; charset=utf-8");
      expect(body).toContain("# TYPE live_odds_connections gauge");
      expect(body).toContain("process_resident_memory_bytes ");
    }
  });

  it("is nobody else without METRICS_TOKEN, and the log says what to set", async () => {
    const server = await startApp();
    for (const headers of [
      THROUGH_A_PROXY,
      bearer(TOKEN),
      { Forwarded: "for=192.0.2.1" },
      bearer("undefined"),
    ]) {
      const { code, body } = await ask(server.url, headers);
      expect(code).toBe(403);
      expect(JSON.parse(body)).toMatchObject({
        error: { code: "UNAUTHORIZED", message: expect.stringContaining("METRICS_TOKEN") },
      });
    }
    const [line] = server.log.lines.filter(({ message }) => message.startsWith("Refused: metrics"));
    expect(line?.fields).toMatchObject({ fix: expect.stringContaining("METRICS_TOKEN") });
  });

  it("is who sends METRICS_TOKEN as bearer, and nobody who sends another, or sends it in the URL", async () => {
    const server = await startApp({ METRICS_TOKEN: TOKEN });
    expect((await ask(server.url, bearer(TOKEN))).code).toBe(200);
    expect((await ask(server.url, { ...THROUGH_A_PROXY, Authorization: `bearer ${TOKEN}` })).code).toBe(200);
    for (const token of [TOKEN.slice(1), `${TOKEN}x`, TOKEN.toUpperCase(), "", "x".repeat(10_000)]) {
      expect((await ask(server.url, bearer(token))).code, token).toBe(403);
    }
    expect((await ask(server.url, { ...THROUGH_A_PROXY, Authorization: TOKEN })).code).toBe(403);
    expect((await ask(server.url, THROUGH_A_PROXY, `?token=${TOKEN}`)).code).toBe(403);
  });

  it("is, where tokens are on, also whose has the scope admin, and no other, each of which is counted once", async () => {
    const server = await startApp({ METRICS_TOKEN: TOKEN, AUTH_JWT_SECRET: SECRET });
    expect((await ask(server.url)).code).toBe(200);
    for (const token of [TOKEN, await sign({ scope: "admin" }), await sign({ scope: "read admin" })]) {
      expect((await ask(server.url, bearer(token))).code).toBe(200);
    }
    const others = [
      await sign(),
      await sign({ scope: "read" }),
      await sign({ scope: "admin", exp: inSeconds(-60) }),
      await sign({ scope: "admin" }, "another secret of more than thirty-two bytes"),
      "nonsense",
    ];
    for (const token of others) {
      const { code, body } = await ask(server.url, bearer(token));
      expect(code).toBe(403);
      expect(JSON.parse(body).error.code).toBe("UNAUTHORIZED");
    }
    const { value } = await scrape(server);
    const refused = (code: string) => value("live_odds_connections_refused_total", { code });
    expect([refused("UNAUTHORIZED"), refused("TOKEN_EXPIRED")]).toEqual([others.length, 0]);
    const said = server.log.lines.map(({ message }) => message).filter((line) => line.startsWith("Refused"));
    expect(said).toEqual(["Refused: metrics are for this machine and for who has METRICS_TOKEN"]);
  });

  it("may with that token read what /status tells operators", async () => {
    const server = await startAppOn(await fakeApi(), { METRICS_TOKEN: TOKEN });
    const advice = async (headers: Record<string, string>) =>
      ((await (await fetch(`${server.url}/status`, { headers })).json()) as { advice?: unknown }).advice;
    expect(await advice(bearer(TOKEN))).toEqual({});
    expect(await advice(bearer("another"))).toBeUndefined();
  });
});

describe.each(DOORS)("At $door", ({ door, connect }) => {
  const transport = door.startsWith("Socket.IO") ? "socketio" : "websocket";

  it("connections, joins, resumes, boards, messages and bytes are counted", async () => {
    const api = await fakeApi();
    const server = await startAppOn(api);
    const client = await connect(server);
    client.say({ type: "subscribe", sport: SPORT });
    client.say({ type: "subscribe", sport: OTHER, updates: "delta" });
    client.say({ type: "subscribe", sport: "no_such_sport" });
    client.say({ type: "subscribe" });
    await client.inbox.first("odds_delta");
    const { epoch, version } = await client.inbox.first("odds_update", (update) => update.sport === OTHER);
    const back = await connect(server);
    const since = { epoch, version };
    back.say({ type: "subscribe", sport: OTHER, updates: "delta", since });
    back.say({ type: "subscribe", sport: SPORT, updates: "delta", since: { ...since, epoch: "another" } });
    await back.inbox.first("odds_delta", (delta) => delta.sport === SPORT);
    const scraped = await scrape(server);
    const value = (name: string, labels: Record<string, string> = {}) =>
      scraped.value(`live_odds_${name}`, { transport, ...labels });
    expect(value("connections")).toBe(2);
    expect(value("subscriptions", { updates: "full" })).toBe(1);
    expect(value("subscriptions", { updates: "delta" })).toBe(3);
    expect(value("joins_total", { updates: "full" })).toBe(1);
    expect(value("joins_total", { updates: "delta" })).toBe(3);
    expect(value("resumes_total", { outcome: "recovered" })).toBe(1);
    expect(value("resumes_total", { outcome: "epoch_changed" })).toBe(1);
    expect(value("resumes_total", { outcome: "too_old" })).toBe(0);
    expect(value("messages_received_total")).toBe(6);
    expect(value("messages_refused_total", { code: "UNKNOWN_SPORT" })).toBe(1);
    expect(value("messages_refused_total", { code: "INVALID_MESSAGE" })).toBe(1);
    const sent = (kind: string) => value("boards_sent_total", { kind });
    const got = (type: "odds_update" | "odds_delta") =>
      client.inbox.all(type).length + back.inbox.all(type).length;
    expect(sent("full")).toBeGreaterThanOrEqual(3);
    expect(sent("delta")).toBeGreaterThanOrEqual(3);
    expect(value("sent_bytes_total")).toBeGreaterThan(1000);
    // What was counted before the scrape has arrived, or is about to.
    await expect.poll(() => got("odds_update")).toBeGreaterThanOrEqual(sent("full") ?? 0);
    await expect.poll(() => got("odds_delta")).toBeGreaterThanOrEqual(sent("delta") ?? 0);
    for (const one of [client, back]) one.close();
    const left = async () =>
      (await scrape(server)).value("live_odds_subscriptions", { transport, updates: "delta" });
    await expect.poll(left).toBe(0);
  });

  it("a client that is cut off is counted, with why", async () => {
    const server = await startApp({ MAX_MESSAGES_PER_SECOND: "2" });
    const client = await connect(server);
    for (let i = 0; i < 50; i += 1) client.say({ type: "unsubscribe", sport: SPORT });
    await client.gone;
    const scraped = await scrape(server);
    const cutOffs = (reason: string) => scraped.value("live_odds_cut_offs_total", { transport, reason });
    expect([cutOffs("too_many_messages"), cutOffs("too_slow")]).toEqual([1, 0]);
  });
});

it("A Socket.IO client that may not enter is counted as refused, and the log tells of it", async () => {
  const server = await startApp({ AUTH_JWT_SECRET: SECRET, MAX_CONNECTIONS_PER_IP: "9" });
  const [ended, anns] = [await sign({ exp: inSeconds(-60) }), await sign({ sub: "ann" })];
  for (let i = 0; i < 9; i += 1) await socketIoClient(server, { auth: { token: anns } });
  const attempts = [{}, { token: "nonsense" }, { token: ended }, { token: anns }];
  const got: string[] = [];
  for (const auth of attempts) {
    const code = socketIoClient(server, { auth }).then(
      () => "in",
      ({ data }) => data.code,
    );
    got.push(await code);
  }
  expect(got).toEqual(["UNAUTHORIZED", "UNAUTHORIZED", "TOKEN_EXPIRED", "RATE_LIMITED"]);
  const { value } = await scrape(server);
  const refused = (code: string) => value("live_odds_connections_refused_total", { code });
  expect(["UNAUTHORIZED", "TOKEN_EXPIRED", "RATE_LIMITED"].map(refused)).toEqual([2, 1, 1]);
  const said = server.log.lines.map(({ message }) => message).filter((line) => line.startsWith("Refused"));
  expect(said).toEqual([
    "Refused: no token, or one that is not valid",
    "Refused: a token has ended",
    "Refused: a token's owner holds as many connections as it may, or comes too often",
  ]);
});

it("A request is counted as refused once, for however many reasons it is", async () => {
  const server = await startApp({ AUTH_JWT_SECRET: SECRET, RATE_LIMIT_MAX: "1" });
  const statuses: number[] = [];
  for (let i = 0; i < 3; i += 1) {
    const headers = { Origin: "https://evil.example" };
    statuses.push((await fetch(`${server.url}/api/odds/live`, { headers })).status);
  }
  expect(statuses).toEqual([401, 429, 429]);
  const { text } = await scrape(server);
  const counts = [...text.matchAll(/^live_odds_connections_refused_total\{.*\} (\d+)$/gm)];
  expect(counts.reduce((sum, [, count]) => sum + Number(count), 0)).toBe(3);
});

describe("Of the upstream and the boards", () => {
  it("reads, ages, versions and credits are told of the sports that are wanted, while they are", async () => {
    const api = await fakeApi();
    api.plan = 20_000;
    api.remaining = 15_000;
    const server = await startAppOn(api, {
      ODDS_PACING: "off",
      ODDS_CREDIT_RESERVE: "1000",
      // The next reset is a month away.
      ODDS_CREDIT_RESET_DAY: String(new Date().getUTCDate()),
    });
    const client = await socketIoClient(server);
    client.say({ type: "subscribe", sport: SPORT });
    await client.inbox.first("odds_update");
    await client.inbox.next("odds_update");
    const { value } = await scrape(server);
    expect(value("live_odds_board_age_seconds", { sport: SPORT })).toBeLessThan(5);
    expect(value("live_odds_board_version", { sport: SPORT })).toBe(1);
    expect(value("live_odds_board_read_interval_seconds", { sport: SPORT })).toBe(0.1);
    const nextRead = value("live_odds_board_next_read_timestamp_seconds", { sport: SPORT }) ?? 0;
    expect(Math.abs(nextRead - Date.now() / 1000)).toBeLessThan(5);
    expect(value("live_odds_board_status", { sport: SPORT, status: "live" })).toBe(1);
    expect(value("live_odds_board_status", { sport: SPORT, status: "paused" })).toBe(0);
    const reads = value("live_odds_upstream_read_duration_seconds_count", { outcome: "ok" }) ?? 0;
    expect(reads).toBeGreaterThanOrEqual(1);
    expect(value("live_odds_tick_delay_seconds_count")).toBeGreaterThanOrEqual(1);
    expect(value("live_odds_broadcast_duration_seconds_count")).toBeGreaterThanOrEqual(1);
    // Three markets in one region, ten times a second.
    expect(value("live_odds_credits_spent_total")).toBeGreaterThanOrEqual(3);
    expect(value("live_odds_credits_remaining")).toBeLessThanOrEqual(15_000 - 3);
    expect(value("live_odds_credits_reserved")).toBe(1000);
    expect(value("live_odds_credits_plan")).toBe(20_000);
    expect(value("live_odds_credits_per_second")).toBeCloseTo(30);
    expect(value("live_odds_credits_run_out_timestamp_seconds")).toBeGreaterThan(Date.now() / 1000);
    expect(value("live_odds_leader")).toBe(1);
    expect(value("live_odds_redis_connected")).toBeUndefined();
    client.close();
    const age = async () => (await scrape(server)).value("live_odds_board_age_seconds", { sport: SPORT });
    await expect.poll(age).toBeUndefined();
  });

  it("a failing upstream is counted by code, and said to fail", async () => {
    const api = await fakeApi();
    const server = await startAppOn(api);
    const client = await wsClient(server);
    api.board = failWith(401, { error_code: "INVALID_KEY", message: "no" });
    client.say({ type: "subscribe", sport: SPORT });
    await client.inbox.first("error");
    const { value } = await scrape(server);
    expect(value("live_odds_upstream_failing")).toBe(1);
    expect(value("live_odds_upstream_errors_total", { code: "INVALID_KEY" })).toBe(1);
    expect(value("live_odds_upstream_read_duration_seconds_count", { outcome: "failed" })).toBe(1);
    expect(value("live_odds_board_status", { sport: SPORT, status: "stale" })).toBe(1);
  });

  it("nothing is told of credits where none are paid", async () => {
    const { names } = await scrape(await startApp());
    expect([...names].filter((name) => /credits_(remaining|plan|per_second|run_out)/.test(name))).toEqual([]);
  });
});

describe("Labels are bounded", () => {
  it("a sport that no list has yet makes no series, nor does a client or what it says", async () => {
    const api = closeAfter(await startFakeOddsApi({}, [sport(SPORT)]), (fake) => fake.close());
    api.all = failWith(500, "down");
    const server = await startAppOn(api, { TRUST_PROXY: "1", METRICS_TOKEN: TOKEN });
    const client = await wsClient(server, { headers: { "X-Forwarded-For": "203.0.113.77" } });
    for (const made of ["made_up_one", "made_up_two"]) client.say({ type: "subscribe", sport: made });
    client.say({ type: "made_up_three" });
    await client.inbox.first("error", (error) => error.sport === undefined);
    const { text, names } = await scrape(server);
    expect(names.has("live_odds_board_status")).toBe(false);
    expect(text).not.toMatch(/made_up|203\.0\.113\.77/);
    expect(text).not.toContain(TOKEN);
  });
});

it("The table of metrics names exactly those that there are", async () => {
  const document = readFileSync(path.resolve(import.meta.dirname, "../../deploy/README.md"), "utf8");
  const told = [...document.matchAll(/^\| `(live_odds_\w+)` \| ([^|]*)\|/gm)].map(
    ([, name = "", labels = ""]) => [name, [...labels.matchAll(/`(\w+)`/g)].map(([, label]) => label).sort()],
  );
  const { text } = await scrape(await startApp({ HISTORY: "on" }, { engine: new MemoryEngine() }));
  const there = [...text.matchAll(/^# TYPE (live_odds_\w+) /gm)].map(([, name]) => name);
  expect(told.map(([name]) => name).sort()).toEqual(there.sort());
  for (const [name, labels] of told) {
    const [, used] = new RegExp(`^${name}(?:_count)?\\{(.*)\\} `, "m").exec(text) ?? [];
    if (used)
      expect([...used.matchAll(/(\w+)=/g)].map(([, label]) => label).sort(), String(name)).toEqual(labels);
  }
});

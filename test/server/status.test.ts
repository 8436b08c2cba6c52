import { describe, expect, it } from "vitest";
import { socketIoClient } from "../helpers/clients.js";
import { eventually } from "../helpers/eventually.js";
import { failWith, smallBoard, startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { closeAfter, startApp, startAppOn } from "../helpers/start-app.js";

const SPORT = "basketball_nba";
const OTHER = "icehockey_nhl";
const fakeApi = async () =>
  closeAfter(await startFakeOddsApi({ [SPORT]: smallBoard(), [OTHER]: smallBoard(2, OTHER) }), (fake) =>
    fake.close(),
  );

/** As the machine itself asks, or as a stranger behind a proxy. */
async function status(url: string, headers: Record<string, string> = {}) {
  const response = await fetch(`${url}/status`, { headers });
  return { code: response.status, body: (await response.json()) as Record<string, unknown> };
}
const STRANGER = { "X-Forwarded-For": "192.0.2.1" };

describe("/status", () => {
  it("says ok where nobody wants anything, and names process, port and release", async () => {
    const server = await startApp();
    const { code, body } = await status(server.url);
    expect(code).toBe(200);
    expect(body).toMatchObject({
      status: "ok",
      port: server.port,
      process: expect.stringMatching(/^[0-9a-f]{12}$/),
      release: expect.stringMatching(/^\d+\.\d+\.\d+/),
      sports: [],
      redis: null,
      upstream: { status: "ok", reason: null },
    });
  });

  it("says ok and each wanted sport's age while it is live", async () => {
    const server = await startAppOn(await fakeApi());
    const client = await socketIoClient(server);
    client.say({ type: "subscribe", sport: SPORT });
    await client.inbox.first("odds_update");
    expect(await status(server.url, STRANGER)).toMatchObject({
      code: 200,
      body: {
        status: "ok",
        sports: [{ sport: SPORT, status: "live", reason: null, ageMs: expect.any(Number) }],
      },
    });
  });

  it("counts the reads since the start for operators, by how they ended, and says when the last one began", async () => {
    const api = await fakeApi();
    const server = await startAppOn(api);
    const reads = async () => (await status(server.url)).body.reads;
    expect(await reads()).toEqual({ ok: 0, failed: 0, lastAt: null });
    const began = Date.now();
    const client = await socketIoClient(server);
    client.say({ type: "subscribe", sport: SPORT });
    await client.inbox.first("odds_update");
    expect(await reads()).toMatchObject({ ok: expect.toSatisfy((ok: number) => ok >= 1), failed: 0 });
    api.all = failWith(500, "down");
    await client.inbox.first("error");
    const lastAt = expect.toSatisfy((at: number) => at >= began && at <= Date.now());
    expect(await reads()).toEqual({ ok: api.reads.length - 1, failed: 1, lastAt });
    expect((await status(server.url, STRANGER)).body).not.toHaveProperty("reads");
  });

  it("says down with a key that is refused, nobody having come yet; why is for the operator", async () => {
    const api = await fakeApi();
    api.all = failWith(401, { error_code: "INVALID_KEY", message: "no" });
    const server = await startAppOn(api);
    const stranger = await status(server.url, STRANGER);
    expect(stranger).toMatchObject({ code: 503, body: { status: "down", reasons: ["INVALID_KEY"] } });
    expect(JSON.stringify(stranger.body)).not.toContain("THE_ODDS_API_KEY");
    const operator = await status(server.url);
    expect(operator.body.advice).toMatchObject({ INVALID_KEY: expect.stringContaining("THE_ODDS_API_KEY") });
  });

  it("says ok again by itself where the list of sports failed once, nobody having come since", async () => {
    const api = await fakeApi();
    api.all = failWith(500, "down");
    const server = await startAppOn(api);
    expect((await status(server.url)).body).toMatchObject({
      status: "degraded",
      reasons: ["UPSTREAM_FAILED"],
    });
    api.all = undefined;
    await eventually(async () => (await status(server.url)).body.status).toBe("ok");
    expect(api.reads).toEqual([]);
    expect(server.log.lines.map(({ message }) => message)).toContain("The sports list can be read again");
  });

  it("says degraded while one of two wanted sports fails, and /health says so in short", async () => {
    const api = await fakeApi();
    const server = await startAppOn(api);
    const client = await socketIoClient(server);
    for (const sport of [SPORT, OTHER]) client.say({ type: "subscribe", sport });
    const sports = async () => (await status(server.url)).body.sports;
    const live = [SPORT, OTHER].map((sport) => expect.objectContaining({ sport, status: "live" }));
    await expect.poll(sports).toEqual(live);
    api.board = (request, response) =>
      request.url?.includes(OTHER) ? failWith(500, "down")(request, response) : false;
    await expect.poll(async () => (await status(server.url)).body.status).toBe("degraded");
    const { degraded } = (await (await fetch(`${server.url}/health`)).json()) as { degraded?: string[] };
    expect(degraded).toEqual(["UPSTREAM_FAILED"]);
  });
});

describe("What a refusal says", () => {
  it("names the variable to whoever runs the server, and not to strangers", async () => {
    const server = await startApp({ RATE_LIMIT_MAX: "1" });
    const ask = async (headers: Record<string, string>) => {
      const response = await fetch(`${server.url}/socket.io/?EIO=4&transport=polling`, { headers });
      return response.text();
    };
    const origin = { Origin: "https://evil.example" };
    expect(await ask(origin)).toContain("ALLOWED_ORIGINS");
    expect(await ask({ ...origin, ...STRANGER })).not.toContain("ALLOWED_ORIGINS");
  });

  it("is told in the log once, with an address, the origin and what to set, however many come", async () => {
    const server = await startApp();
    for (let i = 0; i < 20; i += 1) {
      await fetch(`${server.url}/api/odds/sports`, { headers: { Origin: "https://evil.example" } });
    }
    const lines = server.log.lines.filter(({ message }) => message.startsWith("Refused"));
    expect(lines).toEqual([
      {
        level: "warn",
        message: "Refused: this origin is not allowed",
        fields: {
          code: "UNAUTHORIZED",
          count: 1,
          client: "127.0.0.1",
          origin: "https://evil.example",
          fix: expect.stringContaining("ALLOWED_ORIGINS"),
        },
      },
    ]);
  });

  it("says of a limit that is met behind a proxy that TRUST_PROXY is forgotten", async () => {
    const server = await startApp({ RATE_LIMIT_MAX: "1" });
    for (let i = 0; i < 3; i += 1) await fetch(`${server.url}/api/odds/sports`, { headers: STRANGER });
    const [line] = server.log.lines.filter(({ message }) => message.startsWith("Refused"));
    expect(line?.fields).toMatchObject({
      code: "RATE_LIMITED",
      fix: expect.stringMatching(/through a proxy, and TRUST_PROXY is 0/),
    });
  });
});

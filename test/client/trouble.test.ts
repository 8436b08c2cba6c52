import { describe, expect, it } from "vitest";
import { connectOdds, type OddsError, type OddsOptions, type SportState } from "../../src/client/index.js";
import { eventually } from "../helpers/eventually.js";
import { freePort } from "../helpers/process.js";
import { closeAfter, startApp } from "../helpers/start-app.js";

const SPORT = "basketball_nba";
const QUICK = { reconnectionDelay: 20, reconnectionDelayMax: 50 };

/** A client, with all that it was told of one sport, of the connection, and of errors. */
function follow(url: string, options: OddsOptions = QUICK) {
  const odds = closeAfter(connectOdds(url, options), (it) => it.close());
  const states: SportState[] = [];
  odds.subscribe(SPORT, (state) => void states.push(state));
  const connection: [string, OddsError | null][] = [];
  odds.onConnection((state, trouble) => void connection.push([state, trouble]));
  const errors: OddsError[] = [];
  odds.onError((error) => void errors.push(error));
  return { odds, states, connection, errors };
}

describe("What there is no connection for", () => {
  it("is in the state of a sport from the first attempt on, and ends when the server is there", async () => {
    const port = await freePort();
    const before = Date.now();
    const { odds, states, connection, errors } = follow(`http://127.0.0.1:${port}`);
    expect(odds.trouble).toBe(null);
    await eventually(() => states.at(-1)?.error).toMatchObject({
      code: "NO_ANSWER",
      message: expect.stringContaining(`No connection to http://127.0.0.1:${port}: `),
      hint: expect.stringContaining("ALLOWED_ORIGINS"),
    });
    const [state] = states;
    expect(state).toMatchObject({ board: null, connection: "connecting", status: null, stale: true });
    expect(state?.reason).toBe("NO_ANSWER");
    expect(state?.error?.at).toBeGreaterThanOrEqual(before);
    expect(state?.error?.at).toBeLessThanOrEqual(Date.now());
    expect(odds.trouble).toBe(state?.error);
    expect(odds.peek(SPORT)).toBe(states.at(-1));
    expect(connection.at(-1)).toEqual(["connecting", odds.trouble]);
    await startApp({ PORT: String(port) });
    await eventually(() => odds.peek(SPORT)?.status).toBe("live");
    expect(odds.peek(SPORT)).toMatchObject({
      connection: "connected",
      stale: false,
      reason: null,
      error: null,
    });
    expect(odds.trouble).toBe(null);
    expect(connection.at(-1)).toEqual(["connected", null]);
    expect(errors.map(({ code }) => code)).toEqual(["NO_ANSWER"]);
  });

  it("makes a board stale at once, with the reason, until the next one comes", async () => {
    const server = await startApp();
    const { odds, states } = follow(server.url);
    await eventually(() => states.at(-1)?.status).toBe("live");
    const from = states.length;
    await server.stop();
    await eventually(() => odds.trouble?.code).toBe("NO_ANSWER");
    expect(odds.peek(SPORT)).toMatchObject({ status: "stale", stale: true, error: odds.trouble });
    // Longer than it takes for a server that is connected to be called silent.
    await eventually(() => Number(odds.peek(SPORT)?.ageMs())).toBeGreaterThan(2500);
    expect(odds.peek(SPORT)?.board).toBeTruthy();
    await startApp({ PORT: String(server.port) });
    await eventually(() => odds.peek(SPORT)?.status).toBe("live");
    const away = states.slice(from).filter(({ connection }) => connection === "connecting");
    expect(away.length).toBeGreaterThan(0);
    // In good order, it said that it goes.
    expect(away.map(({ status, reason }) => `${status} ${reason}`)).toEqual(
      away.map(() => expect.stringMatching(/^stale (SHUTTING_DOWN|NO_ANSWER)$/)),
    );
    // Connected again, it is not silent yet.
    expect(states.slice(from).map(({ reason }) => reason)).not.toContain("SILENT");
    const back = states.slice(from).findIndex(({ connection }) => connection === "connected");
    const board = states.slice(from).findIndex(({ status }) => status === "live");
    expect(back).toBeLessThanOrEqual(board);
    expect(odds.peek(SPORT)).toMatchObject({ error: null, reason: null });
  });

  it.each(["polling", "websocket"] as const)(
    "is the server's word where it refuses an origin (%s)",
    async (transport) => {
      const server = await startApp({ ALLOWED_ORIGINS: "https://play.rosebud.ai" });
      const { states } = follow(server.url, {
        ...QUICK,
        transports: [transport],
        extraHeaders: { origin: "http://localhost:5173" },
      });
      await eventually(() => states.at(-1)?.error?.hint).toContain("ALLOWED_ORIGINS");
      const error = states.at(-1)?.error;
      if (transport === "polling") {
        expect(error).toMatchObject({
          code: "UNAUTHORIZED",
          message: expect.stringMatching(/^This origin may not/),
        });
      } else expect(error?.code).toBe("NO_ANSWER");
    },
  );

  it("is the server's last word where it has ended the connection for good", async () => {
    const server = await startApp({ MAX_MESSAGES_PER_SECOND: "5" });
    const { odds, states } = follow(server.url);
    await eventually(() => states.at(-1)?.status).toBe("live");
    const { socket } = odds as unknown as { socket: { emit(event: string, message: object): void } };
    for (let i = 0; i < 200; i++) socket.emit("message", { type: "ping" });
    await eventually(() => odds.state).toBe("closed");
    expect(odds.trouble).toMatchObject({ code: "RATE_LIMITED", hint: expect.stringMatching(/Wait/) });
    expect(states.at(-1)).toMatchObject({ connection: "closed", status: "stale", reason: "RATE_LIMITED" });
  });

  it("is nothing after close()", async () => {
    const server = await startApp();
    const { odds, states, connection } = follow(server.url);
    await eventually(() => states.at(-1)?.status).toBe("live");
    odds.close();
    expect(odds.state).toBe("closed");
    expect(odds.trouble).toBe(null);
    expect(odds.peek(SPORT)).toBeUndefined();
    expect(connection.at(-1)).toEqual(["closed", null]);
  });

  it("is not told any more once the listener of a sport has closed the connection for it", async () => {
    const odds = closeAfter(connectOdds(`http://127.0.0.1:${await freePort()}`, QUICK), (it) => it.close());
    odds.subscribe(SPORT, ({ error }) => error && odds.close());
    const connection: string[] = [];
    odds.onConnection((state) => void connection.push(state));
    const errors: OddsError[] = [];
    odds.onError((error) => void errors.push(error));
    await eventually(() => odds.state).toBe("closed");
    expect(connection).toEqual(["closed"]);
    expect(errors).toEqual([]);
  });

  it("is told with what to do about it, for a sport too", async () => {
    const server = await startApp();
    const { odds, errors } = follow(server.url);
    odds.subscribe("curling_moon", () => {});
    await eventually(() => odds.peek("curling_moon")?.error).toMatchObject({
      code: "UNKNOWN_SPORT",
      hint: expect.stringContaining("/api/odds/sports"),
      sport: "curling_moon",
    });
    expect(odds.peek("curling_moon")).toMatchObject({ board: null, status: null, reason: "UNKNOWN_SPORT" });
    expect(errors).toEqual([odds.peek("curling_moon")?.error]);
  });
});

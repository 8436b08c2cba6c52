import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { connectOdds, type SportState } from "../../src/client/index.js";
import { freePort, type ServerProcess, startProcess } from "../helpers/process.js";
import { closeAfter } from "../helpers/start-app.js";

const SPORT = "basketball_nba";
const CLIENTS = 9;
/** So long that every back-off has come to its longest wait, in ms. */
const AWAY_MS = 12_000;
/** The server's tick, in ms. */
const TICK_MS = 1000;

/** Clients with what they saw, and when, on the steady clock (ms). */
function follow(url: string) {
  return Array.from({ length: CLIENTS }, () => {
    const odds = closeAfter(connectOdds(url), (it) => it.close());
    const seen: { readonly at: number; readonly state: SportState }[] = [];
    odds.subscribe(SPORT, (state) => void seen.push({ at: performance.now(), state }));
    /** Resolves with when a state held for the first time since `from`. */
    const first = async (from: number, holds: (state: SportState) => boolean): Promise<number> => {
      const found = () => seen.find(({ at, state }) => at >= from && holds(state))?.at;
      await expect.poll(found, { timeout: 40_000, interval: 50 }).toBeDefined();
      return found() ?? Number.NaN;
    };
    return { odds, seen, first };
  });
}

const isLive = ({ status }: SportState) => status === "live";
const isStale = ({ status }: SportState) => status === "stale";

const sorted = (times: number[]) => times.map(Math.round).sort((a, b) => a - b);
const median = (times: number[]) => sorted(times)[Math.floor(times.length / 2)] ?? Number.NaN;

async function start(port: number): Promise<ServerProcess> {
  const server = startProcess({
    PORT: String(port),
    HOST: "127.0.0.1",
    ODDS_POLL_INTERVAL_MS: String(TICK_MS),
    ODDS_CACHE_TTL_MS: String(TICK_MS),
  });
  await server.listening();
  return server;
}

async function kill({ child }: ServerProcess): Promise<void> {
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}

describe("A client, when its server comes back,", () => {
  it("is there within 5 s, at another moment than the others", async () => {
    const port = await freePort();
    const server = await start(port);
    const clients = follow(`http://127.0.0.1:${port}`);
    await Promise.all(clients.map(({ first }) => first(0, isLive)));
    const killed = performance.now();
    await kill(server);
    const noticed = await Promise.all(clients.map(({ first }) => first(killed, isStale)));
    await new Promise((resolve) => setTimeout(resolve, AWAY_MS));
    for (const { odds } of clients) {
      expect(odds.peek(SPORT)).toMatchObject({
        status: "stale",
        reason: "NO_ANSWER",
        connection: "connecting",
      });
    }
    await start(port);
    const back = performance.now();
    const lives = (await Promise.all(clients.map(({ first }) => first(back - 2000, isLive)))).map(
      (at) => at - back,
    );
    process.stdout.write(
      `killed: noticed after ${sorted(noticed.map((at) => at - killed)).join(", ")} ms; ` +
        `back after ${sorted(lives).join(", ")} ms, median ${median(lives)}\n`,
    );
    // Half a second is what a busy machine may take to connect and to subscribe.
    expect(Math.max(...lives)).toBeLessThan(5500);
    expect(Math.max(...noticed) - killed).toBeLessThan(1000);
    expect(Math.max(...lives) - Math.min(...lives)).toBeGreaterThan(500);
    for (const { odds } of clients) expect(odds.peek(SPORT)?.error).toBe(null);
  }, 90_000);

  it("notices within three ticks that it is frozen, says why, and is back soon after it thaws", async () => {
    const port = await freePort();
    const server = await start(port);
    const clients = follow(`http://127.0.0.1:${port}`);
    await Promise.all(clients.map(({ first }) => first(0, isLive)));
    const frozen = performance.now();
    server.child.kill("SIGSTOP");
    const noticed = await Promise.all(clients.map(({ first }) => first(frozen, isStale)));
    for (const { seen } of clients) {
      const state = seen.find(({ at, state }) => at > frozen && isStale(state))?.state;
      expect(state).toMatchObject({ connection: "connected", reason: "SILENT" });
    }
    await Promise.all(clients.map(({ first }) => first(frozen, ({ error }) => error?.code === "NO_ANSWER")));
    await new Promise((resolve) => setTimeout(resolve, AWAY_MS));
    const thawed = performance.now();
    server.child.kill("SIGCONT");
    const lives = (await Promise.all(clients.map(({ first }) => first(thawed, isLive)))).map(
      (at) => at - thawed,
    );
    process.stdout.write(
      `frozen: noticed after ${sorted(noticed.map((at) => at - frozen)).join(", ")} ms; ` +
        `back after ${sorted(lives).join(", ")} ms, median ${median(lives)}\n`,
    );
    expect(Math.max(...noticed) - frozen).toBeLessThan(3 * TICK_MS + 1000);
    expect(Math.max(...lives)).toBeLessThan(5500);
  }, 90_000);
});

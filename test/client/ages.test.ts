import { describe, expect, it } from "vitest";
import { type Age, connectOdds } from "../../src/client/index.js";
import { eventually } from "../helpers/eventually.js";
import { ack, board, startFakeOddsServer } from "../helpers/fake-odds-server.js";
import { closeAfter } from "../helpers/start-app.js";

async function setUp() {
  const server = await startFakeOddsServer();
  const odds = closeAfter(
    connectOdds(server.url, { reconnectionDelay: 20, reconnectionDelayMax: 50 }),
    (it) => it.close(),
  );
  const ages: Age[] = [];
  const stop = odds.onAge("nba", (age) => void ages.push(age));
  return { server, odds, ages, stop };
}

const secondsOf = (ages: Age[]) => new Set(ages.map(({ ageMs }) => Math.floor(Number(ageMs) / 1000)));

describe("onAge", () => {
  it("is told at once, and of each change", async () => {
    const { server, odds, ages } = await setUp();
    expect(ages).toEqual([{ ageMs: null, stale: true }]);
    odds.subscribe("nba", () => {});
    await eventually(() => ages.at(-1)?.stale).toBe(false);
    const now = Date.now();
    server.odds.emit("odds_update", board("nba", { version: 2, timestamp: now, fetchedAt: now - 60_000 }));
    await eventually(() => Number(ages.at(-1)?.ageMs)).toBeGreaterThanOrEqual(60_000);
    server.odds.emit("odds_update", board("nba", { version: 3, status: "paused", reason: "X" }));
    await eventually(() => ages.at(-1)).toMatchObject({ stale: true, ageMs: expect.any(Number) });
  });

  it("counts on, second by second, beside a server that is silent and then gone", async () => {
    const { server, odds, ages } = await setUp();
    server.behaviour = ({ sport, answer, socket }) => {
      answer(ack(sport, { updateFrequency: 100 }));
      return socket.emit("odds_update", board(sport));
    };
    odds.subscribe("nba", () => {});
    await eventually(() => ages.at(-1)?.stale).toBe(false);
    server.behaviour = ({ sport, answer }) => {
      answer(ack(sport, { updateFrequency: 100 }));
      return true;
    };
    await eventually(() => odds.peek("nba")?.reason).toBe("SILENT");
    server.odds.removeAllListeners();
    server.cut();
    await eventually(() => Number(ages.at(-1)?.ageMs)).toBeGreaterThanOrEqual(5000);
    const told = [...secondsOf(ages.slice(1))].filter((it) => it <= 5);
    expect(told).toEqual([0, 1, 2, 3, 4, 5].filter((second) => told.includes(second)));
    // A machine that stalls takes one.
    expect(told.length).toBeGreaterThanOrEqual(5);
    expect(ages.at(-1)?.stale).toBe(true);
  });

  it("is told nothing more when it is taken off, or all is closed", async () => {
    const { odds, ages, stop } = await setUp();
    const others: Age[] = [];
    odds.onAge("nba", (age) => void others.push(age));
    odds.subscribe("nba", () => {});
    await eventually(() => ages.at(-1)?.stale).toBe(false);
    stop();
    const [told, others1] = [ages.length, others.length];
    await eventually(() => others.length).toBeGreaterThan(others1);
    expect(ages.length).toBe(told);
    odds.close();
    const others2 = others.length;
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(others.length).toBe(others2);
  });
});

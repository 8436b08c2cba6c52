import { afterEach, describe, expect, it, vi } from "vitest";
import { connectOdds, type SportState } from "../../src/client/index.js";
import { eventually } from "../helpers/eventually.js";
import { board, startFakeOddsServer } from "../helpers/fake-odds-server.js";
import { closeAfter } from "../helpers/start-app.js";

const HOUR = 3_600_000;

afterEach(() => void vi.restoreAllMocks());

/** A client with a board that was read a second before it was sent, and the clocks of its device to be turned. */
async function setUp() {
  const server = await startFakeOddsServer();
  const odds = closeAfter(connectOdds(server.url, { forceNew: true }), (it) => it.close());
  const states: SportState[] = [];
  odds.subscribe("nba", (state) => void states.push(state));
  await eventually(() => states.at(-1)?.board).toBeTruthy();
  const now = Date.now();
  server.odds.emit("odds_update", board("nba", { timestamp: now, fetchedAt: now - 1000, version: 2 }));
  await eventually(() => states.at(-1)?.board?.version).toBe(2);
  const [steady, wall] = [performance.now.bind(performance), Date.now.bind(Date)];
  const asleepAt = steady();
  const turn = (by: { steadyMs: number | "stands still"; wallMs: number }) => {
    vi.spyOn(performance, "now").mockImplementation(() =>
      by.steadyMs === "stands still" ? asleepAt : steady() + by.steadyMs,
    );
    vi.spyOn(Date, "now").mockImplementation(() => wall() + by.wallMs);
  };
  return { server, states, turn, age: () => states.at(-1)?.ageMs() ?? Number.NaN };
}

describe("The age of a board", () => {
  it("counts the time in which the device slept and its steady clock stood still", async () => {
    const { states, turn, age } = await setUp();
    turn({ steadyMs: "stands still", wallMs: HOUR });
    expect(age()).toBeGreaterThanOrEqual(HOUR + 1000);
    expect(age()).toBeLessThan(HOUR + 5000);
    await eventually(() => states.at(-1)?.stale).toBe(true);
  });

  it("does not go down when the wall clock is put back", async () => {
    const { turn, age } = await setUp();
    turn({ steadyMs: 2000, wallMs: -HOUR });
    expect(age()).toBeGreaterThanOrEqual(3000);
    expect(age()).toBeLessThan(8000);
  });

  it("has the silent server asked after a sleep, and begins anew with what it sends", async () => {
    const { server, states, turn, age } = await setUp();
    const before = server.said.length;
    turn({ steadyMs: "stands still", wallMs: HOUR });
    await eventually(() => server.said.length).toBeGreaterThan(before);
    await eventually(() => states.at(-1)?.stale).toBe(false);
    expect(age()).toBeLessThan(HOUR);
  });
});

import { describe, expect, it } from "vitest";
import { connectOdds, type OddsConnection } from "../../src/client/index.js";
import { eventually } from "../helpers/eventually.js";
import { closeAfter, type Running, startApp } from "../helpers/start-app.js";

const EDITS = 20;

async function connections(server: Running): Promise<number> {
  const { websocket } = (await (await fetch(`${server.url}/health`)).json()) as { websocket: number };
  return websocket;
}

const live = (odds: OddsConnection) =>
  new Promise<void>((resolve) => odds.subscribe("basketball_nba", ({ status }) => status && resolve()));

describe("A module that is replaced twenty times while it is edited", () => {
  it("leaves no connection behind where each one closes its own", async () => {
    const server = await startApp();
    for (let edit = 0; edit < EDITS; edit++) {
      const odds = closeAfter(connectOdds(server.url), (it) => it.close());
      await live(odds);
      expect(await connections(server)).toBeLessThanOrEqual(2);
      odds.close();
    }
    await eventually(() => connections(server)).toBe(0);
  });

  it("leaves none either where it is closed before it is connected", async () => {
    const server = await startApp();
    for (let edit = 0; edit < EDITS; edit++) {
      const odds = connectOdds(server.url);
      odds.subscribe("basketball_nba", () => {});
      // Early, late, and in the middle of the handshake.
      await new Promise((resolve) => setTimeout(resolve, edit * 3));
      odds.close();
      odds.close();
    }
    await eventually(() => connections(server)).toBe(0);
    const last = closeAfter(connectOdds(server.url), (it) => it.close());
    await live(last);
    await eventually(() => connections(server)).toBe(1);
    expect(server.log.lines.filter(({ level }) => level === "error")).toEqual([]);
  });
});

import { cpSync, existsSync, rmSync, symlinkSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { EngineError } from "../../src/history/engine.js";
import { builtServer } from "../helpers/build.js";
import { wsClient } from "../helpers/clients.js";
import { boardOf, MemoryEngine, withoutLastUpdates } from "../helpers/memory-engine.js";
import { runProgram, temporaryFolder } from "../helpers/process.js";
import { startApp } from "../helpers/start-app.js";

const SPORT = "basketball_nba";

async function watched(engine: MemoryEngine) {
  const server = await startApp({ HISTORY: "on" }, { engine });
  const client = await wsClient(server);
  client.say({ type: "subscribe", sport: SPORT });
  const ticks = async (count: number) => {
    for (let i = 1; i < count; i += 1) await client.inbox.next("odds_update");
    return client.inbox.next("odds_update");
  };
  const get = async (where: string) =>
    (await fetch(server.url + where)).json() as Promise<Record<string, unknown>>;
  return { server, client, ticks, get };
}

describe.concurrent("a history", () => {
  it("that cannot be written costs no tick, says so once, and heals by itself", async ({ expect }) => {
    const engine = new MemoryEngine();
    const { server, ticks, get } = await watched(engine);
    await expect.poll(() => engine.records(SPORT).length).toBeGreaterThan(1);
    expect(await get("/status")).toMatchObject({ status: "ok", history: "ok" });
    engine.failure = new EngineError("data/history.db: the disk is full");
    await expect
      .poll(() => get("/status"))
      .toMatchObject({
        status: "degraded",
        reasons: ["HISTORY_DOWN"],
        history: "away",
        advice: { HISTORY_DOWN: "data/history.db: the disk is full" },
      });
    expect(await (await fetch(`${server.url}/metrics`)).text()).toContain("live_odds_history_away 1");
    expect(await ticks(10)).toMatchObject({ status: "live" });
    const kept = engine.records(SPORT).length;
    engine.failure = undefined;
    await expect.poll(() => engine.records(SPORT).length).toBeGreaterThan(kept + 10);
    await expect.poll(() => get("/status")).toMatchObject({ status: "ok", history: "ok" });
    // Nothing was lost: the queue held it.
    expect(engine.gaps(SPORT)).toEqual([]);
    const said = server.log.lines.filter(({ message }) => message.startsWith("The history"));
    expect(said.map(({ level, message }) => [level, message])).toEqual([
      [
        "warn",
        "The history cannot be written: data/history.db: the disk is full. All else goes on, and it is tried again.",
      ],
      ["info", "The history is written again"],
    ]);
  });

  it("that cannot be opened holds up neither the start nor a tick", async ({ expect }) => {
    const engine = new MemoryEngine();
    engine.failure = new EngineError("data/history.db is in use by another process");
    const { ticks, get } = await watched(engine);
    await ticks(3);
    expect(await get("/health")).toMatchObject({ phase: "ready", degraded: ["HISTORY_DOWN"] });
    engine.failure = undefined;
    await expect.poll(() => engine.records(SPORT).length).toBeGreaterThan(0);
  });

  it("that answers nothing any more holds up neither a tick nor the end", async ({ expect }) => {
    const engine = new MemoryEngine();
    const { server, ticks } = await watched(engine);
    await expect.poll(() => engine.records(SPORT).length).toBeGreaterThan(0);
    engine.hold = new Promise(() => {});
    expect(await ticks(10)).toMatchObject({ status: "live" });
    const began = performance.now();
    await server.stop();
    expect(performance.now() - began).toBeLessThan(2500);
  });

  it("has all that was sent when the server has stopped", async ({ expect }) => {
    const engine = new MemoryEngine();
    const { server, client, ticks } = await watched(engine);
    await ticks(2);
    await server.stop();
    const boards = client.inbox.all("odds_update");
    const [last] = boards.slice(-1);
    const stored = await engine.last(SPORT);
    expect(stored?.at).toBeGreaterThanOrEqual(last?.fetchedAt ?? 0);
    const sent = boards.find(({ fetchedAt }) => fetchedAt === stored?.at);
    if (sent && stored) expect(boardOf(stored)).toEqual(withoutLastUpdates(sent.odds));
  });

  it("needs a database where there are several processes, and else is off, which is said once", async () => {
    const server = await startApp({ HISTORY: "on", REDIS_URL: "redis://127.0.0.1:9" });
    expect(server.log.lines.filter(({ message }) => message.includes("No history"))).toMatchObject([
      { level: "warn", message: expect.stringContaining("Set DATABASE_URL, or HISTORY=off") },
    ]);
  });
});

describe("HISTORY=off", () => {
  it("loads nothing of it, and writes nothing", async () => {
    const folder = temporaryFolder();
    cpSync(path.join(builtServer(), "dist"), path.join(folder, "dist"), { recursive: true });
    symlinkSync(path.join(builtServer(), "node_modules"), path.join(folder, "node_modules"));
    cpSync(path.join(builtServer(), "package.json"), path.join(folder, "package.json"));
    rmSync(path.join(folder, "dist/history"), { recursive: true });
    const env = { PORT: "0", HOST: "127.0.0.1", HISTORY: "off" };
    const server = runProgram(process.execPath, [path.join(folder, "dist/index.js")], { cwd: folder, env });
    expect(await server.listening()).toBeGreaterThan(0);
    expect(existsSync(path.join(folder, "data"))).toBe(false);
  });
});

import { beforeEach, describe, expect, it, vi } from "vitest";
import { EngineError } from "../../src/history/engine.js";
import { Retention } from "../../src/history/retention.js";
import { MemoryEngine } from "../helpers/memory-engine.js";
import { closeAfter, rememberingLog } from "../helpers/start-app.js";

const DAY_MS = 86_400_000;
const NOW = 1_763_841_600_000;

let engine: MemoryEngine;
let mayDelete: boolean;

function started(days: number) {
  const log = rememberingLog();
  const retention = new Retention(
    engine,
    days,
    () => NOW,
    () => mayDelete,
    log,
  );
  retention.start();
  closeAfter(retention, (it) => it.stop());
  return { retention, log };
}

beforeEach(() => {
  engine = new MemoryEngine();
  mayDelete = true;
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  return () => vi.useRealTimers();
});

describe("what is too old", () => {
  it("is deleted a little at a time, with rests, and looked for again later", async () => {
    engine.toTrim = 3;
    started(90);
    await vi.advanceTimersByTimeAsync(2000);
    expect(engine.trimmed).toEqual(Array(3).fill(NOW - 90 * DAY_MS));
    await vi.advanceTimersByTimeAsync(10 * 60_000);
    expect(engine.trimmed).toHaveLength(4);
  });

  it("is kept for ever with 0 days", async () => {
    started(0);
    await vi.advanceTimersByTimeAsync(DAY_MS);
    expect(engine.trimmed).toEqual([]);
  });

  it("is left to the process that leads, while the engine is well", async () => {
    mayDelete = false;
    started(90);
    await vi.advanceTimersByTimeAsync(20 * 60_000);
    expect(engine.trimmed).toEqual([]);
    mayDelete = true;
    await vi.advanceTimersByTimeAsync(10 * 60_000);
    expect(engine.trimmed).toHaveLength(1);
  });

  it("is tried again after a failure, of which whoever writes tells", async () => {
    engine.failure = new EngineError("The disk is full");
    const { log } = started(90);
    await vi.advanceTimersByTimeAsync(1000);
    engine.failure = undefined;
    await vi.advanceTimersByTimeAsync(10 * 60_000);
    expect(engine.trimmed).toHaveLength(1);
    expect(log.lines).toEqual([]);
  });

  it("is left alone once the server stops", async () => {
    engine.toTrim = 100;
    const { retention } = started(90);
    await vi.advanceTimersByTimeAsync(600);
    const { length } = engine.trimmed;
    retention.stop();
    await vi.advanceTimersByTimeAsync(DAY_MS);
    expect(engine.trimmed).toHaveLength(length);
  });
});

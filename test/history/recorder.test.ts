import fc from "fast-check";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { OddsEvent } from "../../src/board/model.js";
import { EngineError } from "../../src/history/engine.js";
import { QUEUE_BYTES } from "../../src/history/record-queue.js";
import { propertyRuns } from "../helpers/in-full.js";
import { MemoryEngine, withoutLastUpdates } from "../helpers/memory-engine.js";
import { board, edited } from "../helpers/random-boards.js";
import { EVERY_MS, RecordingServer } from "../helpers/recording-server.js";

const SPORT = "basketball_nba";
const OTHER = "icehockey_nhl";

const game = (price: number, text = ""): OddsEvent[] => [
  {
    id: "a",
    commence_time: "2026-11-22T20:10:00Z",
    text,
    bookmakers: [
      {
        key: "fanduel",
        last_update: `${price}`,
        markets: [{ key: "h2h", outcomes: [{ name: "A", price }] }],
      },
    ],
  },
];

let now: number;
let engine: MemoryEngine;
const server = () => new RecordingServer(engine, () => now);

/** Reads a board every 5 s. */
async function readOn(to: RecordingServer, prices: readonly number[], sport = SPORT): Promise<void> {
  for (const price of prices) {
    to.read(sport, game(price));
    await to.pass(500);
    now += EVERY_MS;
  }
}

beforeEach(() => {
  now = 1_763_841_600_000;
  engine = new MemoryEngine();
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  return () => vi.useRealTimers();
});

const actions = fc.array(
  fc.constantFrom("read", "read", "read", "other", "fail", "heal", "stop", "kill", "another", "wait"),
  { maxLength: 14 },
);

describe("the recorder", () => {
  it("keeps of every board exactly what was sent, or nothing, whatever fails, dies or writes beside it", async () => {
    await fc.assert(
      fc.asyncProperty(board, actions, fc.gen(), async (first, what, g) => {
        // Those that were killed are not to wake.
        vi.clearAllTimers();
        now = 1_763_841_600_000;
        engine = new MemoryEngine();
        const sent = new Map<string, unknown>();
        engine.onStored = ({ sport, at }) => {
          expect(engine.board(sport)).toEqual(sent.get(`${sport} ${at}`));
        };
        let events = first;
        let here = server();
        const another = server();
        const read = (by: RecordingServer, sport: string) => {
          const { fetchedAt } = by.boards.get(sport) ?? { fetchedAt: 0 };
          if (fetchedAt >= now) now = fetchedAt + 1;
          const is = by.read(sport, events);
          sent.set(`${sport} ${is.fetchedAt}`, withoutLastUpdates(is.events));
        };
        for (const action of what) {
          if (action === "read") {
            events = g(edited, events);
            read(here, SPORT);
          } else if (action === "other") read(here, OTHER);
          else if (action === "another") read(another, SPORT);
          else if (action === "fail") engine.failure = new EngineError("The disk is full.");
          else if (action === "heal") engine.failure = undefined;
          else if (action === "stop") await here.stop();
          else await here.pass(300);
          if (action === "stop" || action === "kill") here = server();
          now += EVERY_MS;
        }
        engine.failure = undefined;
        await here.pass(31_000);
        // What another wrote meanwhile costs the first of them.
        for (let i = 0; i < 2; i += 1) {
          now += 60_000;
          read(here, SPORT);
          await here.pass(300);
        }
        await here.stop();
        expect(engine.records(SPORT).at(-1)?.at).toBe(now);
      }),
      { numRuns: propertyRuns(500) },
    );
  });

  it("keeps each reading, and of its changes those only", async () => {
    const here = server();
    await readOn(here, [2, 2, 2.1]);
    expect(
      engine
        .records(SPORT)
        .map(({ at, follows, changes }) => [at - now, follows && follows - now, changes.length]),
    ).toEqual([
      [-15_000, null, 4],
      [-10_000, -15_000, 0],
      [-5000, -10_000, 1],
    ]);
    expect(engine.gaps(SPORT)).toEqual([]);
  });

  it("waits for a store that opens late, and has lost nothing then", async () => {
    let open = () => {};
    engine.hold = new Promise((resolve) => {
      open = resolve;
    });
    const here = server();
    await readOn(here, [2, 2.1, 2.2]);
    expect(engine.records(SPORT)).toEqual([]);
    engine.hold = undefined;
    open();
    await here.pass(500);
    expect(engine.records(SPORT)).toHaveLength(3);
    expect(here.log.lines).toEqual([]);
  });

  it("stops at once though the store has failed", async () => {
    const here = server();
    await readOn(here, [2]);
    engine.failure = new EngineError("The disk is full");
    await readOn(here, [2.1]);
    here.read(OTHER, game(2));
    await here.stop();
    expect(here.writer.state.queued.readings).toBe(0);
  });

  it("loses nothing through a failure for as long as the queue holds, and says it once", async () => {
    const here = server();
    await readOn(here, [2]);
    engine.failure = new EngineError("The disk is full");
    await readOn(here, [2.1, 2.2]);
    await here.pass(5000);
    expect(here.writer.state).toMatchObject({ status: "away", lastError: { message: "The disk is full" } });
    engine.failure = undefined;
    await here.pass(31_000);
    expect(engine.records(SPORT)).toHaveLength(3);
    expect(here.log.lines.map(({ level, message }) => [level, message])).toEqual([
      ["warn", "The history cannot be written: The disk is full. All else goes on, and it is tried again."],
      ["info", "The history is written again"],
    ]);
  });

  it("counts nothing as lost that was stored though its write seemed to fail, and writes it no second time", async () => {
    const here = server();
    await readOn(here, [2]);
    const { write } = engine;
    engine.write = async (readings) => {
      engine.write = write;
      await write.call(engine, readings);
      throw new EngineError("It did not answer in time");
    };
    await readOn(here, [2.1, 2.2, 2.3]);
    await here.pass(31_000);
    expect(engine.records(SPORT).map(({ at }) => at)).toEqual(
      [3, 2, 1, 0].map((ago) => now - (ago + 1) * EVERY_MS),
    );
    expect(here.recorder.state.lost).toBe(0);
    expect(here.writer.state.stored).toEqual({ readings: 4, changes: 7 });
    expect(here.writer.state.queued).toEqual({ readings: 0, bytes: 0 });
  });

  it("is well again once a write that seemed to fail is found stored, with nothing more to write", async () => {
    const here = server();
    const { write } = engine;
    engine.write = async (readings) => {
      engine.write = write;
      await write.call(engine, readings);
      throw new EngineError("It did not answer in time");
    };
    await readOn(here, [2]);
    await here.pass(31_000);
    expect(here.writer.state).toMatchObject({ status: "ok", stored: { readings: 1 } });
  });

  it("is well again after a failure of anything but a write, with nothing more to write", async () => {
    const here = server();
    await here.pass(500);
    engine.failure = new EngineError("The database is away");
    await readOn(here, [2]);
    // The notes that it lives fail as well.
    await here.pass(12_000);
    expect(here.writer.state.status).toBe("away");
    engine.failure = undefined;
    await here.pass(31_000);
    expect(here.writer.state.status).toBe("ok");
  });

  it("is not well while a disk takes a note that it lives, and no reading", async () => {
    const here = server();
    await readOn(here, [2]);
    engine.write = async () => {
      throw new EngineError("The disk is full");
    };
    // So much that it is given up: of what may be written the note alone is left.
    const large = "x".repeat(QUEUE_BYTES / 2);
    for (let i = 0; i < 4; i += 1) {
      here.read(SPORT, game(3, large + i));
      await here.pass(500);
      now += EVERY_MS;
    }
    await here.pass(62_000);
    expect(here.writer.state).toMatchObject({ status: "away", queued: { readings: 0 } });
    // Nor does a question that fails make up for it.
    const { last } = engine;
    engine.last = async () => {
      engine.last = last;
      throw new EngineError("The database is away");
    };
    await readOn(here, [2.1]);
    await here.pass(62_000);
    expect(here.writer.state).toMatchObject({
      status: "away",
      lastError: { message: "The database is away" },
    });
  });

  it("gives up a queue that is too long, and keeps the gap with its reason", async () => {
    const here = server();
    await readOn(here, [2]);
    const until = now - EVERY_MS;
    engine.failure = new EngineError("The disk is full");
    const large = "x".repeat(QUEUE_BYTES / 2);
    for (let i = 0; i < 4; i += 1) {
      here.read(SPORT, game(3, large + i));
      await here.pass(500);
      now += EVERY_MS;
    }
    expect(here.writer.state.queued.bytes).toBe(0);
    engine.failure = undefined;
    await here.pass(31_000);
    await readOn(here, [3.5]);
    expect(engine.gaps(SPORT)).toEqual([
      { from: until + EVERY_MS, to: now - EVERY_MS, reason: "HISTORY_DOWN" },
    ]);
    expect(engine.board(SPORT)).toEqual(withoutLastUpdates(here.boards.get(SPORT)?.events ?? []));
    expect(here.recorder.state.lost).toBeGreaterThan(0);
  });

  it("finds with its first reading what changed while no server ran", async () => {
    const before = server();
    await readOn(before, [2]);
    await before.stop();
    const stopped = now;
    now += 60_000;
    const here = server();
    here.read(SPORT, game(2.5));
    await here.pass(500);
    const [, record] = engine.records(SPORT);
    expect(record).toMatchObject({ at: now, follows: stopped - EVERY_MS, isFresh: true });
    expect(record?.changes.map(({ key }) => key)).toEqual([["a", "fanduel", "h2h"]]);
    expect(engine.gaps(SPORT)).toEqual([{ from: stopped, to: now, reason: "SERVER_DOWN" }]);
  });

  it("goes on from what another process has written, and writes no change twice", async () => {
    const one = server();
    const other = server();
    await readOn(one, [2]);
    await readOn(other, [2.1]);
    await readOn(one, [2.1]);
    await readOn(one, [2.2]);
    expect(engine.records(SPORT).map(({ changes }) => changes.map(({ key }) => key[2]))).toEqual([
      ["", "", "", "h2h"],
      ["h2h"],
      ["h2h"],
    ]);
  });

  it("keeps nothing while the clock is behind what is stored, and goes on after that", async () => {
    const here = server();
    await readOn(here, [2]);
    now -= 4 * EVERY_MS;
    await readOn(here, [2.1, 2.2, 2.3]);
    expect(engine.records(SPORT)).toHaveLength(1);
    await readOn(here, [2.4, 2.5]);
    expect(engine.records(SPORT)).toHaveLength(2);
    expect(engine.board(SPORT)).toEqual(withoutLastUpdates(here.boards.get(SPORT)?.events ?? []));
  });
});

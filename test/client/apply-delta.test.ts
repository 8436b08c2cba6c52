import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BoardStore, type Delta } from "../../src/board/store.js";
import { applyDelta, type ClientBoard } from "../../src/client/apply-delta.js";
import { type OddsDelta, oddsDeltaSchema } from "../../src/protocol/server-messages.js";
import { SimulatedSource } from "../../src/sources/simulated/source.js";
import { inFull, propertyRuns } from "../helpers/in-full.js";
import { board, edited } from "../helpers/random-boards.js";
import { haveRecordings, NO_RECORDINGS, recordedSequence } from "../helpers/recorded.js";

const SPORT = "basketball_nba";
const wire = <T>(thing: T): T => JSON.parse(JSON.stringify(thing));
const head = {
  sport: SPORT,
  timestamp: 0,
  nextFetchAt: 0,
  source: "simulated",
  status: "live",
  reason: null,
} as const;

function fullOf(store: BoardStore): ClientBoard {
  const { epoch, version, fetchedAt, events } = store.get(SPORT) ?? expect.fail("there is a board");
  return wire({ ...head, epoch, version, fetchedAt, odds: events });
}

function deltaOf(store: BoardStore, { from, version, changes }: Delta): OddsDelta {
  const { epoch, fetchedAt } = store.get(SPORT) ?? expect.fail("there is a board");
  return wire({ type: "odds_delta", ...head, epoch, version, fetchedAt, from, changes });
}

const walk = fc.array(fc.nat(), { minLength: 2, maxLength: 5 }).chain((steps) =>
  steps.reduce<fc.Arbitrary<(typeof board extends fc.Arbitrary<infer B> ? B : never)[]>>(
    (walked) => walked.chain((boards) => edited(boards.at(-1) ?? []).map((next) => [...boards, next])),
    board.map((first) => [first]),
  ),
);

describe("A board kept by deltas", () => {
  it("equals the server's at every step, from every earlier position, however steps merge", () => {
    fc.assert(
      fc.property(walk, (boards) => {
        const store = new BoardStore("e");
        const clients: { board: ClientBoard }[] = [];
        for (const [i, events] of boards.entries()) {
          store.put(SPORT, { events: wire(events), fetchedAt: 1000 + i });
          const now = fullOf(store);
          const since = (version: number) =>
            deltaOf(store, store.since(SPORT, version) ?? expect.fail("the recent steps reach back"));
          for (const client of clients)
            expect(applyDelta(client.board, since(client.board.version))).toEqual(now);
          // A delta that merges more than the client missed does no harm.
          const oldest = Math.min(now.version, ...clients.map((client) => client.board.version));
          for (const client of clients) expect(applyDelta(client.board, since(oldest))).toEqual(now);
          oddsDeltaSchema.parse(since(now.version));
          // Some stay behind, some are up to date.
          for (const client of clients.filter((_, at) => at % 2 === i % 2)) client.board = now;
          clients.push({ board: now });
        }
      }),
      { numRuns: propertyRuns(1000) },
    );
  });

  it.skipIf(!haveRecordings)(
    haveRecordings ? "follows the recorded sequence in few bytes" : NO_RECORDINGS,
    () => {
      const store = new BoardStore("e");
      const rows: { full: number; delta: number }[] = [];
      let client: ClientBoard | undefined;
      for (const { events, name } of recordedSequence()) {
        store.put(SPORT, {
          events,
          fetchedAt: Date.parse(`${name.slice(0, 10)}T${name.slice(11).replaceAll("-", ":")}Z`),
        });
        const now = fullOf(store);
        if (client) {
          const delta = deltaOf(
            store,
            store.since(SPORT, client.version) ?? expect.fail("the recent steps reach back"),
          );
          client = applyDelta(client, delta);
          expect(client).toEqual(now);
          rows.push({ full: JSON.stringify(now).length, delta: JSON.stringify(delta).length });
        } else client = now;
      }
      const hour = rows.slice(0, 13);
      const mean = (of: (row: (typeof rows)[number]) => number) =>
        hour.reduce((sum, row) => sum + of(row), 0) / hour.length;
      const share = mean((row) => row.delta) / mean((row) => row.full);
      const largest = Math.max(...hour.map((row) => row.delta / row.full));
      process.stdout.write(
        `${rows.map((row) => `${row.full} ${row.delta} ${((100 * row.delta) / row.full).toFixed(2)} %`).join("\n")}\n` +
          `mean of the hour ${(100 * share).toFixed(2)} %, largest ${(100 * largest).toFixed(2)} %\n`,
      );
      expect(share).toBeLessThan(0.015);
      expect(largest).toBeLessThan(0.03);
    },
  );

  it("follows random walks of the simulated source", async () => {
    const shares: number[] = [];
    for (let seed = 1; seed <= inFull(10, 3); seed += 1) {
      const source = new SimulatedSource({ seed, startedAt: 1_795_000_000_000 });
      const { sports } = await source.sports(0);
      const sport = sports[seed % sports.length] ?? expect.fail("there are sports");
      const store = new BoardStore("e");
      let client: ClientBoard | undefined;
      let bytes = { full: 0, delta: 0 };
      for (let read = 0; read < 30; read += 1) {
        // Mostly ticks; now and then an hour passes, in which games start and end.
        const at = 1_795_000_000_000 + read * 5000 + Math.floor(read / 10) * 3_600_000;
        store.put(SPORT, await source.board(sport, at));
        const now = fullOf(store);
        if (client) {
          const delta = deltaOf(
            store,
            store.since(SPORT, client.version) ?? expect.fail("the recent steps reach back"),
          );
          client = applyDelta(client, delta);
          expect(client).toEqual(now);
          bytes = {
            full: bytes.full + JSON.stringify(now).length,
            delta: bytes.delta + JSON.stringify(delta).length,
          };
        } else client = now;
      }
      shares.push(bytes.delta / bytes.full);
      process.stdout.write(`${sport.key}: mean delta ${((100 * bytes.delta) / bytes.full).toFixed(2)} %\n`);
    }
    expect(Math.max(...shares)).toBeLessThan(0.5);
  });

  it("keeps the identity of what did not change", () => {
    const store = new BoardStore("e");
    const event = (id: string, price: number) => ({
      id,
      commence_time: "2026-11-22T20:10:00Z",
      bookmakers: [{ key: "fanduel", markets: [{ key: "h2h", outcomes: [{ name: "A", price }] }] }],
    });
    store.put(SPORT, { events: [event("a", 1.5), event("b", 2)], fetchedAt: 1 });
    const before = fullOf(store);
    store.put(SPORT, { events: [event("a", 1.5), event("b", 2.1)], fetchedAt: 2 });
    const delta = deltaOf(
      store,
      store.since(SPORT, before.version) ?? expect.fail("the recent steps reach back"),
    );
    const after = applyDelta(before, delta);
    expect(after.odds[0]).toBe(before.odds[0]);
    expect(after.odds[1]).not.toBe(before.odds[1]);
  });

  it("refuses a delta that does not follow on", () => {
    const store = new BoardStore("e");
    store.put(SPORT, { events: [], fetchedAt: 1 });
    const delta: OddsDelta = {
      type: "odds_delta",
      ...head,
      epoch: "e",
      fetchedAt: 1,
      from: 3,
      version: 4,
      changes: {},
    };
    expect(() => applyDelta(fullOf(store), delta)).toThrow("does not follow on");
    expect(() => applyDelta(fullOf(store), { ...delta, from: 1, epoch: "other" })).toThrow(
      "does not follow on",
    );
  });

  it("ends, whatever ring a faulty delta ties", () => {
    const place = (id: string, after: string | null) => ({ id, after, fresh: true as const, fields: {} });
    const delta = {
      type: "odds_delta",
      ...head,
      epoch: "e",
      fetchedAt: 1,
      from: 1,
      version: 2,
      changes: { events: [place("a", null), place("b", "a"), place("a", "b")] },
    } as unknown as OddsDelta;
    const store = new BoardStore("e");
    store.put(SPORT, { events: [], fetchedAt: 1 });
    expect(applyDelta(fullOf(store), delta).odds.length).toBeLessThan(10);
  });
});

import { copyFileSync, existsSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { BoardEvent, Market, OddsEvent } from "../../src/board/model.js";
import { EngineError, type HistoryEngine } from "../../src/history/engine.js";
import type { History } from "../../src/history/history.js";
import { PostgresEngine } from "../../src/history/postgres.js";
import { pack } from "../../src/history/sqlite-packed.js";
import { SqliteStore } from "../../src/history/sqlite-store.js";
import { closeAfter } from "../helpers/closing.js";
import { inFull } from "../helpers/in-full.js";
import { openHistory, SOURCE } from "../helpers/kept-boards.js";
import { withoutLastUpdates } from "../helpers/memory-engine.js";
import { describeWithPostgres, startPostgres } from "../helpers/postgres.js";
import { temporaryFolder } from "../helpers/process.js";
import { board, edited } from "../helpers/random-boards.js";
import { EVERY_MS, PATIENCE_MS, RecordingServer } from "../helpers/recording-server.js";
import { startTcpProxy } from "../helpers/tcp-proxy.js";

/** An engine of one process, and its `kill -9`. */
interface Life {
  readonly engine: HistoryEngine;
  kill(): Promise<void>;
}

/** SQLite on this thread: a worker takes 300 ms to start. */
class StoreEngine implements HistoryEngine {
  readonly name = "sqlite";
  constructor(readonly store: SqliteStore) {}
  open = () => this.store.open();
  write: HistoryEngine["write"] = async (readings) => new Set(this.store.write(...readings.map(pack)));
  last: HistoryEngine["last"] = async (sport) => this.store.last(sport);
  alive = async (at: number) => this.store.alive(at);
  livedUntil = async () => this.store.livedUntil();
  all: HistoryEngine["all"] = async (sql, parameters) => this.store.all(sql, parameters);
  trim = async (cutoff: number) => this.store.trim(cutoff);
  size = async () => this.store.size();
  close = async () => this.store.close();
}

/** A process that keeps what it reads; `fails`: its engine does not write, or does and its answer is lost. */
class Process {
  fails: "to write" | "to answer" | false = false;
  private readonly server: RecordingServer;
  private reads = 0;
  private failed = 0;

  constructor(
    readonly life: Life,
    now: () => number,
    isAlone: boolean,
    onStored: (sport: string, at: number) => void,
  ) {
    const { engine } = life;
    const failing = Object.assign(Object.create(engine) as HistoryEngine, {
      write: async (readings: Parameters<HistoryEngine["write"]>[0]) => {
        const refused = this.fails === "to write" ? new Set<string>() : await engine.write(readings);
        if (this.fails) {
          this.failed += 1;
          throw new EngineError(`It failed ${this.fails}.`);
        }
        for (const { sport, at } of readings) {
          if (!refused.has(sport)) onStored(sport, at);
        }
        return refused;
      },
    });
    this.server = new RecordingServer(failing, now, isAlone);
  }

  read(sport: string, events: OddsEvent[]): readonly BoardEvent[] {
    this.reads += 1;
    return this.server.read(sport, events).events;
  }

  /** Resolves when all that was read is stored, or lost, and nothing failed since; where it fails, when it did once more. */
  async settled(): Promise<void> {
    const { recorder, writer } = this.server;
    const isSettled = () => {
      const { status, stored, queued } = writer.state;
      const isDone = this.reads <= stored.readings + recorder.state.lost && queued.readings === 0;
      return isDone && status === "ok" && writer.takes;
    };
    const { failed } = this;
    while (!isSettled() && !(this.fails && this.failed > failed)) await instant();
  }

  stop = () => this.server.stop();
}

const instant = () => new Promise((resolve) => setImmediate(resolve));

/** Timers go 50 times as fast, but while a database is waited for: what a stall of the machine ends is no subject here. */
class HurriedTimers {
  private waitedFor = 0;
  private readonly pump: NodeJS.Timeout;

  constructor() {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    this.pump = setInterval(() => vi.advanceTimersByTime(this.waitedFor > 0 ? 1 : 50), 1);
  }

  /** An engine that is waited for where it is asked. */
  waitFor({ engine, kill }: Life): Life {
    const heard = async (answer: unknown) => {
      this.waitedFor += 1;
      try {
        return await answer;
      } finally {
        this.waitedFor -= 1;
      }
    };
    const get = (of: HistoryEngine, name: keyof HistoryEngine) => {
      const value = of[name];
      if (typeof value !== "function") return value;
      return (...parameters: unknown[]) => heard(Reflect.apply(value, of, parameters));
    };
    return { engine: new Proxy(engine, { get: (of, name) => get(of, name as keyof HistoryEngine) }), kill };
  }

  stop(): void {
    clearInterval(this.pump);
    vi.useRealTimers();
  }
}

const action = fc.oneof(
  { weight: 8, arbitrary: fc.constant("read") },
  ...["settle", "away", "stop", "kill", "fail", "unanswered", "heal", "trim", "another"].map((what) => ({
    weight: 1,
    arbitrary: fc.constant(what),
  })),
);

type Outcomes = ReadonlyMap<string, Market["outcomes"]>;

function outcomesOf(events: readonly BoardEvent[]): Outcomes {
  return new Map(
    events.flatMap(({ id, bookmakers }) =>
      bookmakers.flatMap(({ key, markets }) =>
        markets.map((market) => [JSON.stringify([id, key, market.key]), market.outcomes] as const),
      ),
    ),
  );
}

/** All changes that a history tells of, in pages of a few. */
async function told(history: History, sport: string): Promise<string[]> {
  const all: string[] = [];
  const { events } = await history.events(sport, {}, { limit: 100 });
  for (const { id } of events) {
    let cursor: string | undefined;
    do {
      const { answer } = await history.changes({ sport, event: id, limit: 7, cursor });
      for (const { event, bookmaker, market, at, after, outcomes } of answer.changes) {
        all.push(JSON.stringify([at, after, [event, bookmaker, market], outcomes]));
      }
      cursor = answer.cursor ?? undefined;
    } while (cursor !== undefined);
  }
  return all.sort();
}

function itSaysNothingElse(lives: () => Promise<() => Promise<Life>>, isAlone: boolean): void {
  it("says what was sent or that it is not covered, whatever dies, fails, is away or grows old", {
    timeout: 180_000,
  }, async () => {
    let live = await lives();
    const timers = new HurriedTimers();
    onTestFinished(() => timers.stop());
    let runs = 0;
    let start = 1_763_841_600_000;
    await fc.assert(
      fc.asyncProperty(
        board,
        fc.array(action, { minLength: 6, maxLength: 20 }),
        fc.gen(),
        async (first, what, g) => {
          runs += 1;
          start += 100 * 86_400_000;
          if (isAlone) live = await lives();
          const sport = `sport_${runs}`;
          const sent = new Map<number, readonly BoardEvent[]>();
          const acknowledged = new Set<number>();
          let now = start;
          let cutoff = 0;
          let events = first;
          const server = async () => {
            const life = timers.waitFor(await live());
            await life.engine.open();
            return new Process(
              life,
              () => now,
              isAlone,
              (of, at) => of === sport && acknowledged.add(at),
            );
          };
          let here = await server();
          const another = isAlone ? undefined : await server();
          const read = (by: Process) => {
            sent.set(now, by.read(sport, events));
            now += EVERY_MS;
          };
          for (const each of what) {
            if (each === "read") {
              events = g(edited, events);
              read(here);
            } else if (each === "another") {
              await here.settled();
              if (another) read(another);
              await another?.settled();
            } else if (each === "away") now += g(fc.constantFrom<number[]>, 5000, 12_000, 20_000, 3_600_000);
            else if (each === "fail") here.fails = "to write";
            else if (each === "unanswered") here.fails = "to answer";
            else if (each === "heal") here.fails = false;
            else if (each === "trim") {
              await here.settled();
              cutoff = Math.max(cutoff, g(fc.integer, { min: start, max: now }));
              while (await here.life.engine.trim(cutoff));
            } else if (each === "kill" || each === "stop") {
              if (each === "stop") await here.stop();
              await here.life.kill();
              here = await server();
            } else await here.settled();
          }
          await here.settled();
          here.fails = false;
          for (let i = 0; i < 3; i += 1) {
            await here.settled();
            read(here);
          }
          await here.settled();

          const history = openHistory(here.life.engine, () => now);
          const stored: number[] = [];
          for (const at of sent.keys()) {
            for (const later of [0, 1, EVERY_MS - 1]) {
              const answer = await history.at(sport, at + later);
              if ("gap" in answer) continue;
              const { readAt, odds } = answer.answer;
              expect(odds).toEqual(withoutLastUpdates(sent.get(readAt) ?? []));
              if (readAt === at && later === 0) stored.push(at);
            }
          }
          // The last reading before the cutoff stays.
          const base = stored.filter((at) => at <= cutoff).at(-1) ?? 0;
          expect(stored).toEqual(
            expect.arrayContaining([...acknowledged].filter((at) => at >= Math.max(base, cutoff))),
          );
          expect(stored.at(-1)).toBe([...sent.keys()].at(-1));
          const expected: string[] = [];
          for (const [i, at] of stored.entries()) {
            const after = stored[i - 1];
            if (after !== undefined && at - after - EVERY_MS > PATIENCE_MS) {
              const middle = Math.round((after + EVERY_MS + at) / 2);
              expect(await history.at(sport, middle)).toHaveProperty("gap");
            }
            const [was, is] = [after, at].map((moment) => outcomesOf(sent.get(moment ?? 0) ?? [])) as [
              Outcomes,
              Outcomes,
            ];
            for (const name of new Set([...was.keys(), ...is.keys()])) {
              const outcomes = is.get(name) ?? null;
              if (JSON.stringify(was.get(name) ?? null) === JSON.stringify(outcomes)) continue;
              expected.push(JSON.stringify([at, after ?? null, JSON.parse(name), outcomes]));
            }
          }
          // Of what a cutoff left, older values may be told, too.
          const isYoung = (change: string) => (JSON.parse(change) as [number])[0] > base;
          expect((await told(history, sport)).filter(isYoung)).toEqual(expected.filter(isYoung).sort());
          await another?.stop();
          await here.stop();
        },
      ),
      { numRuns: inFull(60, 20) },
    );
  });
}

describe("A history in SQLite", () => {
  itSaysNothingElse(async () => {
    let file = path.join(temporaryFolder(), "history.db");
    return async () => {
      const engine = new StoreEngine(new SqliteStore(file, SOURCE));
      const mine = file;
      closeAfter(engine, (it) => it.close());
      return {
        engine,
        // What a process leaves that is killed.
        kill: async () => {
          file = path.join(temporaryFolder(), "history.db");
          for (const end of ["", "-wal"]) {
            if (existsSync(mine + end)) copyFileSync(mine + end, file + end);
          }
          await engine.close();
        },
      };
    };
  }, true);
});

describeWithPostgres("A history in PostgreSQL", () => {
  itSaysNothingElse(async () => {
    const server = await startPostgres();
    const url = await server.database();
    return async () => {
      const wire = await startTcpProxy(server.port);
      const engine = closeAfter(
        new PostgresEngine(url.replace(String(server.port), String(wire.port)), true, SOURCE),
        (it) => it.close(),
      );
      return { engine, kill: async () => wire.cut() };
    };
  }, false);
});

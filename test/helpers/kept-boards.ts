import path from "node:path";
import type { BoardEvent, OddsEvent } from "../../src/board/model.js";
import { BoardStore } from "../../src/board/store.js";
import { changesSince } from "../../src/history/diff.js";
import type { HistoryEngine } from "../../src/history/engine.js";
import { History } from "../../src/history/history.js";
import type { Gap, StoredBoard, StoredValue } from "../../src/history/records.js";
import { SqliteEngine } from "../../src/history/sqlite.js";
import { closeAfter } from "./closing.js";
import { temporaryFolder } from "./process.js";

/** What sports are kept by in these tests. */
export const SOURCE = "simulated:decimal";

/** A reading that is to be kept; `at` in ms since the epoch. */
export interface GivenReading {
  readonly at: number;
  readonly events: readonly OddsEvent[];
  readonly gaps?: readonly Gap[];
  /** Whether the server was restarted before it. */
  readonly isFresh?: boolean;
}

/** Opens an empty history of {@link SOURCE}, closed after the test. */
export type OpenEngine = () => Promise<HistoryEngine>;

/** A history in a file, closed after the test. */
export async function openEngine(
  file = path.join(temporaryFolder(), "history.db"),
  source = SOURCE,
): Promise<HistoryEngine> {
  const engine = closeAfter(new SqliteEngine(file, source), (it) => it.close());
  await engine.open();
  return engine;
}

/** See {@link OpenEngine}. */
export const openSqlite: OpenEngine = () => openEngine();

/** What can be asked of an engine, at a time of the test's own. */
export function openHistory(engine: HistoryEngine, now: () => number): History {
  return new History(engine, SOURCE, now, () => ({ queued: { readings: 0, bytes: 0 }, lastError: null }));
}

/** Keeps readings of a sport as a server would, and gives the boards that clients had then. */
export async function keep(
  engine: HistoryEngine,
  sport: string,
  readings: readonly GivenReading[],
  everyMs = 5000,
): Promise<readonly (readonly BoardEvent[])[]> {
  let boards = new BoardStore();
  let stored: StoredBoard | undefined;
  const given: (readonly BoardEvent[])[] = [];
  for (const { at, events, gaps = [], isFresh = stored === undefined } of readings) {
    if (isFresh) boards = new BoardStore();
    const board = boards.put(sport, { events: events as OddsEvent[], fetchedAt: at });
    const changes = [...changesSince(stored, board, isFresh)];
    await engine.write([{ sport, at, everyMs, follows: stored?.at ?? null, isFresh, changes, gaps }]);
    const series = new Map(stored?.series.map((value) => [JSON.stringify(value.key), value]));
    for (const { key, value, changedAt = null } of changes) {
      const name = JSON.stringify(key);
      if (value === null) series.delete(name);
      else series.set(name, { key, at, value, changedAt } satisfies StoredValue);
    }
    const freshAt = isFresh ? at : (stored?.freshAt ?? at);
    stored = { at, everyMs, freshAt, series: [...series.values()] };
    given.push(board.events);
  }
  return given;
}

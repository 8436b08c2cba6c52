import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { BoardEvent } from "../../src/board/model.js";
import { BoardStore } from "../../src/board/store.js";
import type { HistoryEngine } from "../../src/history/engine.js";
import { PostgresEngine } from "../../src/history/postgres.js";
import { closeAfter } from "../helpers/closing.js";
import { found, sorted, told } from "../helpers/found-changes.js";
import { inFull } from "../helpers/in-full.js";
import { openEngine, openHistory, SOURCE } from "../helpers/kept-boards.js";
import { withoutLastUpdates } from "../helpers/memory-engine.js";
import { numberedBoard } from "../helpers/numbered-boards.js";
import { describeWithPostgres, startPostgres, type TestPostgres } from "../helpers/postgres.js";
import { startSource, temporaryFolder } from "../helpers/process.js";
import { Random } from "../helpers/random.js";

const SPORT = "basketball_nba";
const START = 1_763_841_600_000;
const EVERY_MS = 5000;
const KILLS = inFull(10, 2);
/** What is read before what was read last is said, and stored all the same. */
const UNSAID = 2;

/** Keeps boards in `place`, kills (`kill -9`) whoever does, again and again, and compares what is said with what was sent. */
async function kills(place: Record<string, string>, open: () => Promise<HistoryEngine>): Promise<void> {
  const random = new Random(START);
  const sent = new Map<number, readonly BoardEvent[]>();
  const lives: [from: number, to: number][] = [];
  for (let first = 0; lives.length < KILLS; ) {
    const keeper = startSource("test/history/board-keeper.ts", {
      ...place,
      SPORT,
      START: String(START),
      FIRST: String(first),
    });
    await keeper.line(`read ${first + random.between(40, 160)}`);
    keeper.child.kill("SIGKILL");
    await keeper.ended;
    const said = keeper.lines.filter((line) => line.startsWith("read "));
    expect(keeper.lines.filter((line) => !line.startsWith("read "))).toEqual([]);
    const end = first + said.length + UNSAID;
    const boards = new BoardStore();
    for (let i = first; i < end; i += 1) {
      const fetchedAt = START + i * EVERY_MS;
      sent.set(fetchedAt, boards.put(SPORT, { events: numberedBoard(i), fetchedAt }).events);
    }
    lives.push([START + first * EVERY_MS, START + end * EVERY_MS]);
    first = end + random.below(20);
  }
  const engine = await open();
  const kept = (await engine.all("select at from readings order by at", [])).map(({ at }) => Number(at));
  for (const [from, to] of lives) expect(kept.some((at) => at >= from && at < to)).toBe(true);
  const history = openHistory(engine, () => START + 86_400_000);
  for (const at of sent.keys()) {
    const readAt = kept.findLast((moment) => moment <= at);
    const board = await history.at(SPORT, at);
    if ("gap" in board) expect(readAt).not.toBe(at);
    else {
      expect(board.answer.readAt).toBe(readAt);
      expect(board.answer.odds).toEqual(withoutLastUpdates(sent.get(readAt ?? 0) ?? []));
    }
  }
  const boards = kept.map((at) => sent.get(at) ?? []);
  expect(sorted(await told(history, SPORT, 1000))).toEqual(sorted(found(boards, kept)));
  process.stdout.write(`${sent.size} boards sent, ${kept.length} kept, ${KILLS} processes killed\n`);
}

describe("A history whose keeper is killed again and again is what was sent:", () => {
  it("in SQLite", { timeout: 120_000 }, async () => {
    const file = path.join(temporaryFolder(), "history.db");
    await kills({ HISTORY_PATH: file }, () => openEngine(file));
  });

  describeWithPostgres("on a real server", () => {
    let server: TestPostgres;
    beforeAll(async () => {
      server = await startPostgres();
    });
    it("in PostgreSQL", { timeout: 120_000 }, async () => {
      const url = await server.database();
      await kills({ DATABASE_URL: url }, async () => {
        const engine = closeAfter(new PostgresEngine(url, true, SOURCE), (it) => it.close());
        await engine.open();
        return engine;
      });
    });
  });
});

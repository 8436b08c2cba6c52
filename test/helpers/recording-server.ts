import { vi } from "vitest";
import type { Board, OddsEvent } from "../../src/board/model.js";
import { BoardStore } from "../../src/board/store.js";
import { Coverage } from "../../src/history/coverage.js";
import type { HistoryEngine } from "../../src/history/engine.js";
import { RecordWriter } from "../../src/history/record-writer.js";
import { Recorder } from "../../src/history/recorder.js";
import { rememberingLog } from "./start-app.js";

/** How often boards are read by {@link RecordingServer}, in ms; what is later than twice that by a second leaves a gap. */
export const EVERY_MS = 5000;
/** So much later than planned a reading may be without a gap before it, in ms. */
export const PATIENCE_MS = 2 * EVERY_MS + 1000;

/** As much of a server as has a board and keeps it, on a clock of the caller's; `vi`'s timers are to be fake. */
export class RecordingServer {
  readonly boards = new BoardStore();
  readonly log = rememberingLog();
  readonly coverage: Coverage;
  readonly recorder: Recorder;
  readonly writer: RecordWriter;

  constructor(
    readonly engine: HistoryEngine,
    private readonly now: () => number,
    isAlone = true,
  ) {
    this.coverage = new Coverage(now());
    this.recorder = new Recorder(this.coverage, now(), PATIENCE_MS, isAlone, this.log);
    this.writer = new RecordWriter(engine, this.recorder, now, () => true, this.log);
    this.recorder.use(this.writer);
    this.writer.start();
  }

  /** Reads a board now, and gives what is sent. */
  read(sport: string, events: OddsEvent[]): Board {
    const step = this.boards.draft(sport, { events, fetchedAt: this.now() });
    if (this.boards.take(step) === "taken") this.recorder.accepted(step, EVERY_MS);
    return step.board;
  }

  /** Has time pass for timers, and what they began come to its end. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 100) {
      await vi.advanceTimersByTimeAsync(100);
      for (let i = 0; i < 4; i += 1) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Stops in order. */
  async stop(): Promise<void> {
    this.writer.hurry();
    await this.recorder.close();
    await this.writer.close();
  }
}

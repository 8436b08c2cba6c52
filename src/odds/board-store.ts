import { randomBytes } from "node:crypto";
import { type Changes, changesOf } from "./changes.js";
import { isMarked, noMarks } from "./marks.js";
import { mergeBoard } from "./merge.js";
import type { Board } from "./model.js";
import type { Reading } from "./ports.js";
import { Ring } from "./ring.js";

/** What brings a board from `from` to `version`; `steps` is how many versions that merges. */
export interface Delta {
  readonly from: number;
  readonly version: number;
  readonly steps: number;
  readonly changes: Changes;
}

interface Kept {
  board: Board;
  reading: number;
  readonly ring: Ring;
  /** The last reading at which any `last_update` of a bookmaker moved. */
  readonly reread: Map<string, number>;
}

/** The latest board of each sport with its recent steps, and the only place that counts versions. */
export class BoardStore {
  private readonly kept = new Map<string, Kept>();

  /** `epoch` names this count of versions: another store, another epoch. */
  constructor(readonly epoch: string = Date.now().toString(36) + randomBytes(4).toString("hex")) {}

  /** The latest board of a sport, or undefined before its first reading. */
  get(sport: string): Board | undefined {
    return this.kept.get(sport)?.board;
  }

  /** Takes a reading in and returns the board it makes. The reading that the board is of already is passed over. */
  put(sport: string, { events, fetchedAt }: Reading): Board {
    const kept = this.kept.get(sport);
    if (kept && fetchedAt === kept.board.fetchedAt) return kept.board;
    const merged = mergeBoard(kept?.board.events ?? [], events, new Date(fetchedAt).toISOString());
    const changed = !kept || isMarked(merged.marks);
    const version = (kept?.board.version ?? 0) + (changed ? 1 : 0);
    const board: Board = { sport, epoch: this.epoch, version, events: merged.events, fetchedAt };
    const now = kept ?? { board, reading: 0, ring: new Ring(), reread: new Map<string, number>() };
    now.board = board;
    now.reading += 1;
    if (changed) now.ring.add(version, now.reading, fetchedAt, kept ? merged.marks : noMarks());
    for (const bookmaker of merged.reread) now.reread.set(bookmaker, now.reading);
    this.kept.set(sport, now);
    return board;
  }

  /**
   * What somebody missed who has a version of a sport: its changes, and all `last_update`s that moved since that
   * version was reached, as the version does not tell which of them they have. Undefined when the ring does not go
   * back that far, or the version was never reached.
   */
  since(sport: string, version: number): Delta | undefined {
    const kept = this.kept.get(sport);
    const missed = kept?.ring.since(version);
    if (!kept || !missed) return undefined;
    const reread = new Set(
      [...kept.reread].filter(([, at]) => at > missed.reading).map(([bookmaker]) => bookmaker),
    );
    return {
      from: version,
      version: kept.board.version,
      steps: missed.steps,
      changes: changesOf(kept.board, missed.marks, reread),
    };
  }
}

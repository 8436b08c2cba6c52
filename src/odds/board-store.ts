import { randomBytes } from "node:crypto";
import { mergeBoard } from "./merge.js";
import type { Board } from "./model.js";
import type { Reading } from "./ports.js";

/** The latest board of each sport, and the only place that counts versions. */
export class BoardStore {
  private readonly boards = new Map<string, Board>();

  /** `epoch` names this count of versions: another store, another epoch. */
  constructor(private readonly epoch: string = Date.now().toString(36) + randomBytes(4).toString("hex")) {}

  /** The latest board of a sport, or undefined before its first reading. */
  get(sport: string): Board | undefined {
    return this.boards.get(sport);
  }

  /** The versions' name: part of every board, known before the first. */
  get currentEpoch(): string {
    return this.epoch;
  }

  /** Takes a reading in and returns the board it makes. A reading that is not newer than the board is passed over. */
  put(sport: string, reading: Reading): Board {
    const before = this.boards.get(sport);
    if (before && reading.fetchedAt <= before.fetchedAt) return before;
    const merged = mergeBoard(
      before?.events ?? [],
      reading.events,
      new Date(reading.fetchedAt).toISOString(),
    );
    const version = before ? before.version + (merged.changed ? 1 : 0) : 1;
    const board: Board = {
      sport,
      epoch: this.epoch,
      version,
      events: merged.events,
      fetchedAt: reading.fetchedAt,
    };
    this.boards.set(sport, board);
    return board;
  }
}

import { randomBytes } from "node:crypto";
import { type Changes, changesOf } from "./changes.js";
import { isMarked, type Marks, noMarks } from "./marks.js";
import { mergeBoard } from "./merge.js";
import type { Board } from "./model.js";
import type { Reading } from "./ports.js";
import { type PastStep, Ring } from "./ring.js";

/** What brings a board from `from` to `version`; `steps` is how many versions that merges. */
export interface Delta {
  readonly from: number;
  readonly version: number;
  readonly steps: number;
  readonly changes: Changes;
}

/** What one reading makes of a board: the board after it, and how that differs from the one before. */
export interface Step {
  readonly board: Board;
  /** The version it is made of; 0 where it begins an epoch's count. */
  readonly from: number;
  /** What changed; undefined where nothing but `last_update`s did, and the version stays. */
  readonly marks: Marks | undefined;
  /** The bookmakers any of whose `last_update`s moved. */
  readonly reread: readonly string[];
}

/** A board with the steps that led to it, oldest first, as another process kept them. */
export interface Snapshot {
  readonly board: Board;
  readonly past: readonly PastStep[];
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
  constructor(private current: string = Date.now().toString(36) + randomBytes(4).toString("hex")) {}

  /** What versions are counted in now. A board may still be of an older epoch, until its next step. */
  get epoch(): string {
    return this.current;
  }

  /** From here on versions are counted in another epoch. Boards stay until their next step. */
  begin(epoch: string): void {
    this.current = epoch;
  }

  /** The latest board of a sport, or undefined before its first reading. */
  get(sport: string): Board | undefined {
    return this.kept.get(sport)?.board;
  }

  /** The latest board of every sport. */
  all(): Board[] {
    return [...this.kept.values()].map(({ board }) => board);
  }

  /** Takes a reading in and returns the board it makes. The reading that the board is of already is passed over. */
  put(sport: string, reading: Reading): Board {
    const step = this.draft(sport, reading);
    this.take(step);
    return this.get(sport) ?? step.board;
  }

  /** What a reading would make of a sport's board; nothing is changed yet. */
  draft(sport: string, { events, fetchedAt }: Reading): Step {
    const before = this.kept.get(sport)?.board;
    if (before && fetchedAt === before.fetchedAt && before.epoch === this.epoch) {
      return { board: before, from: before.version, marks: undefined, reread: [] };
    }
    const merged = mergeBoard(before?.events ?? [], events, new Date(fetchedAt).toISOString());
    const from = before?.epoch === this.epoch ? before.version : 0;
    const changed = from === 0 || isMarked(merged.marks);
    return {
      board: {
        sport,
        epoch: this.epoch,
        version: changed ? from + 1 : from,
        events: merged.events,
        fetchedAt,
      },
      from,
      marks: changed ? (from === 0 ? noMarks() : merged.marks) : undefined,
      reread: [...merged.reread],
    };
  }

  /** What makes a board of an older epoch the first of this one; undefined where there is none. */
  renumbered(sport: string): Step | undefined {
    const before = this.kept.get(sport)?.board;
    if (!before || before.epoch === this.epoch) return undefined;
    return { board: { ...before, epoch: this.epoch, version: 1 }, from: 0, marks: noMarks(), reread: [] };
  }

  /**
   * Takes in a step. What is known already is passed over. False where it does not follow on what is here: steps
   * between, or its whole epoch, are missing.
   */
  take({ board, from, marks, reread }: Step): boolean {
    const { sport, version, fetchedAt } = board;
    if (board.epoch !== this.epoch) return false;
    const kept = this.kept.get(sport);
    const has = kept?.board.epoch === this.epoch ? kept.board.version : 0;
    if (kept && has > 0 && (version < has || (version === has && fetchedAt === kept.board.fetchedAt)))
      return true;
    if (from !== has) return false;
    const now =
      kept && has > 0 ? kept : { board, reading: 0, ring: new Ring(), reread: new Map<string, number>() };
    now.board = board;
    now.reading += 1;
    if (marks) now.ring.add(version, now.reading, fetchedAt, marks);
    for (const bookmaker of reread) now.reread.set(bookmaker, now.reading);
    this.kept.set(sport, now);
    return true;
  }

  /** Takes in a board with its past, unless what is here is newer. */
  load({ board, past }: Snapshot): boolean {
    if (board.epoch !== this.epoch) return false;
    const kept = this.kept.get(board.sport)?.board;
    if (kept?.epoch === this.epoch) {
      if (kept.version > board.version) return false;
      if (kept.version === board.version && kept.fetchedAt === board.fetchedAt) return false;
    }
    const ring = new Ring();
    for (const { version, at, marks } of unbroken(past, board)) ring.add(version, 0, at, marks);
    // When which bookmaker was last read anew did not come along: whoever goes on from here is told all of them.
    const reread = new Map(
      board.events.flatMap(({ bookmakers }) => bookmakers.map(({ key }) => [key, 1] as const)),
    );
    this.kept.set(board.sport, { board, reading: 1, ring, reread });
    return true;
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

/** The last steps without a gap between them that lead to a board; at least that it is reached. */
function unbroken(past: readonly PastStep[], { version, fetchedAt }: Board): PastStep[] {
  const steps: PastStep[] = [];
  let wanted = version;
  for (const step of [...past].reverse()) {
    if (step.version > wanted) continue;
    if (step.version < wanted) break;
    steps.unshift(step);
    wanted -= 1;
  }
  return steps.length > 0 ? steps : [{ version, at: fetchedAt, marks: noMarks() }];
}

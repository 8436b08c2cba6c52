import { randomBytes } from "node:crypto";
import type { SourceName } from "../config.js";
import { type Changes, changesOf } from "./delta.js";
import { type DirtyKeys, isDirty, noDirtyKeys } from "./dirty-keys.js";
import { mergeBoard } from "./merge.js";
import type { Board, BoardPosition, Reading } from "./model.js";
import { type PastStep, RecentSteps } from "./recent-steps.js";
import type { ViewFilter } from "./view-filter.js";

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
  /** The version it is made of; 0 where it is to be taken whole, whatever was before it. */
  readonly from: number;
  /** What was written last before it; undefined where that is nothing. */
  readonly follows: BoardPosition | undefined;
  /** What changed; undefined where nothing but `last_update`s did, and the version stays. */
  readonly dirty: DirtyKeys | undefined;
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
  readonly recent: RecentSteps;
  /** The last reading at which any `last_update` of a bookmaker moved. */
  readonly reread: Map<string, number>;
}

/** The latest board of each sport with its recent steps, and the only place that counts versions. */
export class BoardStore {
  private readonly kept = new Map<string, Kept>();
  /** What was written last, in this epoch, of boards that could not be had. */
  private readonly lost = new Map<string, BoardPosition>();

  /** `epoch` names this count of versions: another store, another epoch. Readings come from `source`. */
  constructor(
    private current: string = Date.now().toString(36) + randomBytes(4).toString("hex"),
    readonly source: SourceName = "the-odds-api",
  ) {}

  /** What versions are counted in now. A board may still be of an older epoch, until its next step. */
  get epoch(): string {
    return this.current;
  }

  /** From here on versions are counted in another epoch. Boards stay until their next step. */
  begin(epoch: string): void {
    this.current = epoch;
    this.lost.clear();
  }

  /** What was written last of a sport cannot be had: the next step counts on from there, and is to be taken whole. */
  lose(sport: string, position: BoardPosition): void {
    this.lost.set(sport, position);
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
  draft(sport: string, { events, fetchedAt, replayedAt }: Reading): Step {
    const before = this.kept.get(sport)?.board;
    const { from, follows } = this.last(sport);
    if (before && from > 0 && fetchedAt === before.fetchedAt) return again(before);
    const seenAt = replayedAt === undefined ? new Date(fetchedAt).toISOString() : undefined;
    const merged = mergeBoard(before?.events ?? [], events, seenAt);
    const changed = from === 0 || isDirty(merged.dirty);
    return {
      board: {
        sport,
        source: this.source,
        epoch: this.epoch,
        version: (follows?.version ?? 0) + (changed ? 1 : 0),
        events: merged.events,
        fetchedAt,
        ...(replayedAt === undefined ? {} : { replayedAt }),
      },
      from,
      follows,
      dirty: changed ? (from === 0 ? noDirtyKeys() : merged.dirty) : undefined,
      reread: [...merged.reread],
    };
  }

  /** What makes a board of an older epoch the first of this one; undefined where there is none. */
  renumbered(sport: string): Step | undefined {
    const before = this.kept.get(sport)?.board;
    if (!before || before.epoch === this.epoch) return undefined;
    const { follows } = this.last(sport);
    const board = { ...before, epoch: this.epoch, version: (follows?.version ?? 0) + 1 };
    return { board, from: 0, follows, dirty: noDirtyKeys(), reread: [] };
  }

  /**
   * Takes in a step, unless it is `known` already. A `gap` is where it does not follow on what is here: readings
   * between, or its whole epoch, are missing.
   */
  take({ board, from, follows, dirty, reread }: Step): "taken" | "known" | "gap" {
    const { sport, version, fetchedAt } = board;
    if (board.epoch !== this.epoch) return "gap";
    const kept = this.kept.get(sport);
    const has = kept?.board.epoch === this.epoch ? kept.board.version : 0;
    const isNext = from > 0 && from === has && follows?.fetchedAt === kept?.board.fetchedAt;
    const isWhole = from === 0 && version > has;
    if (!isNext && !isWhole) {
      const isKnown =
        has > 0 && (version < has || (version === has && fetchedAt <= (kept?.board.fetchedAt ?? 0)));
      return isKnown ? "known" : "gap";
    }
    const now =
      kept && isNext
        ? kept
        : { board, reading: 0, recent: new RecentSteps(), reread: new Map<string, number>() };
    now.board = board;
    now.reading += 1;
    if (dirty) now.recent.add(version, now.reading, fetchedAt, dirty);
    for (const bookmaker of reread) now.reread.set(bookmaker, now.reading);
    this.kept.set(sport, now);
    return "taken";
  }

  /** What was written last of a sport in this epoch, and whether a step can be made of what is here. */
  private last(sport: string): Pick<Step, "from" | "follows"> {
    const kept = this.kept.get(sport)?.board;
    const here = kept?.epoch === this.epoch ? kept : undefined;
    const lost = this.lost.get(sport);
    if (lost && (!here || isNewer(lost, here))) return { from: 0, follows: lost };
    return { from: here?.version ?? 0, follows: here && positionOf(here) };
  }

  /** Takes in a board with its past, unless what is here is newer. */
  load({ board, past }: Snapshot): boolean {
    if (board.epoch !== this.epoch) return false;
    const kept = this.kept.get(board.sport)?.board;
    if (kept?.epoch === this.epoch) {
      if (kept.version > board.version) return false;
      if (kept.version === board.version && kept.fetchedAt === board.fetchedAt) return false;
    }
    const recent = new RecentSteps();
    for (const { version, at, dirty } of unbroken(past, board)) recent.add(version, 0, at, dirty);
    // When which bookmaker was last read anew did not come along: whoever goes on from here is told all of them.
    const reread = new Map(
      board.events.flatMap(({ bookmakers }) => bookmakers.map(({ key }) => [key, 1] as const)),
    );
    this.kept.set(board.sport, { board, reading: 1, recent, reread });
    return true;
  }

  /**
   * What somebody missed who has a version of a sport, or that version of a `view` of it: its changes, and all
   * `last_update`s that moved since that version was reached, as the version does not tell which of them they have.
   * Undefined when the recent steps do not go back that far, or the version was never reached.
   */
  since(sport: string, version: number, view?: ViewFilter): Delta | undefined {
    const kept = this.kept.get(sport);
    const missed = kept?.recent.since(version, view);
    if (!kept || !missed) return undefined;
    const reread = new Set<string>();
    for (const [bookmaker, at] of kept.reread) {
      if (at > missed.reading && view?.hasBookmaker(bookmaker) !== false) reread.add(bookmaker);
    }
    const events = view ? view.events(kept.board.events) : kept.board.events;
    return {
      from: version,
      version: kept.board.version,
      steps: missed.steps,
      changes: changesOf({ events }, missed.dirty, reread),
    };
  }
}

/** Which board it is. */
export function positionOf({ version, fetchedAt }: Board): BoardPosition {
  return { version, fetchedAt };
}

/** Whether one of two boards of a sport, in one epoch, was written after the other. */
export function isNewer(one: BoardPosition, other: BoardPosition): boolean {
  return one.version > other.version || (one.version === other.version && one.fetchedAt > other.fetchedAt);
}

/** What makes a board of itself. */
export function again(board: Board): Step {
  return { board, from: board.version, follows: positionOf(board), dirty: undefined, reread: [] };
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
  return steps.length > 0 ? steps : [{ version, at: fetchedAt, dirty: noDirtyKeys() }];
}

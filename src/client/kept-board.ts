import { applyDelta, type ClientBoard, DeltaGap } from "./apply-delta.js";
import { keep, withoutLastUpdate } from "./keep.js";
import type { BoardEvent, OddsDelta, OddsUpdate } from "./messages.js";
import { keyOf, type Sieve } from "./views.js";

/** After so many gaps in a row it is of no use to tell the server from where to go on. */
const HOPELESS_GAPS = 2;

/** A sport's board as a client keeps it, by updates and deltas, and the view that it is of. */
export class KeptBoard {
  /** The latest; null before the first. */
  board: ClientBoard | null = null;
  /** The view that it is of; undefined for the whole board. */
  view: Sieve;
  /** Deltas that did not follow on it, since the last one that did. */
  private gaps = 0;

  /** `lastUpdate`: whether it is to have its `last_update`s. */
  constructor(private readonly lastUpdate: boolean) {}

  /** From where the server can go on with a view; undefined where only a whole one helps. */
  since(view: Sieve): { epoch: string; version: number } | undefined {
    return this.board && this.gaps < HOPELESS_GAPS && keyOf(this.view) === keyOf(view)
      ? { epoch: this.board.epoch, version: this.board.version }
      : undefined;
  }

  /** Takes in a whole board of a view. */
  update({ type: _, ...board }: OddsUpdate, view: Sieve): void {
    this.take(this.lastUpdate ? board : { ...board, odds: withoutLastUpdate(board.odds) });
    this.view = view;
  }

  /** Takes in what changed. False where a step is missing. */
  delta(delta: OddsDelta): boolean {
    if (!this.board) return false;
    try {
      const { changes } = delta;
      this.take(
        applyDelta(
          this.board,
          this.lastUpdate ? delta : { ...delta, changes: { ...changes, read: undefined } },
        ),
      );
      return true;
    } catch (error) {
      if (!(error instanceof DeltaGap)) throw error;
      this.gaps += 1;
      return false;
    }
  }

  /** Takes in that what came cannot be read: only a whole board helps. */
  lose(): void {
    this.gaps = HOPELESS_GAPS;
  }

  private take(board: ClientBoard): void {
    // What cannot be read throws here, not in a view that would be made of it, nor in the application that draws it.
    const before = new Set(this.board?.odds);
    for (const event of board.odds) if (!before.has(event) && !isReadable(event)) throw new TypeError();
    this.board = { ...board, odds: keep(this.board?.odds, board.odds) };
    this.gaps = 0;
  }
}

/** Whether an event has what boards are known and sifted by. Throws where it has not even lists. */
function isReadable({ id, bookmakers }: BoardEvent): boolean {
  return (
    typeof id === "string" &&
    bookmakers.every(({ key, markets }) => key && markets.every((market) => market.key))
  );
}

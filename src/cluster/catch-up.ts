import { promisify } from "node:util";
import type { Board } from "../board/model.js";
import { isNewer, type Step } from "../board/store.js";
import type { ClusterListener, LeaderStatus } from "../polling/cluster.js";
import { readPosition, writePosition } from "./record-codec.js";
import type { RedisBoards } from "./redis-boards.js";

const turn = promisify(setImmediate);

/** What the leader wrote and this process has not heard of: it is loaded from where it is kept. */
export class CatchUp {
  /** Something published may have been missed. */
  private missed = true;
  /** Positions that this process was behind of the last time, by sport. */
  private behind: ReadonlyMap<string, string> = new Map();
  /** Steps that did not follow on what is here, the latest of each sport: whole boards, should Redis have lost those. */
  private readonly loose = new Map<string, { readonly board: Board; readonly status: LeaderStatus }>();

  constructor(private readonly boards: RedisBoards) {}

  /** What is in Redis may differ from what is here. */
  miss(): void {
    this.missed = true;
  }

  /** A step came that does not follow on what is here. */
  keep({ board }: Step, status: LeaderStatus): void {
    this.loose.set(board.sport, { board, status });
    this.missed = true;
  }

  /**
   * Loads the boards of the epoch, by their positions, that this process does not have. What is just on its way is
   * waited for, unless something was surely missed, or `all` are to be had now. Returns the sports whose boards cannot
   * be had.
   */
  async run(
    listener: ClusterListener,
    epoch: string,
    positions: ReadonlyMap<string, string>,
    all: boolean,
  ): Promise<string[]> {
    const now = all || this.missed;
    this.missed = false;
    const { behind } = this;
    const here = listener.nodeInfo().positions;
    this.behind = new Map([...positions].filter(([sport, text]) => text !== writePosition(here.get(sport))));
    const lost: string[] = [];
    for (const [sport, text] of this.behind) {
      if (!now && behind.get(sport) !== text) continue;
      const position = readPosition(text);
      if (!position) continue;
      const found = await this.boards.load(epoch, sport, position);
      if (found) listener.load(found.snapshot, found.status);
      else {
        listener.lost(sport, position);
        lost.push(sport);
      }
      await turn();
    }
    this.takeLoose(listener);
    return lost;
  }

  /** What did not follow on what was here is taken whole, unless Redis had as much. */
  private takeLoose(listener: ClusterListener): void {
    const { positions } = listener.nodeInfo();
    for (const [sport, { board, status }] of this.loose) {
      const here = positions.get(sport);
      if (!here || isNewer(board, here)) listener.load({ board, past: [] }, status);
    }
    this.loose.clear();
  }
}

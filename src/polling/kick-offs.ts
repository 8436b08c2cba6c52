import { type Board, momentInMs } from "../board/model.js";
import type { BoardStore } from "../board/store.js";
import type { Quota } from "../source-error.js";
import type { SportsCatalog } from "./catalog.js";
import type { Game, PacedSource } from "./odds-source.js";

/** The free list of a sport's games is read anew when it is older than this (ms), */
const LIST_MS = 60 * 60_000;
/** or than this where a game of it starts within {@link NEAR_MS}, as starts are moved at the last minute; */
const NEAR_LIST_MS = 5 * 60_000;
const NEAR_MS = 15 * 60_000;
/** and not sooner than this after it failed. */
const RETRY_MS = 60_000;

interface Known {
  readonly games: readonly Game[];
  readonly readAt: number;
}

/**
 * When the games of each sport start: by its board, and by the source's free list of them where there is one. The
 * newer of the two is right. Times are ms since the epoch.
 */
export class KickOffs {
  private readonly lists = new Map<string, Known>();
  private readonly triedAt = new Map<string, number>();
  private readonly looking = new Set<string>();
  /** What was made of a board and a list, until there is a newer one of either. */
  private readonly made = new Map<
    string,
    { board: Board | undefined; list: Known | undefined; games: readonly Game[] }
  >();

  constructor(
    private readonly source: PacedSource,
    private readonly catalog: SportsCatalog,
    private readonly boards: BoardStore,
    private readonly hear: (quota: Quota | undefined) => void,
  ) {}

  /** The games of a sport, those in play included, in order of their start. */
  of(sport: string): readonly Game[] {
    const board = this.boards.get(sport);
    const list = this.lists.get(sport);
    const made = this.made.get(sport);
    if (made && made.board === board && made.list === list) return made.games;
    const games = gamesOf(board, list).toSorted((one, other) => one.start - other.start);
    this.made.set(sport, { board, list, games });
    return games;
  }

  /** Whether all is known that can be: the list of a sport's games was tried, or there is none to read. */
  isKnown(sport: string): boolean {
    const hasList = this.source.games !== undefined && this.catalog.get(sport)?.active === true;
    return this.catalog.isKnown && (!hasList || this.triedAt.has(sport));
  }

  /**
   * Reads the free list of a sport's games where it is old. Resolves with whether it was. Rejects where that fails:
   * then it is tried again later.
   */
  async look(sport: string, at: number): Promise<boolean> {
    const found = this.catalog.get(sport);
    const since = at - (this.triedAt.get(sport) ?? Number.NEGATIVE_INFINITY);
    if (!this.source.games || !found?.active || this.looking.has(sport)) return false;
    // Less than none where the clock was put back: how old it is, nobody knows.
    if (since >= 0 && since < this.patience(sport, at)) return false;
    this.looking.add(sport);
    try {
      const { games, quota } = await this.source.games(found, at);
      this.hear(quota);
      this.lists.set(sport, { games, readAt: at });
      this.triedAt.set(sport, at);
      return true;
    } catch (error) {
      this.triedAt.set(sport, at + RETRY_MS - this.patience(sport, at));
      throw error;
    } finally {
      this.looking.delete(sport);
    }
  }

  private patience(sport: string, at: number): number {
    const isNear = this.of(sport).some(({ start }) => start > at && start <= at + NEAR_MS);
    return isNear ? NEAR_LIST_MS : LIST_MS;
  }
}

function gamesOf(board: Board | undefined, list: Known | undefined): Game[] {
  if (board && list && list.readAt >= board.fetchedAt) return [...list.games];
  const onBoard = (board?.events ?? []).map(({ id, commence_time }) => {
    return { id, start: momentInMs(commence_time) };
  });
  const ids = new Set(onBoard.map(({ id }) => id));
  // A game without prices may be on the list only.
  return [...onBoard, ...(list?.games ?? []).filter(({ id }) => !ids.has(id))];
}

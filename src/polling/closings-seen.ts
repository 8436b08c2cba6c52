import { gameKey } from "./closing-plan.js";
import type { Game } from "./odds-source.js";

/** A close is seen by a reading within this time (ms) before the start. */
export const SEEN_WITHIN_MS = 60_000;
/** Whether it was is asked so long (ms) after the start: a read that was asked for before may still be under way. */
const JUDGED_AFTER_MS = 15_000;
/** What is over for so long (ms) is no news. */
const FORGOTTEN_AFTER_MS = 15 * 60_000;
/** So many closes that were missed are listed. */
const MAX_MISSED = 100;

/** Games of one start whose close was not seen, and why. Times in ms since the epoch. */
export interface MissedClose {
  readonly sport: string;
  readonly startsAt: number;
  readonly games: number;
  readonly reason: string;
}

interface Awaited {
  readonly sport: string;
  readonly start: number;
  /** Why it may be missed. */
  reason: string;
}

/** Which closes were seen, by the times of readings: whoever they were made for. Times in ms since the epoch. */
export class ClosingsSeen {
  /** Games that start soon, or have just started, by name. */
  private readonly awaited = new Map<string, Awaited>();
  /** How each game of late was judged, and by which start. */
  private readonly judged = new Map<string, { readonly start: number; readonly seen: boolean }>();
  private readonly readings = new Map<string, number[]>();
  private readonly lost: MissedClose[] = [];
  private seenGames = 0;
  private missedGames = 0;

  /** Knows of nothing before `since`: of a game that started earlier nobody can tell here whether its close was seen. */
  constructor(private readonly since: number) {}

  /** Games whose close was seen, and those whose close was missed. */
  get games(): { readonly seen: number; readonly missed: number } {
    return { seen: this.seenGames, missed: this.missedGames };
  }

  /** What was missed, the latest last. */
  get missed(): readonly MissedClose[] {
    return this.lost;
  }

  /** Takes down when a sport was last read. */
  read(sport: string, fetchedAt: number): void {
    const readings = this.readings.get(sport) ?? [];
    if (readings.at(-1) === fetchedAt) return;
    const kept = readings.filter((at) => at > fetchedAt - FORGOTTEN_AFTER_MS);
    this.readings.set(sport, [...kept, fetchedAt]);
  }

  /** Whether a sport was read at or after `from`, and before `to`. */
  wasRead(sport: string, from: number, to: number): boolean {
    return this.readings.get(sport)?.some((at) => at >= from && at < to) === true;
  }

  /** Takes down which games a sport has, at a time. */
  expect(sport: string, games: readonly Game[], at: number): void {
    for (const game of games) {
      const { start } = game;
      if (start <= Math.max(this.since, at - FORGOTTEN_AFTER_MS)) continue;
      if (start > at + SEEN_WITHIN_MS) break;
      const key = gameKey(sport, game);
      if (this.judged.get(key)?.start === start || this.awaited.get(key)?.start === start) continue;
      // It was to start later, or nobody had heard of it.
      this.awaited.set(key, { sport, start, reason: start <= at ? "START_UNKNOWN" : "OVERDUE" });
    }
    // What is put off is awaited again when its time comes.
    for (const [key, awaited] of this.awaited) {
      if (awaited.sport !== sport) continue;
      const game = games.find((one) => gameKey(sport, one) === key);
      if (game && game.start > at + SEEN_WITHIN_MS) this.awaited.delete(key);
    }
  }

  /** Takes down why the close of some games may be missed. */
  explain(sport: string, games: readonly Game[], reason: string): void {
    for (const game of games) {
      const awaited = this.awaited.get(gameKey(sport, game));
      if (awaited) awaited.reason = reason;
    }
  }

  /** Finds which of the games that have started were seen, and returns what was missed. */
  judge(at: number): MissedClose[] {
    const missed = new Map<string, MissedClose>();
    for (const [key, { sport, start, reason }] of this.awaited) {
      if (start > at - JUDGED_AFTER_MS) continue;
      this.awaited.delete(key);
      const seen = this.wasRead(sport, start - SEEN_WITHIN_MS, start);
      this.count(this.judged.get(key)?.seen, -1);
      this.count(seen, 1);
      this.judged.set(key, { start, seen });
      if (seen) continue;
      const one = `${sport} ${start} ${reason}`;
      const games = (missed.get(one)?.games ?? 0) + 1;
      missed.set(one, { sport, startsAt: start, games, reason });
    }
    for (const [key, { start }] of this.judged) {
      if (start < at - 2 * FORGOTTEN_AFTER_MS) this.judged.delete(key);
    }
    this.lost.push(...missed.values());
    this.lost.splice(0, this.lost.length - MAX_MISSED);
    return [...missed.values()];
  }

  /** A game that starts anew at another time is judged anew. */
  private count(seen: boolean | undefined, change: number): void {
    if (seen === true) this.seenGames += change;
    if (seen === false) this.missedGames += change;
  }
}

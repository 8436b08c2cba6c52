import type { Market, OddsEvent } from "../../src/board/model.js";
import type { History } from "../../src/history/history.js";

/** A market's change, without what only a history knows of it; times in ms since the epoch. */
export interface FoundChange {
  readonly event: string;
  readonly bookmaker: string;
  readonly market: string;
  readonly at: number;
  readonly after: number | null;
  /** Null: it went. */
  readonly outcomes: Market["outcomes"] | null;
}

/** A market's name on a board. */
export const marketName = (event: string, bookmaker: string, market: string): string =>
  JSON.stringify([event, bookmaker, market]);

/** All outcomes of a board, by {@link marketName}. */
export function marketsOf(events: readonly OddsEvent[]): Map<string, Market["outcomes"]> {
  return new Map(
    events.flatMap(({ id, bookmakers }) =>
      bookmakers.flatMap(({ key, markets }) =>
        markets.map((market) => [marketName(id, key, market.key), market.outcomes] as const),
      ),
    ),
  );
}

/** The changes from each board to the next, as somebody finds them who compares. */
export function found(all: readonly (readonly OddsEvent[])[], times: readonly number[]): FoundChange[] {
  const changes: FoundChange[] = [];
  let before = new Map<string, Market["outcomes"]>();
  for (const [i, events] of all.entries()) {
    const now = marketsOf(events);
    for (const name of new Set([...before.keys(), ...now.keys()])) {
      const [was, is] = [before.get(name), now.get(name) ?? null];
      if (JSON.stringify(was) === JSON.stringify(is)) continue;
      const [event, bookmaker, market] = JSON.parse(name) as [string, string, string];
      changes.push({
        event,
        bookmaker,
        market,
        at: times[i] as number,
        after: times[i - 1] ?? null,
        outcomes: is,
      });
    }
    before = now;
  }
  return changes;
}

/** What a history says of every event, asked for in pages of `limit`. */
export async function told(history: History, sport: string, limit: number): Promise<FoundChange[]> {
  const changes: FoundChange[] = [];
  let events: string | undefined;
  do {
    const page = await history.events(sport, {}, { limit: 2, cursor: events });
    for (const { id } of page.events) {
      let cursor: string | undefined;
      do {
        const { answer } = await history.changes({ sport, event: id, limit, cursor });
        for (const { event, bookmaker, market, at, after, outcomes } of answer.changes) {
          changes.push({ event, bookmaker, market, at, after, outcomes });
        }
        cursor = answer.cursor ?? undefined;
      } while (cursor !== undefined);
    }
    events = page.cursor ?? undefined;
  } while (events !== undefined);
  return changes;
}

/** Changes in an order of their own, to be compared. */
export const sorted = (changes: readonly FoundChange[]): string[] =>
  changes.map((it) => JSON.stringify(it)).sort();

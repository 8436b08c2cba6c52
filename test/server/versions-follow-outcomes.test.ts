import { describe, expect, it } from "vitest";
import type { BoardEvent, OddsEvent } from "../../src/board/model.js";
import { BoardStore } from "../../src/board/store.js";
import { checkBoard } from "../../src/sources/upstream-board.js";
import { haveRecordings, NO_RECORDINGS, recordedSequence } from "../helpers/recorded.js";

type Cell = readonly [key: string, outcomes: string];
const cells = (events: readonly OddsEvent[]): Cell[] =>
  events.flatMap((event) =>
    event.bookmakers.flatMap((bookmaker) =>
      bookmaker.markets.map(
        (market): Cell => [`${event.id}/${bookmaker.key}/${market.key}`, JSON.stringify(market.outcomes)],
      ),
    ),
  );
const changedAt = (events: readonly BoardEvent[]) =>
  new Map(
    events.flatMap((event) =>
      event.bookmakers.flatMap((bookmaker) =>
        bookmaker.markets.map(
          (market) => [`${event.id}/${bookmaker.key}/${market.key}`, market.changed_at] as const,
        ),
      ),
    ),
  );

describe("Over the recorded hour", () => {
  it.skipIf(!haveRecordings)(
    haveRecordings ? "version rises and changed_at moves only where an outcome changed" : NO_RECORDINGS,
    () => {
      const store = new BoardStore();
      const hour = recordedSequence().slice(0, 14);
      const seen = hour.map(({ events }, i) => {
        const checked = checkBoard(events);
        expect(checked?.refused).toBe(0);
        return store.put("americanfootball_nfl", { events, fetchedAt: 1_700_000_000_000 + i * 60_000 });
      });
      let rises = 0;
      for (const [i, board] of seen.entries()) {
        const [before, earlier] = [seen[i - 1], hour[i - 1]];
        if (!before || !earlier) continue;
        const [then, now] = [new Map(cells(earlier.events)), new Map(cells(hour[i]?.events ?? []))];
        const moved = [...now].filter(([key, outcomes]) => then.get(key) !== outcomes).map(([key]) => key);
        const gone = [...then.keys()].filter((key) => !now.has(key));
        const rose = board.version - before.version;
        rises += rose;
        expect(rose, hour[i]?.name).toBe(moved.length + gone.length > 0 ? 1 : 0);
        const [stampsThen, stampsNow] = [changedAt(before.events), changedAt(board.events)];
        const restamped = [...stampsNow]
          .filter(([key, at]) => stampsThen.get(key) !== at)
          .map(([key]) => key);
        expect(restamped.sort()).toEqual(moved.sort());
      }
      expect(rises).toBe(6);
    },
  );
});

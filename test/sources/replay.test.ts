import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { OddsEvent, Sport } from "../../src/board/model.js";
import { type RecordedBoards, ReplaySource } from "../../src/sources/replay.js";
import { propertyRuns } from "../helpers/in-full.js";

const START = Date.parse("2026-11-22T18:00:00Z");
const NOW = Date.parse("2026-11-24T09:00:00Z");
const SPORT: Sport = {
  key: "basketball_nba",
  group: "Basketball",
  title: "NBA",
  description: "NBA",
  active: true,
  has_outrights: false,
};

const eventsOf = (reading: number): OddsEvent[] => [
  { id: String(reading), commence_time: "2026-11-22T21:10:00Z", bookmakers: [] },
];

/** Readings at these moments; each holds until the next, and the last for 5 s. */
function recordedAt(moments: readonly number[]): RecordedBoards {
  const [first = 0] = moments;
  return {
    recorded: async () => ({
      source: "simulated:decimal",
      from: first,
      until: (moments.at(-1) ?? 0) + 5000,
      sports: [SPORT],
    }),
    reading: async (_, at) => ({ readAt: moments.findLast((it) => it <= at) ?? null, gap: null }),
    board: async (_, readAt) => eventsOf(moments.indexOf(readAt)),
  };
}

const steps = (max: number) => fc.array(fc.integer({ min: 1, max }), { minLength: 1, maxLength: 30 });
const addedUp = (from: number, steps: readonly number[]) =>
  steps.map((_, i) => from + steps.slice(0, i + 1).reduce((sum, step) => sum + step, 0));

describe("What a replay shows", () => {
  it("is stale in a gap for as long as that board is shown, also while the next one is on its way", async () => {
    let load = (): void => {};
    const loading = new Promise<void>((resolve) => {
      load = resolve;
    });
    const boards: RecordedBoards = {
      ...recordedAt([START, START + 60_000]),
      reading: async (_, at) =>
        at < START + 60_000 ? { readAt: START, gap: "CREDITS" } : { readAt: START + 60_000, gap: null },
      board: async (_, readAt) => {
        if (readAt > START) await loading;
        return eventsOf(readAt);
      },
    };
    const source = new ReplaySource({ REPLAY_FROM: undefined, REPLAY_SPEED: 1, REPLAY_LOOP: false });
    await source.begin(boards, NOW);
    const first = await source.board(SPORT, NOW);
    const again = await source.board(SPORT, NOW + 5000);
    expect(again).toBe(first);
    expect(source.trouble(SPORT.key, first.fetchedAt)).toMatchObject({
      reason: "CREDITS",
      recovery: "retry",
    });
    const next = source.board(SPORT, NOW + 60_000);
    load();
    const { fetchedAt } = await next;
    // The one that is shown until every process has taken in the next.
    expect(source.trouble(SPORT.key, first.fetchedAt)?.reason).toBe("CREDITS");
    expect(source.trouble(SPORT.key, fetchedAt)).toBeUndefined();
  });

  it("is at any tick the reading of the moment that it says, which goes on at its speed", async () => {
    await fc.assert(
      fc.asyncProperty(
        steps(20_000),
        steps(6000),
        fc.integer({ min: 1, max: 100 }),
        fc.boolean(),
        fc.option(fc.integer({ min: -10_000, max: 10_000 }), { nil: undefined }),
        async (gaps, waits, REPLAY_SPEED, REPLAY_LOOP, later) => {
          const moments = [START, ...addedUp(START, gaps)];
          const until = (moments.at(-1) ?? 0) + 5000;
          const REPLAY_FROM = later === undefined ? undefined : Math.min(START + later, until - 1);
          const source = new ReplaySource({ REPLAY_FROM, REPLAY_SPEED, REPLAY_LOOP });
          await source.begin(recordedAt(moments), NOW);
          const from = Math.max(START, REPLAY_FROM ?? START);
          let fetched = 0;
          for (const at of [NOW, ...addedUp(NOW, waits)]) {
            const { events, fetchedAt, replayedAt = 0 } = await source.board(SPORT, at);
            const played = (at - NOW) * REPLAY_SPEED;
            const isOver = !REPLAY_LOOP && from + played >= until;
            expect(source.trouble(SPORT.key, fetchedAt)?.reason).toBe(isOver ? "REPLAY_ENDED" : undefined);
            if (isOver) expect(events).toEqual(eventsOf(moments.length - 1));
            else {
              expect(replayedAt).toBe(from + (REPLAY_LOOP ? played % (until - from) : played));
              expect(events).toEqual(eventsOf(moments.findLastIndex((it) => it <= replayedAt)));
              expect(fetchedAt).toBe(at);
            }
            expect(fetchedAt).toBeGreaterThanOrEqual(fetched);
            fetched = fetchedAt;
          }
        },
      ),
      { numRuns: propertyRuns(300) },
    );
  });
});

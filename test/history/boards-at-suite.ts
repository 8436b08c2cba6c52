import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { OddsEvent } from "../../src/board/model.js";
import type { HistoryEngine } from "../../src/history/engine.js";
import { found, sorted, told } from "../helpers/found-changes.js";
import { propertyRuns } from "../helpers/in-full.js";
import { keep, type OpenEngine, openHistory } from "../helpers/kept-boards.js";
import { withoutLastUpdates } from "../helpers/memory-engine.js";
import { board, edited } from "../helpers/random-boards.js";
import { haveRecordings, NO_RECORDINGS, recordedSequence } from "../helpers/recorded.js";

/** What is asked of what was kept, of any engine. */
export function describeBoardsAt(openEngine: OpenEngine): void {
  const SPORT = "basketball_nba";
  const START = 1_763_841_600_000;
  const LATER = START + 86_400_000;

  const historyOf = (engine: Awaited<ReturnType<typeof openEngine>>) => openHistory(engine, () => LATER);

  const next = (past: readonly OddsEvent[][]): fc.Arbitrary<OddsEvent[][]> =>
    edited(past.at(-1) ?? []).map((events) => [...past, events]);
  const boards = fc
    .tuple(board, fc.nat(6))
    .chain(([first, more]) =>
      Array.from({ length: more }).reduce<fc.Arbitrary<OddsEvent[][]>>(
        (soFar) => soFar.chain(next),
        fc.constant([first]),
      ),
    );

  describe("A history of readings", () => {
    it("gives each board as it was, and exactly the changes that comparing finds", async () => {
      const engine = await openEngine();
      const history = historyOf(engine);
      let runs = 0;
      await fc.assert(
        fc.asyncProperty(boards, fc.nat(), async (all, chance) => {
          runs += 1;
          const sport = `${SPORT}_${runs}`;
          const times = all.map((_, i) => START + i * 5000);
          const given = await keep(
            engine,
            sport,
            all.map((events, i) => ({
              at: times[i] as number,
              events,
              isFresh: i === 0 || chance % 7 === i,
            })),
          );
          const isAsItWas = async (from: number) => {
            for (const [i, events] of given.entries()) {
              if (i < from) continue;
              for (const late of [0, 4999]) {
                const at = (times[i] as number) + late;
                expect(await history.at(sport, at)).toMatchObject({
                  answer: {
                    sport,
                    at,
                    readAt: times[i],
                    readBefore: i > from ? times[i - 1] : null,
                    readAfter: times[i + 1] ?? null,
                  },
                  isFinal: i < all.length - 1,
                });
                const board = await history.at(sport, at);
                if ("answer" in board) expect(board.answer.odds).toEqual(withoutLastUpdates(events));
              }
            }
          };
          await isAsItWas(0);
          expect(sorted(await told(history, sport, 1 + (chance % 5)))).toEqual(sorted(found(given, times)));
          // What is too old goes, and what is left is as it was.
          const cut = chance % all.length;
          while (await engine.trim(times[cut] as number));
          await isAsItWas(cut);
          const before = await history.at(sport, (times[cut] as number) - 1);
          expect(before).toHaveProperty("gap");
        }),
        { numRuns: propertyRuns(60) },
      );
    });

    it.skipIf(!haveRecordings)(`of the recorded sequence (${NO_RECORDINGS})`, async () => {
      const engine = await openEngine();
      const all = recordedSequence().map(({ events }) => events);
      const times = all.map((_, i) => START + i * 300_000);
      const readings = all.map((events, i) => ({ at: times[i] as number, events }));
      const given = await keep(engine, SPORT, readings, 300_000);
      const history = historyOf(engine);
      for (const [i, events] of given.entries()) {
        const board = await history.at(SPORT, times[i] as number);
        expect(board).toMatchObject({ answer: { readAt: times[i] } });
        if ("answer" in board) expect(board.answer.odds).toEqual(withoutLastUpdates(events));
      }
      expect(sorted(await told(history, SPORT, 1000))).toEqual(sorted(found(given, times)));
    });

    it("gives no part of a board that old age takes while it is asked for", async () => {
      const game = (price: number): OddsEvent[] => [
        {
          id: "a",
          commence_time: "2026-11-22T20:10:00Z",
          bookmakers: [{ key: "fanduel", markets: [{ key: "h2h", outcomes: [{ name: "A", price }] }] }],
        },
      ];
      const engine = await openEngine();
      for (let when = 1; when < 10; when += 1) {
        const [sport, start] = [`${SPORT}_${when}`, START + when * 60_000];
        const [sent] = await keep(
          engine,
          sport,
          [1.9, 1.8, 1.7].map((price, i) => ({ at: start + i * 5000, events: game(price) })),
        );
        let questions = 0;
        const aging = Object.assign(Object.create(engine) as HistoryEngine, {
          all: async (sql, parameters) => {
            const rows = await engine.all(sql, parameters);
            questions += 1;
            if (questions === when) while (await engine.trim(start + 10_000));
            return rows;
          },
        } satisfies Partial<HistoryEngine>);
        const said = await openHistory(aging, () => LATER).at(sport, start);
        if ("gap" in said) expect(said.gap.reason).toBe("NOT_KEPT");
        else expect(said.answer.odds).toEqual(withoutLastUpdates(sent ?? []));
      }
    });
  });

  describe("A moment at which nobody looked", () => {
    const at = async (moment: number) => {
      const engine = await openEngine();
      await keep(engine, SPORT, [
        { at: START, events: [] },
        { at: START + 5000, events: [] },
        {
          at: START + 3_600_000,
          events: [],
          gaps: [{ from: START + 10_000, to: START + 3_600_000, reason: "NOBODY_WATCHED" }],
        },
        // Nobody said why.
        { at: START + 7_200_000, events: [] },
      ]);
      return historyOf(engine).at(SPORT, moment);
    };

    it.each([
      ["before the first reading", -1, { from: null, to: START, reason: "NOT_KEPT" }],
      [
        "where a gap begins",
        10_000,
        { from: START + 10_000, to: START + 3_600_000, reason: "NOBODY_WATCHED" },
      ],
      ["in a gap", 60_000, { from: START + 10_000, to: START + 3_600_000, reason: "NOBODY_WATCHED" }],
      [
        "where too much time lies between two readings",
        3_700_000,
        { from: START + 3_600_000, to: START + 7_200_000, reason: "NOT_READ" },
      ],
      ["long after the last reading", 7_300_000, { from: START + 7_200_000, to: null, reason: "NOT_READ" }],
    ])("is told with the gap: %s", async (_, after, gap) => {
      expect(await at(START + after)).toEqual({ gap });
    });

    it.each([0, 9999, 3_600_000, 7_200_000, 7_205_000])(
      "is none where somebody did: %i ms later",
      async (after) => {
        expect(await at(START + after)).toMatchObject({ answer: { odds: [] } });
      },
    );

    it("is any moment of a sport of which nothing is kept", async () => {
      const history = historyOf(await openEngine());
      expect(await history.at("icehockey_nhl", START)).toEqual({
        gap: { from: null, to: null, reason: "NOT_KEPT" },
      });
    });
  });
}

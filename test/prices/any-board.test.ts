import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { OddsEvent } from "../../src/board/model.js";
import { arbitrageOf } from "../../src/prices/arbitrage.js";
import { bestPrices } from "../../src/prices/best.js";
import { fairByConsensus } from "../../src/prices/consensus.js";
import { FAIR_METHODS } from "../../src/prices/fair.js";
import type { OddsFormat } from "../../src/prices/formats.js";
import { middlesOf } from "../../src/prices/middles.js";
import { questionsOf } from "../../src/prices/questions.js";
import { valuesOf } from "../../src/prices/value.js";
import { board } from "../helpers/random-boards.js";
import { surprisingBoard } from "../helpers/surprising-board.js";

/** Works out all there is of an event, and gives every number in it. */
function numbersOf(event: OddsEvent, format: OddsFormat): number[] {
  const questions = questionsOf(event, format, () => true);
  const told = questions.map((question) => {
    const fair = FAIR_METHODS.map((method) => fairByConsensus(question, method));
    const values = fair.map((prices) => prices.ok && valuesOf(question, prices.chances));
    return [question, bestPrices(question), fair, values, arbitrageOf(question)];
  });
  const numbers: number[] = [];
  JSON.stringify([told, middlesOf(questions)], (_, value: unknown) => {
    if (typeof value === "number") numbers.push(value);
    return value;
  });
  return numbers;
}

describe("whatever stands on a board", () => {
  it.each(["decimal", "american"] as const)("is never worked out to what is no number: %s", (format) => {
    fc.assert(
      fc.property(board, (events) => {
        for (const event of events) {
          expect(numbersOf(event, format).every((number) => Number.isFinite(number))).toBe(true);
        }
      }),
    );
  });

  it("is worked out of boards with all the surprises that were recorded", () => {
    const numbers = surprisingBoard().flatMap((event) => [
      ...numbersOf(event, "decimal"),
      ...numbersOf(event, "american"),
    ]);
    expect(numbers.length).toBeGreaterThan(10);
    expect(numbers.every((number) => Number.isFinite(number))).toBe(true);
  });
});

import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { haveRecordings, NO_RECORDINGS, recordedBoards } from "./helpers/recorded.js";

const text = readFileSync(path.resolve(import.meta.dirname, "../src/protocol/WORDS.md"), "utf8");
const examples = /^```json\n([\s\S]*?)^```/m.exec(text)?.[1]?.trim().split("\n") ?? [];

describe.skipIf(!haveRecordings)(
  haveRecordings ? "The words of the trade" : `The words of the trade (${NO_RECORDINGS})`,
  () => {
    const markets = haveRecordings
      ? recordedBoards()
          .flatMap(({ events }) => events)
          .flatMap(({ bookmakers }) => bookmakers.flatMap((bookmaker) => bookmaker.markets))
      : [];

    it("name every market that was recorded", () => {
      const named = new Set([...text.matchAll(/`(\w+)`/g)].map(([, word]) => word));
      expect([...new Set(markets.map(({ key }) => key))].filter((key) => !named.has(key))).toEqual([]);
    });

    it("show markets as they were recorded", () => {
      expect(examples.length).toBeGreaterThan(3);
      for (const example of examples) {
        const { key, outcomes } = JSON.parse(example.replace(", …", ""));
        const isOne = markets.some(
          (market) =>
            market.key === key &&
            JSON.stringify(market.outcomes.slice(0, outcomes.length)) === JSON.stringify(outcomes),
        );
        expect(isOne, example).toBe(true);
      }
    });
  },
);

describe("The arithmetic of the words of the trade", () => {
  const american = (price: number) => (price >= 2 ? (price - 1) * 100 : -100 / (price - 1));
  const sum = 1 / 1.23 + 1 / 4;

  it.each([
    `4 is +${american(4)}`,
    `1.23 is −${Math.abs(Math.round(american(1.23)))}`,
    `2 is +${american(2)}`,
    `1 / 1.23 + 1 / 4 = ${sum.toFixed(3)}`,
    `1 − 1 / 1.063 = ${((1 - 1 / sum) * 100).toFixed(1)} %`,
  ])("is right: %s", (said) => {
    expect(text).toContain(said);
  });
});

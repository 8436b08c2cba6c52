import { describe, expect, it } from "vitest";
import { bestPrices } from "../../src/prices/best.js";
import { freshOnly, type PricedEvent, type PricedMarket } from "../../src/prices/priced.js";
import { type Question, questionsOf } from "../../src/prices/questions.js";

const all = () => true;

/** An event at which each bookmaker has these markets; home is Bees, away is Ants. */
function event(bookmakers: Record<string, PricedMarket[]>): PricedEvent {
  return {
    home_team: "Bees",
    away_team: "Ants",
    bookmakers: Object.entries(bookmakers).map(([key, markets]) => ({ key, markets })),
  };
}

function market(key: string, ...outcomes: [name: string, price: number, point?: number][]): PricedMarket {
  return { key, outcomes: outcomes.map(([name, price, point]) => ({ name, price, point })) };
}

const told = ({ market, line, answers }: Question) => [market, line, answers.map(({ name }) => name)];

describe("an event's questions", () => {
  it("compare prices of the same market only where the outcomes are the same", () => {
    const questions = questionsOf(
      event({
        two: [market("h2h", ["Ants", 2.2], ["Bees", 1.7])],
        three: [market("h2h", ["Ants", 3.2], ["Bees", 2.1], ["Draw", 3.3])],
      }),
      "decimal",
      all,
    );
    expect(questions.map(told)).toEqual([
      ["h2h", null, ["Bees", "Ants"]],
      ["h2h", null, ["Bees", "Ants", "Draw"]],
    ]);
    expect(questions.map((question) => bestPrices(question).map((best) => best?.price))).toEqual([
      [1.7, 2.2],
      [2.1, 3.2, 3.3],
    ]);
  });

  it("are one for each line: a spread's by the home team's point, 0 among them", () => {
    const questions = questionsOf(
      event({
        a: [
          market("spreads", ["Ants", 1.9, 2.5], ["Bees", 1.9, -2.5]),
          market("totals", ["Over", 1.8, 45.5], ["Under", 2, 45.5]),
        ],
        b: [
          market("spreads", ["Ants", 1.95, -2.5], ["Bees", 1.85, 2.5]),
          market("totals", ["Under", 1.9, 45.5], ["Over", 1.9, 45.5]),
        ],
        c: [market("spreads", ["Ants", 1.9, 0], ["Bees", 1.9, 0])],
      }),
      "decimal",
      all,
    );
    expect(questions.map(told)).toEqual([
      ["spreads", -2.5, ["Bees", "Ants"]],
      ["totals", 45.5, ["Over", "Under"]],
      ["spreads", 2.5, ["Bees", "Ants"]],
      ["spreads", 0, ["Bees", "Ants"]],
    ]);
    expect(questions[0]?.answers).toEqual([
      { name: "Bees", point: -2.5 },
      { name: "Ants", point: 2.5 },
    ]);
    expect(questions[1]?.offers).toEqual([
      { bookmaker: "a", prices: [1.8, 2] },
      { bookmaker: "b", prices: [1.9, 1.9] },
    ]);
  });

  it("have one-sided offers at their line, and three-way handicaps by themselves", () => {
    const questions = questionsOf(
      event({
        a: [market("spreads", ["Ants", 1.9, 1], ["Bees", 1.9, -1])],
        one: [market("spreads", ["Ants", 2, 1])],
        three: [market("spreads", ["Ants", 3, 1], ["Bees", 3, -1], ["Draw", 3, 1])],
      }),
      "decimal",
      all,
    );
    expect(questions.map(told)).toEqual([
      ["spreads", -1, ["Bees", "Ants"]],
      ["spreads", -1, ["Bees", "Ants", "Draw"]],
    ]);
    expect(questions[0]?.offers.map(({ prices }) => prices)).toEqual([
      [1.9, 1.9],
      [undefined, 2],
    ]);
  });

  it("have no answer that is neither team's", () => {
    const questions = questionsOf(
      event({ a: [market("h2h", ["Ants", 2.2], ["Bees", 1.7], ["Ants FC", 9])] }),
      "decimal",
      all,
    );
    expect(questions.map(told)).toEqual([["h2h", null, ["Bees", "Ants"]]]);
  });

  it("never count a lay price, nor a market that is not known", () => {
    const questions = questionsOf(
      event({
        exchange: [
          market("h2h", ["Ants", 2.2], ["Bees", 1.7]),
          market("h2h_lay", ["Ants", 1000], ["Bees", 1000]),
          market("outrights_lay", ["Ants", 1000]),
          market("player_points", ["Over", 50, 3.5], ["Under", 50, 3.5]),
        ],
      }),
      "decimal",
      all,
    );
    expect(questions.map(({ offers }) => offers)).toEqual([[{ bookmaker: "exchange", prices: [1.7, 2.2] }]]);
  });

  it("never count a stale price: of a board that is not live, or that was read too long ago", () => {
    const now = Date.parse("2026-11-28T12:00:00Z");
    const markets = [
      { ...market("h2h", ["Ants", 2.2], ["Bees", 1.7]), last_update: "2026-11-28T11:59:00Z" },
      { ...market("totals", ["Over", 1.9, 9], ["Under", 1.9, 9]), last_update: now / 1000 - 600 },
    ];
    const spread = market("spreads", ["Ants", 1.9, 1], ["Bees", 1.9, -1]);
    const board = {
      home_team: "Bees",
      bookmakers: [
        { key: "a", markets },
        { key: "old", last_update: "2026-11-28T11:00:00Z", markets: [spread] },
        { key: "silent", markets: [market("h2h", ["Ants", 2.3], ["Bees", 1.6])] },
      ],
    };
    const counted = (status: string) =>
      questionsOf(board, "decimal", freshOnly(status, now, 120_000)).flatMap(({ market, offers }) =>
        offers.map(({ bookmaker }) => `${bookmaker} ${market}`),
      );
    expect(counted("live")).toEqual(["a h2h", "silent h2h"]);
    expect(counted("stale")).toEqual([]);
    expect(counted("paused")).toEqual([]);
  });

  it("take American prices as what they are worth", () => {
    const [question] = questionsOf(
      event({ a: [market("h2h", ["Ants", 150], ["Bees", -200])] }),
      "american",
      all,
    );
    expect(question?.offers).toEqual([{ bookmaker: "a", prices: [1.5, 2.5] }]);
  });

  it("leave out what is no price, and an offer that lacks an outcome", () => {
    const questions = questionsOf(
      event({
        certain: [market("h2h", ["Ants", 1], ["Bees", 9])],
        undrawn: [market("h2h", ["Ants", 3.2], ["Bees", 2.1])],
        certainly: [market("h2h", ["Ants", 1.2], ["Bees", 9], ["Draw", 1])],
        pointless: [market("totals", ["Over", 1.9], ["Under", 1.9])],
      }),
      "decimal",
      all,
    );
    expect(questions.map(({ answers, offers }) => [answers.length, offers])).toEqual([
      [2, [{ bookmaker: "certain", prices: [9, undefined] }]],
      [3, [{ bookmaker: "certainly", prices: [9, 1.2, undefined] }]],
    ]);
  });

  it("take the lower price of an outcome that is there twice", () => {
    const [question] = questionsOf(
      event({ a: [market("totals", ["Over", 1.9, 9], ["Over", 2.4, 9], ["Under", 1.9, 9])] }),
      "decimal",
      all,
    );
    expect(question?.offers[0]?.prices).toEqual([1.9, 1.9]);
  });

  it("name all who offer the best price, and nobody where nobody does", () => {
    const [question] = questionsOf(
      {
        bookmakers: [
          { key: "a", markets: [market("outrights", ["Rahm", 10], ["Spieth", 12])] },
          { key: "b", markets: [market("outrights", ["Rahm", 10], ["Koepka", 1])] },
        ],
      },
      "decimal",
      all,
    );
    expect(question?.answers.map(({ name }) => name)).toEqual(["Koepka", "Rahm", "Spieth"]);
    expect(question && bestPrices(question)).toEqual([
      undefined,
      { price: 10, bookmakers: ["a", "b"] },
      { price: 12, bookmakers: ["a"] },
    ]);
  });
});

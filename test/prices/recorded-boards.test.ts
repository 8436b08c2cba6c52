import { execFileSync } from "node:child_process";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { type Arbitrage, arbitrageOf } from "../../src/prices/arbitrage.js";
import { bestPrices } from "../../src/prices/best.js";
import { fairByConsensus } from "../../src/prices/consensus.js";
import { FAIR_METHODS, type FairMethod, fairChances } from "../../src/prices/fair.js";
import { oddsFormatOf } from "../../src/prices/formats.js";
import { booksum } from "../../src/prices/implied.js";
import { middlesOf } from "../../src/prices/middles.js";
import { type Counts, freshOnly } from "../../src/prices/priced.js";
import { pricesOfAll, type Question, questionsOf } from "../../src/prices/questions.js";
import { pythonFor } from "../helpers/python.js";
import { haveRecordings, NO_RECORDINGS, recordedBoards, recordedSequence } from "../helpers/recorded.js";

const boards = [...recordedBoards(), ...recordedSequence().slice(0, 1)];

const formatOf = ({ events }: (typeof boards)[number]) =>
  oddsFormatOf(
    events.flatMap(({ bookmakers }) =>
      bookmakers.flatMap(({ markets }) =>
        markets.flatMap(({ outcomes }) => outcomes.map(({ price }) => price)),
      ),
    ),
  );

/** Every question of every recorded board. As old as they are, all of their prices count here. */
const questions = boards.flatMap((board) =>
  board.events.flatMap((event) =>
    questionsOf(event, formatOf(board), () => true).map((question) => ({
      board: board.name,
      event: event.id,
      question,
    })),
  ),
);

/** Every offer's prices, each different list once. */
const offered = [
  ...new Map(
    questions.flatMap(({ question }) =>
      question.offers.flatMap((offer) => {
        const prices =
          question.market === "outrights"
            ? offer.prices.filter((price) => price !== undefined)
            : pricesOfAll(offer);
        return prices ? [[prices.join(), prices] as const] : [];
      }),
    ),
  ).values(),
].filter(({ length }) => length > 1);

describe.skipIf(!haveRecordings)(
  haveRecordings ? "The recorded boards" : `The recorded boards (${NO_RECORDINGS})`,
  () => {
    it("have prices in one format each", () => {
      const american = boards.filter((board) => formatOf(board) === "american").map(({ name }) => name);
      expect(american).toEqual([
        "americanfootball_nfl_no_market_last_update",
        "baseball_mlb_inplay_american",
      ]);
    });

    it("lose no market that counts, and no best price is a lay price", () => {
      for (const board of boards) {
        for (const event of board.events) {
          const counted = questionsOf(event, formatOf(board), () => true);
          const told = event.bookmakers.flatMap(({ key, markets }) =>
            markets.filter((market) => !market.key.endsWith("_lay")).map((market) => `${key} ${market.key}`),
          );
          const found = counted.flatMap(({ market, offers }) =>
            offers.map(({ bookmaker }) => `${bookmaker} ${market}`),
          );
          expect([...new Set(found)].sort()).toEqual(told.sort());
          for (const question of counted.filter(({ market }) => market !== "outrights")) {
            for (const best of bestPrices(question)) expect(best?.price ?? 0).toBeLessThan(1000);
          }
        }
      }
    });

    it("have the fair chances that an independent script works out", (context) => {
      const python = pythonFor(context, "decimal");
      const script = path.resolve(import.meta.dirname, "fair_prices.py");
      const told = execFileSync(python, [script], { input: JSON.stringify(offered), maxBuffer: 2 ** 26 });
      const lines = told.toString().trim().split("\n");
      expect(lines).toHaveLength(offered.length);
      let furthest = 0;
      for (const [i, prices] of offered.entries()) {
        const theirs: Record<FairMethod, number[] | null> = JSON.parse(lines[i] ?? "");
        for (const method of FAIR_METHODS) {
          const fair = fairChances(prices, method);
          const chances = theirs[method];
          expect([method, prices, fair.ok]).toEqual([method, prices, chances !== null]);
          if (!fair.ok) continue;
          for (const [j, chance] of fair.chances.entries()) {
            furthest = Math.max(furthest, Math.abs(chance - (chances?.[j] ?? Number.NaN)));
          }
        }
      }
      expect(furthest).toBeLessThan(1e-12);
    });

    it("have a consensus between the bookmakers' own fair chances", () => {
      for (const { question } of questions) {
        const fair = fairByConsensus(question, "power");
        if (!fair.ok || question.market === "outrights") continue;
        for (const [i, chance] of fair.chances.entries()) {
          const own = question.offers.flatMap((offer) => {
            const prices = pricesOfAll(offer);
            const alone = prices && fairChances(prices, "power");
            return alone?.ok ? [alone.chances[i] ?? Number.NaN] : [];
          });
          expect(chance).toBeGreaterThanOrEqual(Math.min(...own) - 1e-12);
          expect(chance).toBeLessThanOrEqual(Math.max(...own) + 1e-12);
        }
      }
    });

    it("have arbitrages, each of at least two bookmakers' prices", () => {
      const found = questions.flatMap(({ question }) => {
        const arbitrage = arbitrageOf(question);
        return arbitrage ? [{ question, arbitrage }] : [];
      });
      expect(found.length).toBeGreaterThan(0);
      for (const { question, arbitrage } of found) expect(isOneOf(question, arbitrage)).toBe(true);
    });

    it("have no arbitrage with a price that was read a minute before the newest", () => {
      const nba = boards.find(({ name }) => name === "basketball_nba_inplay_3markets");
      const reads = (nba?.events ?? []).flatMap(({ bookmakers }) =>
        bookmakers.map((bookmaker) => Date.parse(String(bookmaker.last_update))),
      );
      const now = Math.max(...reads);
      const legs = (counts: Counts) =>
        (nba?.events ?? []).flatMap((event) =>
          questionsOf(event, "decimal", counts).flatMap((question) => {
            const found = arbitrageOf(question)?.legs.flatMap(({ bookmakers }) => bookmakers) ?? [];
            return found.map((bookmaker) => `${event.id} ${bookmaker}`);
          }),
        );
      const old = (nba?.events ?? []).flatMap(({ id, bookmakers }) =>
        bookmakers
          .filter(({ last_update }) => now - Date.parse(String(last_update)) > 60_000)
          .map(({ key }) => `${id} ${key}`),
      );
      expect(legs(() => true).filter((leg) => old.includes(leg))).not.toEqual([]);
      expect(legs(freshOnly("live", now, 60_000)).filter((leg) => old.includes(leg))).toEqual([]);
      expect(legs(freshOnly("stale", now, 60_000))).toEqual([]);
    });

    it("have middles, each of prices that are there", () => {
      const middles = boards.flatMap((board) =>
        board.events.flatMap((event) => middlesOf(questionsOf(event, formatOf(board), () => true))),
      );
      expect(middles.length).toBeGreaterThan(0);
      for (const { legs, results, breakEven } of middles) {
        expect(results.length).toBeGreaterThan(0);
        expect(breakEven).toBeCloseTo(Math.max(0, booksum(legs.map(({ price }) => price)) - 1), 12);
      }
    });
  },
);

/** Each leg's price is on the board, not all of them at one bookmaker, and they win together. */
function isOneOf(question: Question, { legs, profit }: Arbitrage): boolean {
  const there = legs.every(({ answer, price, bookmakers }) =>
    question.offers.some(
      ({ bookmaker, prices }) => bookmakers.includes(bookmaker) && prices[answer] === price,
    ),
  );
  const [first, ...others] = legs.map(({ bookmakers }) => new Set(bookmakers));
  const shared = [...(first ?? [])].some((bookmaker) => others.every((other) => other.has(bookmaker)));
  return there && !shared && profit > 0 && booksum(legs.map(({ price }) => price)) < 1;
}

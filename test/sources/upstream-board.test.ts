import { describe, expect, it } from "vitest";
import { checkBoard, checkSports } from "../../src/sources/upstream-board.js";
import { haveRecordings, NO_RECORDINGS, recordedBoards, recordedSequence } from "../helpers/recorded.js";

type Json = Record<string, unknown>;

const outcome = (more: Json = {}): Json => ({ name: "Boston Celtics", price: 1.9, ...more });
const market = (more: Json = {}): Json => ({
  key: "h2h",
  last_update: "2026-11-22T20:00:00Z",
  outcomes: [outcome(), outcome({ name: "Miami Heat" })],
  ...more,
});
const bookmaker = (more: Json = {}): Json => ({
  key: "fanduel",
  title: "FanDuel",
  last_update: "2026-11-22T20:00:00Z",
  markets: [market()],
  ...more,
});
const event = (more: Json = {}): Json => ({
  id: "e1",
  sport_key: "basketball_nba",
  sport_title: "NBA",
  commence_time: "2026-11-23T00:10:00Z",
  home_team: "Boston Celtics",
  away_team: "Miami Heat",
  bookmakers: [bookmaker()],
  ...more,
});
const without = (thing: Json, key: string): Json =>
  Object.fromEntries(Object.entries(thing).filter(([name]) => name !== key));
const nested = (levels: number): unknown => JSON.parse("[".repeat(levels) + "]".repeat(levels));
const inMarket = (more: Json) => [event({ bookmakers: [bookmaker({ markets: [market(more)] })] })];
const inOutcome = (more: Json) => inMarket({ outcomes: [outcome(more)] });

describe("the parser keeps as it is", () => {
  it.each<[string, Json[]]>([
    ["an empty board", []],
    ["an event that no bookmaker offers", [event({ bookmakers: [] })]],
    ["a bookmaker without any market", [event({ bookmakers: [bookmaker({ markets: [] })] })]],
    ["a bookmaker without h2h", inMarket({ key: "totals" })],
    ["teams that are null", [event({ home_team: null, away_team: null })]],
    ["teams that are missing", [without(without(event(), "home_team"), "away_team")]],
    ["an unknown key of an event", [event({ venue: { city: "Boston" } })]],
    ["an unknown key of a bookmaker", [event({ bookmakers: [bookmaker({ link: null, sid: "7" })] })]],
    ["an unknown key of a market", inMarket({ bet_limit: [1, 2] })],
    ["an unknown key that is nested 50 deep", inOutcome({ extra: nested(50) })],
    ["an unknown key of an outcome", inOutcome({ description: "over" })],
    ["a market of an unknown kind", inMarket({ key: "h2h_3_way_2nd_half" })],
    [
      "a market without last_update",
      [event({ bookmakers: [bookmaker({ markets: [without(market(), "last_update")] })] })],
    ],
    ["a bookmaker without last_update", [event({ bookmakers: [without(bookmaker(), "last_update")] })]],
    [
      "unix times",
      [event({ commence_time: 1_795_392_600, bookmakers: [bookmaker({ last_update: 1_795_392_600 })] })],
    ],
    [
      "outcomes that begin with the away team",
      inMarket({ outcomes: [outcome({ name: "Atlanta" }), outcome({ name: "Draw" })] }),
    ],
    [
      "two- and three-way markets in one event",
      [
        event({
          bookmakers: [
            bookmaker(),
            bookmaker({
              key: "other",
              markets: [market({ outcomes: [outcome(), outcome(), outcome({ name: "Draw" })] })],
            }),
          ],
        }),
      ],
    ],
    ["lay prices up to 1000", inMarket({ key: "h2h_lay", outcomes: [outcome({ price: 1000 })] })],
    ["a decimal price of 1", inOutcome({ price: 1 })],
    ["an American price of -100000", inOutcome({ price: -100_000 })],
    ["a point of 0", inOutcome({ point: 0 })],
    ["a point below 0", inOutcome({ point: -7.5 })],
    ["a point of a quarter", inOutcome({ point: 2.25 })],
    ["a point that is null", inOutcome({ point: null })],
    ["the same outcome twice", inMarket({ outcomes: [outcome(), outcome()] })],
    ["a market of no outcomes", inMarket({ outcomes: [] })],
    ["names in any script", [event({ home_team: "1. FC Köln", away_team: "<b>Śląsk Wrocław</b>" })]],
  ])("%s", (_name, board) => {
    const before = structuredClone(board);
    const checked = checkBoard(board);
    expect(checked).toEqual({ items: before, refused: 0, kinds: expect.any(Set) });
  });

  it.skipIf(!haveRecordings)(`every recorded board ${haveRecordings ? "" : NO_RECORDINGS}`, () => {
    for (const { name, events } of [...recordedBoards(), ...recordedSequence()]) {
      const checked = checkBoard(events);
      expect(checked?.refused, name).toBe(0);
      expect(checked?.items, name).toEqual(events);
    }
  });
});

describe("the parser refuses one item and keeps the rest", () => {
  const good = outcome({ name: "good" });

  it.each<[string, unknown]>([
    ["a price that is null", outcome({ price: null })],
    ["a price that is a string", outcome({ price: "1.9" })],
    ["a price that is missing", without(outcome(), "price")],
    ["a point that is a string", outcome({ point: "7.5" })],
    ["an outcome without a name", without(outcome(), "name")],
    ["an outcome that is null", null],
    ["an outcome that is a list", []],
    ["an outcome with a key nested 51 deep", outcome({ extra: nested(51) })],
    ["an outcome with a key nested 100,000 deep", outcome({ extra: nested(100_000) })],
  ])("of a market: %s", (_name, bad) => {
    const checked = checkBoard(inMarket({ outcomes: [bad, good] }));
    expect(checked).toEqual({ items: inMarket({ outcomes: [good] }), refused: 1, kinds: expect.any(Set) });
  });

  it.each<[string, unknown]>([
    ["a market that comes twice", market({ outcomes: [] })],
    ["a market without a key", without(market({ key: "x" }), "key")],
    ["a market without outcomes", without(market({ key: "totals" }), "outcomes")],
    ["a market that is a string", "h2h"],
    ["a market with a key nested 100,000 deep", market({ key: "totals", extra: nested(100_000) })],
  ])("of a bookmaker: %s", (_name, bad) => {
    const checked = checkBoard([event({ bookmakers: [bookmaker({ markets: [market(), bad] })] })]);
    expect(checked).toEqual({ items: [event()], refused: 1, kinds: expect.any(Set) });
  });

  it.each<[string, unknown]>([
    ["a bookmaker that comes twice", bookmaker({ title: "again" })],
    ["a bookmaker without a key", bookmaker({ key: "" })],
    ["a bookmaker whose markets are no list", bookmaker({ key: "x", markets: {} })],
    ["a bookmaker that is a number", 7],
    ["a bookmaker with a key nested 100,000 deep", bookmaker({ key: "x", extra: { y: nested(100_000) } })],
  ])("of an event: %s", (_name, bad) => {
    const checked = checkBoard([event({ bookmakers: [bookmaker(), bad] })]);
    expect(checked).toEqual({ items: [event()], refused: 1, kinds: expect.any(Set) });
  });

  it.each<[string, unknown]>([
    ["an event that comes twice", event({ home_team: "again" })],
    ["an event with a key nested 100,000 deep", event({ id: "e2", extra: nested(100_000) })],
    ["an event without an id", without(event(), "id")],
    ["an event without a time", without(event({ id: "e2" }), "commence_time")],
    ["an event without bookmakers", without(event({ id: "e2" }), "bookmakers")],
    ["an event that is null", null],
  ])("of a board: %s", (_name, bad) => {
    expect(checkBoard([event(), bad])).toEqual({ items: [event()], refused: 1, kinds: expect.any(Set) });
  });

  it("without touching the answer", () => {
    const answer = inMarket({ outcomes: [outcome({ price: null }), good] });
    const before = structuredClone(answer);
    checkBoard(answer);
    expect(answer).toEqual(before);
  });

  it("of the sports list", () => {
    const nba = {
      key: "basketball_nba",
      group: "Basketball",
      title: "NBA",
      description: "",
      active: true,
      has_outrights: false,
    };
    expect(checkSports([nba, { key: "x" }, null])).toEqual({
      items: [nba],
      refused: 2,
      kinds: expect.any(Set),
    });
  });
});

it.each([null, {}, "[]", 7, undefined])("what is no list is no board and no sports list: %j", (answer) => {
  expect(checkBoard(answer)).toBeUndefined();
  expect(checkSports(answer)).toBeUndefined();
});

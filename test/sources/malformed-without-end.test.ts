import { expect, it } from "vitest";
import { checkBoard, checkSports, eventStarts } from "../../src/sources/upstream-board.js";
import { smallBoard, sport } from "../helpers/fake-odds-api.js";

const COUNT = 1_000_000;
/** Far less than it takes to look into all of them, and far more than it takes to pass them over, in ms. */
const SOON_MS = 4000;

const trash = (count = COUNT) => JSON.parse(`[${Array(count).fill("{}").join()}]`) as object[];

function timed<T>(work: () => T): T {
  const began = performance.now();
  const result = work();
  expect(performance.now() - began).toBeLessThan(SOON_MS);
  return result;
}

it("A board of malformed events without end holds up nobody, and what is good of it is kept", () => {
  const board = smallBoard();
  const items = [...trash(), ...board];
  const checked = timed(() => checkBoard(items));
  expect(checked?.refused).toBe(COUNT);
  expect(checked?.items).toEqual(board);
});

it("A board whose lists are full of malformed outcomes holds up nobody", () => {
  const [event] = smallBoard();
  const list = (key: string) => ({ key, outcomes: trash(COUNT / 100) });
  const markets = Array.from({ length: 100 }, (_, i) => list(`m${i}`));
  const odd = { ...event, id: "odd", bookmakers: [{ key: "a", markets }] };
  const checked = timed(() => checkBoard([odd, event]));
  expect(checked?.items.at(-1)).toEqual(event);
});

it("A list of malformed sports without end holds up nobody", () => {
  const checked = timed(() => checkSports([sport("nba"), ...trash()]));
  expect(checked?.items).toEqual([sport("nba")]);
});

it("A list of malformed games without end holds up nobody, and counts as one that has started", () => {
  const items = trash();
  expect(timed(() => eventStarts(items))).toEqual([{ id: "", start: 0 }]);
});

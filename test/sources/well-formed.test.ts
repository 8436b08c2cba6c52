import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { eventSchema } from "../../src/board/model.js";
import { checkBoard } from "../../src/sources/upstream-board.js";
import { isWellFormedEvent } from "../../src/sources/well-formed.js";
import { board } from "../helpers/random-boards.js";
import { haveRecordings, NO_RECORDINGS, recordedBoards, recordedSequence } from "../helpers/recorded.js";

type Json = Record<string, unknown>;

/** What JSON may hold in a place, and what real answers hold in another. */
const value: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    "",
    "h2h",
    "2026-11-22T20:00:00Z",
    0,
    -0,
    1.5,
    Number.POSITIVE_INFINITY,
    {},
    [],
    [[]],
  ),
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom(49, 50, 51).map((depth) => JSON.parse("[".repeat(depth) + "]".repeat(depth))),
);
const NAMES = ["id", "key", "name", "price", "point", "last_update", "commence_time", "title", "outcomes"];
const name = fc.constantFrom(
  ...NAMES,
  "markets",
  "bookmakers",
  "home_team",
  "link",
  "__proto__",
  "constructor",
);

/** One thing done to an answer: a field set or taken away, an item there twice or exchanged, at any level. */
const edit = fc.record({
  place: fc.array(fc.nat(5), { maxLength: 3 }),
  what: fc.constantFrom("set", "delete", "twice", "exchange"),
  name,
  value,
});
type Edit = typeof edit extends fc.Arbitrary<infer E> ? E : never;

const listOf = (item: unknown): unknown[] | undefined => {
  const { bookmakers, markets, outcomes } = (item ?? {}) as Json;
  return [bookmakers, markets, outcomes].find((list): list is unknown[] => Array.isArray(list));
};

function edited(answer: unknown[], { place, what, name, value }: Edit): void {
  let list = answer;
  for (const step of place) list = listOf(list[step % Math.max(1, list.length)]) ?? list;
  const at = (place.at(-1) ?? 0) % Math.max(1, list.length);
  const item = list[at];
  if (what === "twice") list.push(structuredClone(item ?? {}));
  else if (what === "exchange") list[at] = value;
  else if (typeof item === "object" && item !== null) {
    if (what === "delete") delete (item as Json)[name];
    else Object.defineProperty(item, name, { value, enumerable: true, configurable: true, writable: true });
  }
}

const answers = fc
  .tuple(board, fc.array(edit, { minLength: 1, maxLength: 3 }))
  .map(([events, edits]): unknown[] => {
    const answer = JSON.parse(JSON.stringify(events)) as unknown[];
    for (const each of edits) edited(answer, each);
    return answer;
  });

/** Whether no list in an event holds the same thing twice. */
const isOnce = ({ bookmakers }: { bookmakers: { key: string; markets: { key: string }[] }[] }) =>
  [bookmakers, ...bookmakers.map(({ markets }) => markets)].every(
    (list) => new Set(list.map(({ key }) => key)).size === list.length,
  );

describe("what is well-formed at a glance", () => {
  it("the schemas take, as it is", () => {
    let taken = 0;
    fc.assert(
      fc.property(answers, (answer) => {
        for (const event of answer.filter(isWellFormedEvent)) {
          taken += 1;
          const parsed = eventSchema.safeParse(event);
          expect(parsed.error).toBeUndefined();
          expect(isOnce(event)).toBe(true);
          expect(checkBoard([event])).toEqual({ items: [event], refused: 0, kinds: new Set() });
          expect(checkBoard([event])?.items[0]).toBe(event);
        }
      }),
      { numRuns: 1000 },
    );
    expect(taken).toBeGreaterThan(100);
  });

  it("is every board of random offers, so that the schemas are asked of odd ones only", () => {
    fc.assert(fc.property(board, (events) => events.every(isWellFormedEvent)));
  });

  it.skipIf(!haveRecordings)(`is every recorded board ${haveRecordings ? "" : NO_RECORDINGS}`, () => {
    for (const { name, events } of [...recordedBoards(), ...recordedSequence()]) {
      expect(events.every(isWellFormedEvent), name).toBe(true);
    }
  });
});

describe("what is not", () => {
  it("costs nothing else its place: the board is as the schemas alone would have it", () => {
    fc.assert(
      fc.property(answers, (answer) => {
        // A nested field of no meaning makes an item odd, and no worse.
        const odd = structuredClone(answer);
        for (const event of odd) mark(event);
        const [quick, slow] = [checkBoard(answer), checkBoard(odd)];
        expect(slow?.refused).toBe(quick?.refused);
        expect(slow?.kinds).toEqual(quick?.kinds);
        expect(unmarked(slow?.items)).toEqual(unmarked(quick?.items));
      }),
      { numRuns: 1000 },
    );
  });
});

const MARK = "odd";
function mark(item: unknown): void {
  if (typeof item !== "object" || item === null || Array.isArray(item)) return;
  (item as Json)[MARK] = { really: true };
  for (const below of listOf(item) ?? []) mark(below);
}
const unmarked = (items: unknown): unknown =>
  JSON.parse(JSON.stringify(items, (key, inner) => (key === MARK ? undefined : inner)) ?? "null");

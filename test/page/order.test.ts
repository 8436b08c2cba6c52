import { describe, expect, it } from "vitest";
import { held, inOrder, misplaced } from "../../src/page/board/order.js";

const at = (id: string, start: number) => ({ id, start });

describe("the order of a board's events", () => {
  it("has those in play on top, and then goes by their start", () => {
    const events = [at("late", 300), at("soon", 200), at("began", 90), at("long ago", 10)];
    expect(inOrder(events, 100)).toEqual(["long ago", "began", "soon", "late"]);
  });

  it("puts an event whose start cannot be read last, and none of equal start now here and now there", () => {
    expect(inOrder([at("?", Number.NaN), at("b", 5), at("a", 5)], 1)).toEqual(["a", "b", "?"]);
    expect(inOrder([at("a", 5), at("?", Number.NaN), at("b", 5)], 1)).toEqual(["a", "b", "?"]);
  });

  it("moves no row while somebody points at it: who comes waits at the end, who goes leaves a place", () => {
    expect(held(["a", "b", "c"], ["new", "c", "a"])).toEqual(["a", "b", "c", "new"]);
    expect(misplaced(["a", "b", "c", "new"], ["new", "c", "a"])).toBe(4);
    expect(misplaced(["a", "b"], ["a", "b"])).toBe(0);
  });
});

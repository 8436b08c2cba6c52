import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  atMoment,
  type Change,
  coursesOf,
  extentOf,
  type Gap,
  gapAt,
  nextChange,
  runsOf,
} from "../../src/page/event/event-courses.js";

/** A change of one bookmaker's total, seen 5 s after the reading before; null: it went. */
function change(at: number, over: readonly [price: number, point?: number] | null, bookmaker = "b"): Change {
  const [price = 0, point] = over ?? [];
  const outcome = point === undefined ? { price } : { price, point };
  const outcomes = over && [
    { name: "Over", ...outcome },
    { name: "Under", ...outcome },
  ];
  return { bookmaker, market: "totals", at, after: at - 5, outcomes };
}

function only(changes: readonly Change[]) {
  const [course, ...others] = coursesOf(changes, "Over", "decimal");
  if (!course || others.length > 0) throw new Error("not one course");
  return course;
}

describe("how a price went", () => {
  it("is told as steps, none of which says the same as the one before", () => {
    const course = only([change(30, [1.8, 44.5]), change(10, [1.9, 44.5]), change(20, [1.9, 44.5])]);
    expect(course.steps).toEqual([
      { at: 10, after: 5, price: 1.9, point: 44.5, isOtherLine: false },
      { at: 30, after: 25, price: 1.8, point: 44.5, isOtherLine: false },
    ]);
  });

  it("says where the price is for another line, also where it was away in between", () => {
    const course = only([
      change(10, [1.9, 44.5]),
      change(20, [1.9, 45.5]),
      change(30, null),
      change(40, [1.9, 45.5]),
      change(50, null),
      change(60, [1.9, 46.5]),
    ]);
    expect(course.steps.map(({ at, isOtherLine }) => [at, isOtherLine])).toEqual([
      [10, false],
      [20, true],
      [30, false],
      [40, false],
      [50, false],
      [60, true],
    ]);
  });

  it("takes the history's word before that of what came live of the same moment", () => {
    const live: Change = { ...change(10, [1.9]), after: null };
    expect(only([change(10, [1.9]), live]).steps).toMatchObject([{ at: 10, after: 5 }]);
  });

  it("has American prices as decimal ones, and none where it is no price", () => {
    const changes = [change(10, [150]), change(20, [-200]), change(30, [0])];
    expect(coursesOf(changes, "Over", "american")[0]?.steps.map(({ price }) => price)).toEqual([
      2.5,
      1.5,
      null,
    ]);
  });

  it("goes on with the line that it began with where a bookmaker has several at once", () => {
    const several = (at: number, first: number, second: number): Change => ({
      ...change(at, null),
      outcomes: [
        { name: "Over", price: 1.9, point: first },
        { name: "Over", price: 2.2, point: second },
      ],
    });
    expect(only([several(10, 44.5, 47.5), several(20, 47.5, 44.5)]).steps).toMatchObject([
      { at: 10, price: 1.9, point: 44.5 },
      { at: 20, price: 2.2, point: 44.5 },
    ]);
  });
});

describe("a price at a moment", () => {
  const course = only([change(10, [1.9]), change(20, [1.8]), change(30, null)]);

  it("is that of the last step, and may be that of the next one where that may have come already", () => {
    expect(atMoment(course, [], 14)).toMatchObject({ step: { price: 1.9 }, perhaps: undefined });
    expect(atMoment(course, [], 17)).toMatchObject({ step: { price: 1.9 }, perhaps: { price: 1.8 } });
    expect(atMoment(course, [], 20)).toMatchObject({ step: { price: 1.8 }, perhaps: undefined });
  });

  it("is none before the first step, after the market went, and while nobody looked", () => {
    expect(atMoment(course, [], 9)).toBeUndefined();
    expect(atMoment(course, [], 30)).toBeUndefined();
    expect(atMoment(course, [{ from: 11, to: 19, reason: "CREDITS" }], 15)).toBeUndefined();
  });
});

describe("the line that is drawn of a price", () => {
  const gap = (from: number, to: number): Gap => ({ from, to, reason: "NOBODY_WATCHED" });
  const drawn = (changes: readonly Change[], gaps: readonly Gap[], end: number) =>
    runsOf(only(changes), gaps, end).map(({ steps, to }) => [
      ...steps.map(({ at, price }) => `${at}: ${price}`),
      to,
    ]);

  it("goes on to the end", () => {
    expect(drawn([change(10, [1.9]), change(20, [1.8])], [], 30)).toEqual([["10: 1.9", "20: 1.8", 30]]);
  });

  it("ends where the market went, and begins anew where it came back", () => {
    expect(drawn([change(10, [1.9]), change(20, null), change(25, [1.7])], [], 30)).toEqual([
      ["10: 1.9", 20],
      ["25: 1.7", 30],
    ]);
  });

  it("breaks where nobody looked, and goes on with the same price or the next one", () => {
    const gaps = [gap(12, 15), gap(20, 25)];
    expect(drawn([change(10, [1.9]), change(25, [1.8])], gaps, 30)).toEqual([
      ["10: 1.9", 12],
      ["15: 1.9", 20],
      ["25: 1.8", 30],
    ]);
  });

  it("is in no gap, whatever changed and whatever was not looked at", () => {
    const moments = fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 12 });
    const edges = fc.uniqueArray(fc.integer({ min: 0, max: 70 }), { minLength: 0, maxLength: 10 });
    fc.assert(
      fc.property(moments, edges, (changed, bounds) => {
        const sorted = [...bounds].sort((one, other) => one - other);
        const gaps = sorted.flatMap((from, i) => {
          const to = sorted[i + 1];
          return i % 2 === 0 && to !== undefined ? [gap(from, to)] : [];
        });
        const course = only(
          changed.map((at) => change(at, at % 7 === 3 ? null : [1 + at / 10])).concat(change(0, [9])),
        );
        const runs = runsOf(course, gaps, 70);
        for (let ms = 0.5; ms < 70; ms += 1) {
          const run = runs.find(({ steps, to }) => (steps[0]?.at ?? 99) <= ms && ms <= to);
          expect(run?.steps.findLast(({ at }) => at <= ms)?.price).toBe(
            gapAt(gaps, ms) ? undefined : atMoment(course, gaps, ms)?.step.price,
          );
        }
      }),
    );
  });

  it("has a highest and a lowest price between two moments, also of a step that came before them", () => {
    const runs = runsOf(only([change(10, [1.9]), change(20, [1.5]), change(30, [3])]), [], 40);
    expect(extentOf([runs], 22, 25)).toEqual({ lowest: 1.5, highest: 1.5 });
    expect(extentOf([runs], 0, 20)).toEqual({ lowest: 1.5, highest: 1.9 });
    expect(extentOf([runs], 0, 5)).toBeUndefined();
  });
});

describe("going from change to change", () => {
  it("goes to the nearest one of any bookmaker, and to none past the last", () => {
    const courses = coursesOf(
      [change(10, [1.9]), change(30, [1.8]), change(20, [2], "c"), change(40, [2.1], "c")],
      "Over",
      "decimal",
    );
    expect(nextChange(courses, 20, "on")).toBe(30);
    expect(nextChange(courses, 20, "back")).toBe(10);
    expect(nextChange(courses, 40, "on")).toBeUndefined();
    expect(nextChange(courses, 10, "back")).toBeUndefined();
  });
});

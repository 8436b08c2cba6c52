import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ALL, including, showing, shownBy, zoomed } from "../../src/page/event/zoom.js";

const HOUR = 3_600_000;
const DAY = { from: 0, to: 24 * HOUR };

describe("what part of the time is shown", () => {
  it("is all, up to now as that goes on", () => {
    expect(shownBy(ALL, DAY)).toEqual(DAY);
    expect(shownBy(ALL, { ...DAY, to: 25 * HOUR })).toEqual({ from: 0, to: 25 * HOUR });
  });

  it("goes along with now where it reaches it, and stays where it does not", () => {
    const later = { ...DAY, to: 25 * HOUR };
    expect(shownBy({ last: HOUR }, later)).toEqual({ from: 24 * HOUR, to: 25 * HOUR });
    expect(shownBy(showing({ from: 20 * HOUR, to: 24 * HOUR }, DAY), later)).toEqual({
      from: 21 * HOUR,
      to: 25 * HOUR,
    });
    expect(shownBy(showing({ from: 2 * HOUR, to: 4 * HOUR }, DAY), later)).toEqual({
      from: 2 * HOUR,
      to: 4 * HOUR,
    });
  });

  it("grows from a beginning that was chosen", () => {
    expect(shownBy({ from: 22 * HOUR, to: null }, { ...DAY, to: 25 * HOUR })).toEqual({
      from: 22 * HOUR,
      to: 25 * HOUR,
    });
  });

  it("is all of it where less is known than is wished for", () => {
    expect(shownBy({ last: HOUR }, { from: 0, to: HOUR / 2 })).toEqual({ from: 0, to: HOUR / 2 });
  });

  it("zooms around a moment, which keeps its place", () => {
    const shown = { from: 4 * HOUR, to: 8 * HOUR };
    expect(shownBy(zoomed(shown, DAY, 0.5, 5 * HOUR), DAY)).toEqual({ from: 4.5 * HOUR, to: 6.5 * HOUR });
    expect(shownBy(zoomed(shown, DAY, 2, 5 * HOUR), DAY)).toEqual({ from: 3 * HOUR, to: 11 * HOUR });
  });

  it("stays at now while zooming there, in and out again to all", () => {
    const near = zoomed(DAY, DAY, 0.5, DAY.to);
    expect(near).toEqual({ last: 12 * HOUR });
    expect(zoomed(shownBy(near, DAY), DAY, 2, DAY.to)).toEqual(ALL);
  });

  it("moves as little as brings a moment into it, and not at all where it is there", () => {
    const shown = { from: 4 * HOUR, to: 14 * HOUR };
    expect(including(5 * HOUR, shown, DAY)).toBeUndefined();
    expect(including(3 * HOUR, shown, DAY)).toEqual({ from: 2 * HOUR, to: 12 * HOUR });
    expect(including(16 * HOUR, shown, DAY)).toEqual({ from: 7 * HOUR, to: 17 * HOUR });
  });

  it("is within all there is and never less than 10 s, however it is zoomed", () => {
    const moment = fc.integer({ min: -HOUR, max: 30 * HOUR });
    fc.assert(
      fc.property(
        moment,
        moment,
        fc.double({ min: 0.001, max: 1000, noNaN: true }),
        moment,
        (one, other, factor, at) => {
          const first = shownBy(showing({ from: Math.min(one, other), to: Math.max(one, other) }, DAY), DAY);
          const { from, to } = shownBy(zoomed(first, DAY, factor, at), DAY);
          expect(from).toBeGreaterThanOrEqual(-0.01);
          expect(to).toBeLessThanOrEqual(DAY.to);
          expect(to - from).toBeGreaterThanOrEqual(10_000 - 0.01);
        },
      ),
    );
  });
});

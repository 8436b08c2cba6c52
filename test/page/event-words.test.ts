import { describe, expect, it } from "vitest";
import { closeInWords, movementOf, whyNot } from "../../src/page/event/event-words.js";

const at = (price: number, point: number | null = null) => ({ price, point });

describe("how a price moved, in words", () => {
  it("goes by the figure that is shown: a chance falls where the price rises", () => {
    expect(movementOf(at(1.9), at(1.95), "h2h", "decimal")).toEqual({
      direction: "up",
      sign: "▲",
      words: "up 0.05",
    });
    expect(movementOf(at(2), at(2.5), "h2h", "percent")).toEqual({
      direction: "up",
      sign: "▼",
      words: "down 10.0 points",
    });
  });

  it("has no difference of American or fractional odds, which would say nothing", () => {
    expect(movementOf(at(1.9), at(2.1), "h2h", "american").words).toBe("up");
    expect(movementOf(at(2.1), at(1.9), "h2h", "fractional").words).toBe("down");
  });

  it("tells another line and not the price at it", () => {
    expect(movementOf(at(1.9, 3.5), at(1.8, 4.5), "spreads", "decimal")).toMatchObject({
      direction: "line",
      words: "from +3.5",
    });
  });

  it("says so where nothing moved", () => {
    expect(movementOf(at(1.9), at(1.9), "h2h", "decimal").direction).toBe("same");
  });
});

describe("a close, in words", () => {
  const close = { price: 2, point: null, at: 0, seenAt: 95_000, beforeStartMs: 5000 };

  it("says how near to the start it was seen, and why not nearer", () => {
    expect(closeInWords({ ...close, reason: null })).toBe("5 s before start");
    expect(closeInWords({ ...close, reason: "NOBODY_WATCHED" })).toBe(
      "5 s before start; then nobody watched",
    );
  });

  it("says why there is none, and a reason that is not known as it is", () => {
    expect(closeInWords({ reason: "NOT_STARTED" })).toBe("not started");
    expect(closeInWords({ reason: "SERVER_DOWN" })).toBe("the server was down");
    expect(whyNot("SOMETHING_NEW")).toBe("SOMETHING_NEW");
  });
});

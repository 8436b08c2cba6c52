import { describe, expect, it } from "vitest";
import type { CreditsAnswer, ProcessReport, StatusReport } from "../../src/client/index.js";
import { roundTicks, timeTicks } from "../../src/page/server/axis.js";
import { creditsCurve } from "../../src/page/server/credits-curve.js";
import { processRows } from "../../src/page/server/processes.js";
import {
  counted,
  creditsInWords,
  due,
  problemInWords,
  rateText,
  reasonsInWords,
  size,
  stateInWords,
} from "../../src/page/server/server-words.js";
import { spentHours } from "../../src/page/server/spent-hours.js";

const NOW = Date.parse("2026-11-22T20:00:00Z");
const HOUR = 3_600_000;

const bill = (more: Partial<CreditsAnswer> = {}): CreditsAnswer => ({
  remaining: 10_000,
  used: 10_000,
  plan: 20_000,
  reserve: 400,
  resetAt: NOW + 100 * HOUR,
  rate: 50,
  runsOutAt: null,
  process: "p",
  spent: { bySport: {}, byHour: {} },
  sports: {},
  closing: null,
  timestamp: NOW,
  ...more,
});

function curveOf(answer: CreditsAnswer) {
  const curve = creditsCurve(answer);
  if (!curve) throw new Error("There is no curve.");
  return curve;
}

describe("the curve of the credits", () => {
  it("goes straight to the reset where they last so long", () => {
    const curve = curveOf(bill());
    expect(curve.points).toEqual([
      { at: NOW, credits: 10_000 },
      { at: NOW + 100 * HOUR, credits: 5000 },
    ]);
    expect(creditsInWords(bill(), curve)).toMatch(
      /^10,000 credits are left\. At 50 credits an hour they last/,
    );
  });

  it("bends where all above the reserve is gone, and spends no more", () => {
    const answer = bill({ rate: 960, runsOutAt: NOW + 10 * HOUR });
    const curve = curveOf(answer);
    expect(curve.points).toEqual([
      { at: NOW, credits: 10_000 },
      { at: NOW + 10 * HOUR, credits: 400 },
      { at: NOW + 100 * HOUR, credits: 400 },
    ]);
    expect(creditsInWords(answer, curve)).toMatch(/what may be spent is gone in 10 h 00 min/);
  });

  it("keeps what closing reads need, too", () => {
    const week = { slots: 0, games: 0, credits: 0, expected: 0, skippedSlots: 0 };
    const closing = { week, earmarked: 600, seen: 0, missed: 0, missedCloses: [] };
    const curve = curveOf(bill({ rate: 900, runsOutAt: NOW + 10 * HOUR, closing }));
    expect([curve.floor, curve.end.credits]).toEqual([1000, 1000]);
  });

  it("is level where nothing may be spent, and is none where nothing is known", () => {
    const poor = curveOf(bill({ remaining: 300 }));
    expect([poor.end.credits, poor.runsOut]).toEqual([300, null]);
    expect(creditsInWords(bill({ remaining: 300 }), poor)).toMatch(/none of which may be spent/);
    expect(creditsCurve(bill({ remaining: null }))).toBeNull();
    expect(creditsCurve(bill({ resetAt: NOW - 1 }))).toBeNull();
  });
});

describe("the figures of the server", () => {
  it("have each of the last hours, those without a read too", () => {
    const spent = spentHours({ "2026-11-22T20:00:00.000Z": 6, "2026-11-22T18:00:00.000Z": 3 }, NOW + 1, 3);
    expect(spent.map(({ credits }) => credits)).toEqual([3, 0, 6]);
    expect(spent.at(-1)?.from).toBe(NOW);
  });

  it("have axes with round lines that hold all there is", () => {
    expect(roundTicks(13_114, 3)).toEqual([0, 5000, 10_000, 15_000]);
    expect(roundTicks(0, 3)).toEqual([0, 1]);
    const ticks = timeTicks(NOW, NOW + 50 * HOUR, 6);
    expect(ticks.length).toBeGreaterThan(2);
    expect(ticks.length).toBeLessThanOrEqual(6);
    expect(ticks.every((at) => at > NOW && at < NOW + 50 * HOUR)).toBe(true);
  });

  it("tell which process answered, and which has another release", () => {
    const process = (id: string, port: number, release: string, reader = false): ProcessReport => ({
      id,
      port,
      release,
      reader,
      clients: 0,
      wanted: [],
      versions: {},
    });
    const rows = processRows([process("c", 3, "2"), process("a", 1, "1", true), process("b", 2, "1")], "b");
    expect(rows.map(({ id, isThis, isOther }) => [id, isThis, isOther])).toEqual([
      ["a", false, false],
      ["b", true, false],
      ["c", false, true],
    ]);
  });

  it("are written for people", () => {
    expect([size(169_000), size(12_400_000), size(4.2e12)]).toEqual(["169 KB", "12.4 MB", "4.2 TB"]);
    expect([counted(1, "sport"), counted(20_000, "sport")]).toEqual(["1 sport", "20,000 sports"]);
    expect([rateText(0.41), rateText(899.6)]).toEqual(["0.4", "900"]);
    expect([due(NOW, NOW), due(NOW + 3001, NOW)]).toEqual(["now", "in 4 s"]);
  });

  it("give each reason its sentence, its sports and an operator's advice", () => {
    const status: Partial<StatusReport> = {
      reasons: ["UPSTREAM_FAILED", "SOMETHING_NEW"],
      sports: [
        { sport: "a", status: "stale", reason: "UPSTREAM_FAILED", ageMs: 1, nextFetchAt: NOW },
        { sport: "b", status: "live", reason: null, ageMs: 1, nextFetchAt: NOW },
      ],
      advice: { UPSTREAM_FAILED: "The Odds API answered 503." },
    };
    expect(reasonsInWords(status as StatusReport)).toEqual([
      {
        code: "UPSTREAM_FAILED",
        sentence: "The Odds API does not answer as it should.",
        sports: ["a"],
        advice: "The Odds API answered 503.",
      },
      { code: "SOMETHING_NEW", sentence: "SOMETHING_NEW", sports: [], advice: undefined },
    ]);
  });

  it("say in a sentence how the server is", () => {
    const sport = { sport: "a", status: "live", reason: null, ageMs: 1, nextFetchAt: NOW } as const;
    const says = (status: Partial<StatusReport>) =>
      stateInWords({ status: "ok", phase: "ready", sports: [sport], ...status } as StatusReport);
    expect([
      says({}),
      says({ sports: [] }),
      says({ status: "degraded" }),
      says({ status: "down" }),
      says({ status: "down", sports: [] }),
      says({ status: "down", phase: "starting" }),
      says({ status: "down", phase: "draining" }),
    ]).toEqual([
      "All that is wanted is read as planned.",
      "All is well. Nobody watches, so nothing is read.",
      "It serves, but not all is as it should be.",
      "Nothing of what is wanted is live.",
      "It cannot read what would be wanted.",
      "It is starting, and takes no clients yet.",
      "It is stopping, and sends its clients elsewhere.",
    ]);
  });

  it("say why there are none", () => {
    const says = (code: string, status: number) => problemInWords({ code, message: "Said so.", status });
    expect(says("UNAUTHORIZED", 403)).toBe("Only a token with the scope admin may see this.");
    expect(says("RATE_LIMITED", 429)).toMatch(/^Asked too often/);
    expect(says("NO_ANSWER", 0)).toMatch(/^The server does not answer/);
    expect(says("INTERNAL", 503)).toBe("Said so.");
  });
});

import { describe, expect, it } from "vitest";
import {
  type BoardEvent,
  type ClientBoard,
  connectOdds,
  type OddsOptions,
  type SportState,
} from "../../src/client/index.js";
import { eventually } from "../helpers/eventually.js";
import { board, startFakeOddsServer } from "../helpers/fake-odds-server.js";
import { closeAfter, startApp } from "../helpers/start-app.js";

const market = (key: string, price: number, read: string) => ({
  key,
  last_update: read,
  changed_at: "2026-11-22T20:00:00Z",
  outcomes: [
    { name: "A", price },
    { name: "B", price: 3 },
  ],
});
const bookmaker = (key: string, price: number, read: string) => ({
  key,
  title: key,
  last_update: read,
  markets: [market("h2h", price, read), market("totals", 1.9, read)],
});
const event = (id: string, price: number, read: string): BoardEvent => ({
  id,
  commence_time: "2026-11-23T00:10:00Z",
  bookmakers: [bookmaker("fanduel", price, read), bookmaker("betmgm", 1.8, read)],
});

async function setUp(options: OddsOptions) {
  const server = await startFakeOddsServer();
  const odds = closeAfter(connectOdds(server.url, options), (it) => it.close());
  odds.subscribe("nba", () => {});
  await eventually(() => odds.peek("nba")?.board?.version).toBe(1);
  const sent = async (fields: Record<string, unknown>): Promise<ClientBoard> => {
    const version = Number(odds.peek("nba")?.board?.version) + 1;
    const { odds: _, ...head } = board("nba", { version });
    const name = "changes" in fields ? "odds_delta" : "odds_update";
    server.odds.emit(name, { ...head, from: version - 1, ...fields, type: name });
    await eventually(() => odds.peek("nba")?.board?.version).toBe(version);
    return odds.peek("nba")?.board ?? expect.fail("there is a board");
  };
  return { sent };
}

const inside = (kept: ClientBoard, at: number) => {
  const { bookmakers } = kept.odds[at] ?? expect.fail("there is an event");
  return { bookmakers, markets: bookmakers.flatMap(({ markets }) => markets) };
};

describe("Without last_update", () => {
  it("what keeps its prices keeps its identity, in whole boards too", async () => {
    const { sent } = await setUp({ lastUpdate: false });
    const one = await sent({ odds: [event("a", 1.5, "20:00"), event("b", 2, "20:00")] });
    expect(JSON.stringify(one)).not.toContain("last_update");
    const two = await sent({ odds: [event("b", 2.1, "20:01"), event("a", 1.5, "20:01")] });
    expect(two.odds[1]).toBe(one.odds[0]);
    expect(two.odds[0]).not.toBe(one.odds[1]);
    const [before, after] = [inside(one, 1), inside(two, 0)];
    expect(after.bookmakers.map((it, at) => it === before.bookmakers[at])).toEqual([false, true]);
    expect(after.markets.map((it, at) => it === before.markets[at])).toEqual([false, true, true, true]);
    expect(after.markets[0]?.outcomes[1]).toBe(before.markets[0]?.outcomes[1]);
    const three = await sent({ odds: [event("b", 2.1, "20:02"), event("a", 1.5, "20:02")] });
    expect(three.odds).toBe(two.odds);
  });

  it("what the upstream has only read again stays as it is, and so does what a delta tells twice", async () => {
    const { sent } = await setUp({ lastUpdate: false });
    const one = await sent({ odds: [event("a", 1.5, "20:00"), event("b", 2, "20:00")] });
    const read = { fanduel: [{ of: ["", "h2h", "totals"], runs: [[null, "20:01"]] }] };
    const two = await sent({ changes: { read } });
    expect(two.odds).toBe(one.odds);
    const change = (price: number) => {
      const { last_update: _, key, ...fields } = market("h2h", price, "");
      return { id: "a", bookmakers: [{ key: "fanduel", markets: [{ key, fields }] }] };
    };
    const three = await sent({ changes: { events: [change(1.5)], read } });
    expect(three.odds).toBe(one.odds);
    const four = await sent({ changes: { events: [change(1.6)], read } });
    expect(four.odds.map((it, at) => it === one.odds[at])).toEqual([false, true]);
    expect(JSON.stringify(four)).not.toContain("last_update");
  });

  it("boards of a server are its boards but for that, and most events stay the same objects", async () => {
    const server = await startApp();
    const follow = (options: OddsOptions) => {
      const boards: ClientBoard[] = [];
      const odds = closeAfter(connectOdds(server.url, options), (it) => it.close());
      odds.subscribe("basketball_nba", ({ board: kept }: SportState) => {
        if (kept && kept !== boards.at(-1)) boards.push(kept);
      });
      return boards;
    };
    const [stripped, full] = [follow({ lastUpdate: false }), follow({})];
    await eventually(() => stripped.length > 20 && full.length > 20).toBe(true);
    const without = (events: unknown) =>
      JSON.parse(JSON.stringify(events, (key, value) => (key === "last_update" ? undefined : value)));
    for (const { epoch, version, odds } of stripped) {
      const same = full.find((it) => it.epoch === epoch && it.version === version);
      if (same) expect(odds).toEqual(without(same.odds));
    }
    const newObjects = (boards: ClientBoard[]) =>
      boards.slice(1).reduce((sum, { odds }, at) => {
        const before = new Set(boards[at]?.odds);
        return sum + odds.filter((it) => !before.has(it)).length;
      }, 0);
    /** Events whose prices moved, by their `changed_at`s and what else is in them. */
    const moved = stripped.slice(1).reduce((sum, { odds }, at) => {
      const before = new Set(stripped[at]?.odds.map((it) => JSON.stringify(it)));
      return sum + odds.filter((it) => !before.has(JSON.stringify(it))).length;
    }, 0);
    expect(newObjects(stripped)).toBe(moved);
    expect(newObjects(full)).toBeGreaterThanOrEqual(moved);
  });
});

describe("With last_update", () => {
  it("what is just as before keeps its identity in whole boards", async () => {
    const { sent } = await setUp({});
    const one = await sent({ odds: [event("a", 1.5, "20:00"), event("b", 2, "20:00")] });
    const two = await sent({ odds: [event("a", 1.5, "20:00"), event("b", 2, "20:01")] });
    expect(two.odds.map((it, at) => it === one.odds[at])).toEqual([true, false]);
    expect(inside(two, 1).markets[0]?.outcomes).toBe(inside(one, 1).markets[0]?.outcomes);
  });
});

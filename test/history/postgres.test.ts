import { beforeAll, expect, it } from "vitest";
import { PostgresEngine } from "../../src/history/postgres.js";
import { closeAfter } from "../helpers/closing.js";
import { describeWithPostgres, startPostgres, type TestPostgres } from "../helpers/postgres.js";
import { change, describeEngine, reading } from "./engine-suite.js";

describeWithPostgres("with a real server", () => {
  let server: Promise<TestPostgres> | undefined;
  beforeAll(async () => {
    server = startPostgres();
    await server;
  });
  const place = async () => {
    const url = (await (await server)?.database()) ?? "";
    return {
      url,
      engine: (source = "simulated:decimal") =>
        closeAfter(new PostgresEngine(url, true, source), (engine) => engine.close()),
    };
  };

  describeEngine("PostgreSQL", place);

  it("has a partition for each month, the next one's ahead, and drops those that are empty and old", async () => {
    const { url, engine: make } = await place();
    const engine = make();
    await engine.open();
    const months = async () =>
      (
        await (
          await server
        )?.query(url, "select relname from pg_class where relname ~ '^changes_.{7}$' order by 1")
      )?.map(({ relname }) => relname);
    const at = (month: number, day = 1) => Date.UTC(2026, month, day);
    const write = async (when: number, follows: number | null) =>
      engine.write([
        { ...reading(0, follows, [change(["", "", ""], `[${when}]`)]), at: when, follows, isFresh: true },
      ]);
    await write(at(9, 31), null);
    expect(await months()).toEqual(["changes_2026_10", "changes_2026_11"]);
    await write(at(11), at(9, 31));
    await write(at(11, 31), at(11));
    expect(await months()).toEqual(
      ["10", "11", "12"].map((month) => `changes_2026_${month}`).concat("changes_2027_01"),
    );
    while (await engine.trim(at(11, 15)));
    expect(await months()).toEqual(["changes_2026_12", "changes_2027_01"]);
    expect(await engine.all("select at from readings order by at", [])).toEqual([
      { at: at(11) },
      { at: at(11, 31) },
    ]);
    // A month that is gone comes again where it is needed.
    expect(
      await engine.write([
        { ...reading(0, null, [change(["", "", ""], "x")], { sport: "late" }), at: at(9) },
      ]),
    ).toEqual(new Set());
    expect(await months()).toContain("changes_2026_10");
  });

  it("answers with numbers as SQLite does: sums, counts, truths", async () => {
    const engine = (await place()).engine();
    await engine.open();
    await engine.write([reading(0, null, [change(["", "", ""], "[]")]), reading(5, 0)]);
    const at = reading(0, null).at;
    expect(
      await engine.all("select sum(at) as s, count(*) as n, 1 = 1 as yes, max(at) > ?1 as no from readings", [
        at + 5000,
      ]),
    ).toEqual([{ s: 2 * at + 5000, n: 2, yes: 1, no: 0 }]);
  });

  it("trims to what the boards after a moment need, a little at a time", async () => {
    const engine = (await place()).engine();
    await engine.open();
    const games = Array.from({ length: 700 }, (_, i) => [`game-${i}`, "", ""] as const);
    const sport = reading(0, null).sport;
    await engine.write([
      reading(
        0,
        null,
        games.map((key) => change(key, "a")),
      ),
    ]);
    await engine.write([
      reading(
        5,
        0,
        games.map((key, i) => change(key, i < 350 ? null : "b")),
      ),
    ]);
    await engine.write([reading(10, 5, [change(games[400] ?? ["", "", ""], "c")])]);
    const before = await engine.last(sport);
    let calls = 1;
    while (await engine.trim(reading(7, null).at)) calls += 1;
    expect(calls).toBeGreaterThan(3);
    expect(await engine.last(sport)).toEqual(before);
    const counts = await engine.all(
      `select (select count(*) from changes) as changes, (select count(*) from series) as series,
        (select count(*) from events) as events, (select count(*) from shapes) as shapes,
        (select count(*) from readings) as readings`,
      [],
    );
    expect(counts).toEqual([{ changes: 351, series: 350, events: 350, shapes: 351, readings: 2 }]);
  });
  it("stores the first boards of many sports as one batch, far within the time that a statement has", async () => {
    const engine = (await place()).engine();
    await engine.open();
    const first = Array.from({ length: 15 }, (_, sport) => ({
      ...reading(
        0,
        null,
        Array.from({ length: 4000 }, (_, i) =>
          change([`game-${i % 40}`, `bookmaker-${Math.floor(i / 40)}`, "h2h"], `{"of":"${i}"}`, String(i)),
        ),
      ),
      sport: `sport-${sport}`,
    }));
    expect(await engine.write(first)).toEqual(new Set());
    expect((await engine.last("sport-14"))?.series).toHaveLength(4000);
  });
});

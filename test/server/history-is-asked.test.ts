import path from "node:path";
import { describe, expect, it } from "vitest";
import { history } from "../../src/client/history.js";
import type { OddsUpdate } from "../../src/client/messages.js";
import { smallBoard, startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { withoutLastUpdates } from "../helpers/memory-engine.js";
import { describeWithPostgres, startPostgres } from "../helpers/postgres.js";
import { temporaryFolder } from "../helpers/process.js";
import { closeAfter, startAppOn } from "../helpers/start-app.js";

const SPORT = "basketball_nba";

function itCanBeAsked(engine: string, place: () => Promise<Record<string, string>>): void {
  it("What a server has read can be asked of it, and of the next one with the same place", async () => {
    const api = closeAfter(await startFakeOddsApi({ [SPORT]: smallBoard() }), (it) => it.close());
    const env = { HISTORY: "on", ...(await place()) };
    const first = await startAppOn(api, env);
    const live = async (url: string) =>
      (await (await fetch(`${url}/api/odds/live?sport=${SPORT}`)).json()) as OddsUpdate;
    const seen = [await live(first.url)];
    api.boards.set(SPORT, smallBoard(2.5));
    await expect
      .poll(async () => {
        const update = await live(first.url);
        if (update.version > 1) seen.push(update);
        return update.version;
      })
      .toBe(2);
    const past = history(first.url);
    await expect.poll(() => past.at(SPORT, seen[1]?.fetchedAt ?? 0).catch(() => null)).not.toBeNull();
    await first.stop();

    const second = await startAppOn(api, env);
    const asked = history(second.url);
    for (const { fetchedAt, odds } of seen) {
      expect(await asked.at(SPORT, fetchedAt)).toMatchObject({
        readAt: fetchedAt,
        odds: withoutLastUpdates(odds),
      });
    }
    const event = smallBoard()[0]?.id ?? "";
    const { changes } = await asked.changes(SPORT, event, { bookmaker: "fanduel" });
    expect(changes.map(({ at, outcomes }) => [at, outcomes?.[0]?.price])).toEqual([
      [seen[0]?.fetchedAt, 1.9],
      [seen[1]?.fetchedAt, 2.5],
    ]);
    expect(await asked.status()).toMatchObject({ engine, rows: 7, queue: { readings: 0 }, lastError: null });
    const { lines } = await asked.lines(SPORT, event);
    expect(lines.find(({ bookmaker }) => bookmaker === "fanduel")).toMatchObject({
      opening: { price: 1.9, at: seen[0]?.fetchedAt },
      current: { price: 2.5, at: seen[1]?.fetchedAt },
    });
    const csv = await (await fetch(`${second.url}/api/odds/history/export?sport=${SPORT}`)).text();
    const fields = csv.split("\n").map((line) => line.split(","));
    expect(fields.flatMap((line) => (line[8] === "Boston Celtics" ? [[line[4], line[10]]] : []))).toEqual([
      ["draftkings", "1.87"],
      ["fanduel", "1.9"],
      ["fanduel", "2.5"],
    ]);
  });
}

describe("In SQLite:", () => {
  itCanBeAsked("sqlite", async () => ({ HISTORY_PATH: path.join(temporaryFolder(), "history.db") }));
});

describeWithPostgres("In PostgreSQL:", () => {
  itCanBeAsked("postgres", async () => ({ DATABASE_URL: await (await startPostgres()).database() }));
});

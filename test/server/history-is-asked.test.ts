import path from "node:path";
import { expect, it } from "vitest";
import { history } from "../../src/client/history.js";
import type { OddsUpdate } from "../../src/client/messages.js";
import { smallBoard, startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { withoutLastUpdates } from "../helpers/memory-engine.js";
import { temporaryFolder } from "../helpers/process.js";
import { closeAfter, startAppOn } from "../helpers/start-app.js";

const SPORT = "basketball_nba";

it("What a server has read can be asked of it, and of the next one with the same file", async () => {
  const api = closeAfter(await startFakeOddsApi({ [SPORT]: smallBoard() }), (it) => it.close());
  const env = { HISTORY: "on", HISTORY_PATH: path.join(temporaryFolder(), "history.db") };
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
  expect(await asked.status()).toMatchObject({ engine: "sqlite", queue: { readings: 0 }, lastError: null });
});

import path from "node:path";
import { describe, expect, it } from "vitest";
import { smallBoard, startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { describeWithPostgres, startPostgres } from "../helpers/postgres.js";
import { temporaryFolder } from "../helpers/process.js";
import { closeAfter, startAppOn } from "../helpers/start-app.js";

const SPORT = "basketball_nba";
const EVENT = smallBoard()[0]?.id ?? "";

const moments = [
  ...["0", "-1", "1e9", "NaN", "1763841600000.5", "999999999999999", "8640000000000000", "9007199254740993"],
  ...["0000-01-01", "9999-12-31T23:59:59.999Z", "275760-09-13", "+275760-09-13T00:00:00Z", "2026-13-45"],
  ...["2026-01-01T24:00:00Z", "2026-01-01T00:00:00.123456789Z", "2026-01-01T00:00:00+99:99"],
];
const counts = ["1e9", "0", "-1", "1000", "1.5", "", "%00", "999999999", "00001"];
const cursors = [
  ...["0.0", "1.1", "x", "1.2.3", "\0", "9999999999999999.9999999999999999", "0.9999999999999999"],
  ...["1763841600000.2147483648", "1763841600000.2147483647", "9007199254740993.1"],
].map((position) => Buffer.from(position).toString("base64url"));
const keys = [
  ...["%00", "a%00b", "%ED%A0%80", "%", "%5C", "__proto__", "{1,2}", "'; drop table changes; --"],
  ...["a".repeat(7000), "a".repeat(1_000_000)],
];
const events = `history/events?sport=${SPORT}`;
const changes = `history?sport=${SPORT}&event=${EVENT}`;
const questions = [
  ...moments.flatMap((moment) => {
    const at = encodeURIComponent(moment);
    return [
      `at?sport=${SPORT}&at=${at}`,
      ...["from", "to"].flatMap((name) =>
        [events, changes, `history/export?sport=${SPORT}`].map((asked) => `${asked}&${name}=${at}`),
      ),
    ];
  }),
  ...counts.flatMap((count) => [
    `${changes}&limit=${count}`,
    `${events}&limit=${count}`,
    `${changes}&bookmaker=fanduel&market=h2h&points=${count}`,
  ]),
  ...cursors.flatMap((cursor) => [`${changes}&cursor=${cursor}`, `${events}&cursor=${cursor}`]),
  ...keys.flatMap((key) => [
    `history?sport=${SPORT}&event=${key}`,
    `history/lines?sport=${SPORT}&event=${key}`,
    `${changes}&bookmaker=${key}`,
    `${changes}&market=${key}`,
    ...["history/events", "history/export"].map((asked) => `${asked}?sport=${key}`),
    `at?sport=${key}&at=1`,
  ]),
  ...[events, changes, `history/export?sport=${SPORT}`].map((asked) => `${asked}&from=999999999999999&to=0`),
];

/** A server with something in its history. */
async function start(env: Record<string, string>) {
  const api = closeAfter(await startFakeOddsApi({ [SPORT]: smallBoard() }), (it) => it.close());
  const server = await startAppOn(api, { HISTORY: "on", RATE_LIMIT_MAX: "1000000", ...env });
  const get = (asked: string, init?: RequestInit) => fetch(`${server.url}/api/odds/${asked}`, init);
  await get(`live?sport=${SPORT}`);
  await expect.poll(async () => (await get(changes)).status).toBe(200);
  return { server, get };
}

function itIsAsked(env: () => Promise<Record<string, string>>): void {
  it("answers whatever is asked at once, and nothing of it is a fault of ours", async () => {
    const { server, get } = await start(await env());
    for (const question of questions) {
      const began = performance.now();
      const response = await get(question);
      const text = await response.text();
      const what = `${question.slice(0, 200)}: ${text.slice(0, 200)}`;
      expect(response.status, what).toBeLessThan(500);
      expect(performance.now() - began, what).toBeLessThan(1000);
    }
    expect(server.log.lines.filter(({ level }) => level === "error" || level === "warn")).toEqual([]);
  });
}

describe("A history in SQLite", () => {
  itIsAsked(async () => ({ HISTORY_PATH: path.join(temporaryFolder(), "history.db") }));
});

describeWithPostgres("A history in PostgreSQL", () => {
  itIsAsked(async () => ({ DATABASE_URL: await (await startPostgres()).database() }));
});

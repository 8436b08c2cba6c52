import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { describeWithPostgres, startPostgres, type TestPostgres } from "../helpers/postgres.js";
import { temporaryFolder } from "../helpers/process.js";
import { type Running, startApp } from "../helpers/start-app.js";

const SPORT = "basketball_nba";
const cursor = (text: string) => Buffer.from(text).toString("base64url");
const LONG = "e".repeat(8000);

/** What is asked, with the sport and an event of it put in, and how it is answered. */
const QUESTIONS: readonly [where: string, status: number, message?: RegExp][] = [
  ["history?S&E&limit=1000000000", 400, /^`limit` must be a whole number from 1 to 1000/],
  ["history?S&E&limit=1e9", 400, /^`limit`/],
  ["history?S&E&limit=-1", 400, /^`limit`/],
  ["history?S&E&limit=1&limit=2", 400, /^`limit`/],
  ["history?S&E&points=1000000000", 400, /^`points`/],
  ["history?S&E&points=2", 400, /^`points` thins one market/],
  ["history?S&event=1&event=2", 400, /^`event`/],
  ["history?S&event[]=1", 400, /^`event`/],
  ["history?S&event=", 400, /^`event`/],
  [`history?S&event=${LONG}`, 404, /Nothing is known of this event/],
  ["history?S&event=%00", 404],
  ["history?S&event=a%00b", 404],
  ["history?S&E&bookmaker=%00&market=%00", 200],
  ["history?S&E&cursor=", 400, /^`cursor`/],
  ["history?S&E&cursor=AAAA", 400, /^`cursor`/],
  [`history?S&E&cursor=${LONG}`, 400, /^`cursor`/],
  [`history?S&E&cursor=${cursor("9999999999999999.9999999999999999")}`, 400, /^`cursor`/],
  [`history?S&E&cursor=${cursor("1.9999999999999999")}`, 400, /^`cursor`/],
  [`history?S&E&cursor=${cursor("1.3000000000")}`, 400, /^`cursor`/],
  [`history?S&E&cursor=${cursor("9007199254740991.2147483647")}`, 200],
  [`history?S&E&cursor=${cursor("-1.1")}`, 400, /^`cursor`/],
  ["history?S&E&from=999999999999999&to=0", 400, /^`to` must be no earlier/],
  ["history?S&E&from=0&to=999999999999999", 200],
  ["history?S&E&from=NaN", 400, /^`from` must be a moment/],
  ["history?S&E&from=1e12", 400, /^`from`/],
  ["history?S&E&from=275760-09-13T00:00:00Z", 400, /^`from`/],
  ["history?S&E&from=%2B275760-09-13T00:00:00Z", 400, /^`from`/],
  ["history?S&E&from=9999-12-31T23:59:59.999Z", 200],
  ["history?S&E&to=0000-01-01", 200],
  ["history?S&E&from[x]=1", 400, /from/],
  ["history?S&E&__proto__=1", 400],
  ["history/lines?S&event=%00", 404],
  [`history/lines?S&event=${LONG}`, 404],
  ["history/events?S&limit=0", 400, /^`limit`/],
  ["history/events?S&from=999999999999999&to=0", 400, /^`to` must be no earlier/],
  ["history/events?S&to=0000-01-01", 200],
  [`history/events?S&cursor=${cursor("9999999999999999.9999999999999999")}`, 400, /^`cursor`/],
  [`history/events?S&cursor=${cursor("0.9999999999999999")}`, 400, /^`cursor`/],
  ["at?S&at=NaN", 400, /^`at` must be a moment/],
  ["at?S&at=Infinity", 400, /^`at`/],
  ["at?S&at=", 400, /^`at`/],
  ["at?S", 400, /^`at` is missing/],
  ["at?S&at=1&at=2", 400, /^`at`/],
  ["at?S&at=999999999999999", 404],
  ["at?S&at=0", 404],
  ["at?S&at=0000-01-01", 404],
  ["at?S&at=2026-13-45", 400, /^`at`/],
  ["at?sport=%00&at=1", 404],
  [`at?sport=${LONG}&at=1`, 404],
  ["history/export?S&format=exe", 400, /^`format`/],
  ["history/export?S&from=999999999999999&to=0", 400, /^`to` must be no earlier/],
  ["history/export?S&from=9999-12-31&to=0000-01-01", 400, /^`to` must be no earlier/],
  ["history/status?x=1", 400],
];

async function serving(env: Record<string, string>) {
  const server = await startApp({ HISTORY: "on", RATE_LIMIT_MAX: "100000", ...env });
  const ask = (where: string) => fetch(`${server.url}/api/odds/${where}`);
  let event = "";
  await expect
    .poll(async () => {
      await (await ask(`live?sport=${SPORT}`)).text();
      const { events } = (await (await ask(`history/events?sport=${SPORT}`)).json()) as {
        events: { id: string }[];
      };
      event = events[0]?.id ?? "";
      return event;
    })
    .not.toBe("");
  return { server, ask, event };
}

function describeHostile(env: () => Promise<Record<string, string>>): void {
  it("are answered with what is wrong about them, or with nothing found", async () => {
    const { server, ask, event } = await serving(await env());
    const told: string[] = [];
    for (const [where, status, message = /./] of QUESTIONS) {
      const answer = await ask(where.replace("S", `sport=${SPORT}`).replace("&E", `&event=${event}`));
      const text = await answer.text();
      const said = answer.ok ? "ok" : (JSON.parse(text) as { error: { message: string } }).error.message;
      if (answer.status !== status || !message.test(said) || said.length > 500) {
        told.push(`${where.slice(0, 80)}: ${answer.status} ${said.slice(0, 300)}`);
      }
    }
    expect(told).toEqual([]);
    expect(faults(server)).toEqual([]);
  });
}

/** What the log says of faults of ours. */
const faults = (server: Running) =>
  server.log.lines
    .filter(({ level, message }) => /warn|error/.test(level) && !message.startsWith("SIMULATED ODDS"))
    .map(({ message }) => message);

describe("Hostile questions to a history in SQLite", () => {
  describeHostile(async () => ({ HISTORY_PATH: path.join(temporaryFolder(), "history.db") }));
});

describeWithPostgres("Hostile questions to a history in PostgreSQL", () => {
  let postgres: TestPostgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  describeHostile(async () => ({ DATABASE_URL: await postgres.database() }));
});

import { SqliteEngine } from "../../src/history/sqlite.js";

/* Stores readings without end, and says of each when it is stored: a program for tests that kill it. */

const engine = new SqliteEngine(process.env.HISTORY_PATH ?? "", "simulated:decimal");
await engine.open();
const moment = (i: number) => 1_790_000_000_000 + i * 1000;
for (let i = 0; ; i += 1) {
  await engine.write([
    {
      sport: "americanfootball_nfl",
      at: moment(i),
      everyMs: 1000,
      follows: i === 0 ? null : moment(i - 1),
      isFresh: i === 0,
      changes: ["a", "b", "c"].map((event) => ({
        key: [event, "", ""],
        value: { shape: "{}", numbers: String(i) },
      })),
      gaps: [],
    },
  ]);
  process.stdout.write(`stored ${i}\n`);
}

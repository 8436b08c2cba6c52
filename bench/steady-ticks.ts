/*
 * Are ticks steady, and does each cost one read, whatever the number of clients? A server with the default 5 s tick
 * reads a local stand-in of The Odds API for a little over a minute, with 1 client and then with 200:
 *   npx tsx bench/steady-ticks.ts
 */
import { io, type Socket } from "socket.io-client";
import { createApp } from "../src/app.js";
import { loadConfig } from "../src/config.js";
import { smallBoard, startFakeOddsApi, TEST_KEY } from "../test/helpers/fake-odds-api.js";
import { haveRecordings, NO_RECORDINGS, recordedSequence } from "../test/helpers/recorded.js";

const SPORT = "americanfootball_nfl";
const UPDATES = 14;
const silent = { error: () => {}, warn: () => {}, info: () => {}, debug: () => {} };
const print = (line: string) => process.stdout.write(`${line}\n`);

if (!haveRecordings) print(`${NO_RECORDINGS}: a small board takes the place of the recorded sequence`);
const sequence = haveRecordings
  ? recordedSequence().map(({ events }) => events)
  : Array.from({ length: 20 }, (_, i) => smallBoard(1.5 + i / 100, SPORT));

for (const count of [1, 200]) {
  const api = await startFakeOddsApi({ [SPORT]: sequence[0] });
  const app = createApp(
    loadConfig({
      PORT: "0",
      HOST: "127.0.0.1",
      THE_ODDS_API_KEY: TEST_KEY,
      ODDS_API_BASE_URL: api.url,
      HISTORY: "off",
    }),
    silent,
  );
  const { port } = await app.start();
  const sockets: Socket[] = [];
  for (let i = 0; i < count; i += 1) {
    sockets.push(io(`http://127.0.0.1:${port}/odds`, { forceNew: true, transports: ["websocket"] }));
  }
  await Promise.all(
    sockets.map((socket) => new Promise((resolve) => socket.once("connect", () => resolve(null)))),
  );
  const [first] = sockets;
  const arrivals: number[] = [];
  const done = new Promise<void>((resolve) => {
    first?.on("odds_update", () => {
      arrivals.push(performance.now());
      api.boards.set(SPORT, sequence[arrivals.length % sequence.length]);
      if (arrivals.length > UPDATES) resolve();
    });
  });
  for (const socket of sockets) socket.emit("subscribe", { sport: SPORT });
  await done;
  // The first update answers the subscription; the ticks begin after it.
  const ticks = arrivals.slice(1);
  const gaps = ticks.slice(1).map((at, i) => at - (ticks[i] ?? 0));
  const reads = api.reads.slice(1).map((read) => read.at);
  const readGaps = reads.slice(1).map((at, i) => at - (reads[i] ?? 0));
  const range = (of: number[]) => `${Math.min(...of).toFixed(0)} to ${Math.max(...of).toFixed(0)} ms`;
  const drift = (ticks.at(-1) ?? 0) - (ticks[0] ?? 0) - gaps.length * 5000;
  print(
    `${count} clients: ${gaps.length} ticks ${range(gaps)} apart, drift ${drift.toFixed(0)} ms; ` +
      `${api.reads.length} reads, ${range(readGaps)} apart`,
  );
  for (const socket of sockets) socket.disconnect();
  await app.stop();
  await api.close();
}
process.exit(0);

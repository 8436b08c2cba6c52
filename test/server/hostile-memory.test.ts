import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { WebSocket } from "ws";
import { socketIoClient, wsClient } from "../helpers/clients.js";
import { expectStillServing, rawHttp, startTarget } from "../helpers/hostile.js";
import { inFull } from "../helpers/in-full.js";
import type { Running } from "../helpers/start-app.js";

setFlagsFromString("--expose_gc");
const collect = runInNewContext("gc") as () => void;

const WARM_UP_ROUNDS = 2;
const ROUNDS = inFull(4, 2);
/** What the heap may grow by from the end of the warm-up, in bytes. */
const ALLOWED_GROWTH = 3 * 1024 * 1024;

/** Opens a plain WebSocket, says all this, and resolves once it is closed. */
function abuse(server: Running, frames: readonly (string | Buffer)[]): Promise<void> {
  return new Promise((resolve) => {
    const socket = new WebSocket(server.wsUrl);
    socket.on("open", () => {
      for (const frame of frames) socket.send(frame);
      socket.close();
    });
    socket.on("error", () => {});
    socket.on("close", () => resolve());
  });
}

/** Every kind of abuse, many times over; nothing of it is left open. */
async function round(server: Running, number: number): Promise<void> {
  const subscribe = '{"type":"subscribe","sport":"basketball_nba"}';
  // Names that are new in each round: whatever remembers names must forget them.
  const names = Array.from({ length: 100 }, (_, i) => `made_up_${number}_${i}`);
  const made = names.map((sport) => `{"type":"subscribe","sport":"${sport}"}`);
  const jobs: Promise<unknown>[] = [];
  for (let i = 0; i < 40; i++) jobs.push(abuse(server, [subscribe, "{", Buffer.alloc(100)]));
  jobs.push(
    abuse(server, made),
    abuse(
      server,
      Array.from({ length: 500 }, () => subscribe),
    ),
  );
  jobs.push(abuse(server, ["x".repeat(100_000)]));
  jobs.push(rawHttp(server, "GARBAGE\r\n\r\n"));
  for (const name of names) {
    jobs.push(fetch(`${server.url}/api/odds/live?sport=${name}`).then((answer) => answer.text()));
  }
  for (let i = 0; i < 10; i++) {
    jobs.push(
      socketIoClient(server).then(async ({ socket, ask }) => {
        await ask("message", { type: names[i] });
        await ask("subscribe", { sport: "basketball_nba" });
        socket.disconnect();
      }),
    );
  }
  await Promise.all(jobs);
  // The remembered log is the test's own.
  server.log.lines.length = 0;
}

/** The heap that is in use once nothing is under way any more. */
async function settledHeap(server: Running): Promise<number> {
  await expect
    .poll(async () => (await fetch(`${server.url}/health`)).json())
    .toMatchObject({ websocket: 0, wanted: [] });
  collect();
  await new Promise((resolve) => setImmediate(resolve));
  collect();
  return process.memoryUsage().heapUsed;
}

it("holds no memory of abuse: the heap stays where it was, round after round", async () => {
  const server = await startTarget({ RATE_LIMIT_MAX: "1000000" });
  let number = 0;
  while (number < WARM_UP_ROUNDS) await round(server, number++);
  const before = await settledHeap(server);
  while (number < WARM_UP_ROUNDS + ROUNDS) await round(server, number++);
  const after = await settledHeap(server);
  expect(after - before).toBeLessThan(ALLOWED_GROWTH);
  await expectStillServing(server);
  // Nobody was left behind by it: a subscription works as ever.
  const client = await wsClient(server);
  client.say({ type: "subscribe", sport: "basketball_nba" });
  await client.inbox.first("odds_update");
});

import { expect, it } from "vitest";
import { DOORS, RAW_DOORS } from "../helpers/clients.js";
import { startTarget } from "../helpers/hostile.js";
import { type RawFrame, rawWebSocket } from "../helpers/raw-websocket.js";

const EACH = 10;

it("A server that goes down tells every client so, once, and when to come back, then ends it", async () => {
  const server = await startTarget();
  const clients = await Promise.all(
    DOORS.flatMap(({ door, connect }) =>
      Array.from({ length: EACH }, async () => ({ door, ...(await connect(server)) })),
    ),
  );
  for (const client of clients) client.say({ type: "subscribe", sport: "basketball_nba", updates: "delta" });
  await Promise.all(clients.map(({ inbox }) => inbox.first("odds_update")));
  const stopped = server.stop();
  // What they say meanwhile is no trouble.
  for (const client of clients) client.say({ type: "unsubscribe", sport: "basketball_nba" });
  const gone = await Promise.all(clients.map((client) => client.gone));
  await stopped;
  for (const [i, { door, inbox }] of clients.entries()) {
    expect(
      inbox.all("error").map(({ code }) => code),
      door,
    ).toEqual(["SHUTTING_DOWN"]);
    expect(inbox.all("reconnect"), door).toHaveLength(1);
    if (door.startsWith("plain")) expect(gone[i], door).toBe("1012");
  }
});

it.each(RAW_DOORS)(
  "nothing comes behind a Close at the $door door, however busy the room",
  async ({ connect }) => {
    const server = await startTarget({ ODDS_POLL_INTERVAL_MS: "50", ODDS_CACHE_TTL_MS: "50" });
    const clients = await Promise.all(Array.from({ length: EACH }, () => connect(server)));
    for (const client of clients) {
      client.say({ type: "subscribe", sport: "basketball_nba", updates: "full" });
      client.say({ type: "subscribe", sport: "basketball_nba", updates: "delta" });
    }
    await Promise.all(clients.map(({ inbox }) => inbox.first("odds_delta")));
    const stopped = server.stop();
    await Promise.all(clients.map(({ gone }) => gone));
    await stopped;
    expect(clients.flatMap(({ raw }) => raw.afterClose.map(String))).toEqual([]);
  },
);

it("A Socket.IO client that only enters while the server goes down is told so, too, and ended", async () => {
  const server = await startTarget({ SHUTDOWN_GRACE_MS: "20000" });
  // One for whom the server waits, as it does not poll yet.
  const url = `${server.url}/socket.io/?EIO=4&transport=polling`;
  const sid = /"sid":"([^"]+)"/.exec(await (await fetch(url)).text())?.[1];
  await fetch(`${url}&sid=${sid}`, { method: "POST", body: "40/odds," });
  const late = await rawWebSocket(server, "/socket.io/?EIO=4&transport=websocket");
  const said: string[] = [];
  late.onText(({ text }: RawFrame) => said.push(text));
  const stopped = server.stop();
  late.say("40/odds,");
  late.say('42/odds,["subscribe",{"sport":"basketball_nba"}]');
  await late.closed;
  expect(said.map((text) => text.split(/[{:]/)[0])).toEqual([
    "40/odds,",
    '42/odds,["error",',
    '42/odds,["reconnect",',
  ]);
  expect(said[1]).toContain("SHUTTING_DOWN");
  // The one that polls reads what it was told, and then that this is over.
  for (let i = 0; i < 2; i += 1) await fetch(`${url}&sid=${sid}`);
  await stopped;
});

import { io } from "socket.io-client";
import { describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { RAW_DOORS, wsClient } from "../helpers/clients.js";
import { smallBoard, startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { expectStillServing } from "../helpers/hostile.js";
import { inFull } from "../helpers/in-full.js";
import { compressedFrame } from "../helpers/raw-frames.js";
import { closeAfter, type Running, startAppOn } from "../helpers/start-app.js";

const LEFT = "icehockey_nhl";
const STAYED = "basketball_nba";
const SUBSCRIBE = JSON.stringify({ type: "subscribe", sport: LEFT });

/** Ways to subscribe and be gone in the same tick, at each door. */
const VANISHINGS: readonly { way: string; vanish(server: Running): Promise<void> }[] = [
  {
    way: "a plain WebSocket that is cut",
    vanish: (server) =>
      new Promise((resolve) => {
        const socket = new WebSocket(server.wsUrl);
        socket.on("open", () => {
          socket.send(SUBSCRIBE, () => socket.terminate());
        });
        socket.on("error", () => {});
        socket.on("close", () => resolve());
      }),
  },
  {
    way: "a plain WebSocket that says goodbye",
    vanish: (server) =>
      new Promise((resolve) => {
        const socket = new WebSocket(server.wsUrl);
        socket.on("open", () => {
          socket.send(SUBSCRIBE);
          socket.close();
        });
        socket.on("close", () => resolve());
      }),
  },
  {
    way: "a Socket.IO client that disconnects",
    vanish: (server) =>
      new Promise((resolve) => {
        const socket = io(`${server.url}/odds`, {
          forceNew: true,
          reconnection: false,
          transports: ["websocket"],
        });
        socket.on("disconnect", () => resolve());
        socket.on("connect", () => {
          socket.emit("subscribe", { sport: LEFT });
          socket.disconnect();
        });
      }),
  },
  {
    way: "a Socket.IO connection that enters, subscribes and is cut without waiting",
    vanish: (server) =>
      new Promise((resolve) => {
        const socket = new WebSocket(`ws://127.0.0.1:${server.port}/socket.io/?EIO=4&transport=websocket`);
        socket.on("open", () => {
          socket.send("40/odds,");
          socket.send(`42/odds,["subscribe",${SUBSCRIBE}]`, () => socket.terminate());
        });
        socket.on("error", () => {});
        socket.on("close", () => resolve());
      }),
  },
  ...RAW_DOORS.map(({ door, connect }) => ({
    way: `${door}, a client that compresses what it says and is cut`,
    async vanish(server: Running) {
      const { raw, textOf } = await connect(server);
      const said = [LEFT, STAYED, LEFT].map((sport) => compressedFrame(textOf({ type: "subscribe", sport })));
      raw.write(...said);
      raw.socket.destroy();
      await raw.closed;
    },
  })),
];

const EACH = inFull(170, 40);
const AT_ONCE = EACH / 2;

describe(`${EACH * VANISHINGS.length} clients that subscribe and vanish in the same tick`, () => {
  it("leave no demand and no reads behind", async () => {
    const api = await startFakeOddsApi({ [LEFT]: smallBoard(2, LEFT), [STAYED]: smallBoard() });
    closeAfter(api, () => api.close());
    const server = await startAppOn(api);
    const clock = await wsClient(server);
    clock.say({ type: "subscribe", sport: STAYED });
    await clock.inbox.first("odds_update");
    for (const { vanish } of VANISHINGS) {
      for (let done = 0; done < EACH; done += AT_ONCE) {
        await Promise.all(Array.from({ length: AT_ONCE }, () => vanish(server)));
      }
    }
    const health = async () => (await fetch(`${server.url}/health`)).json();
    await expect.poll(health).toMatchObject({ websocket: 1, wanted: [STAYED] });
    const reads = () => api.reads.filter(({ sport }) => sport === LEFT).length;
    // Some of them did get through.
    expect(
      server.log.lines.filter(({ message }) => message === `Subscribed to ${LEFT}`).length,
    ).toBeGreaterThan(EACH);
    expect(reads()).toBeGreaterThan(0);
    // A read that was planned while the sport was still wanted may wait for its turn at the upstream.
    for (let tick = 0; tick < 2; tick++) await clock.inbox.next("odds_update");
    const readsBefore = reads();
    for (let tick = 0; tick < 5; tick++) await clock.inbox.next("odds_update");
    expect(reads()).toBe(readsBefore);
    clock.close();
    await expect.poll(health).toMatchObject({ websocket: 0, wanted: [] });
    const all = api.reads.length;
    // The linger is over: a REST read is the only one from here on.
    await (await fetch(`${server.url}/api/odds/live?sport=${LEFT}`)).json();
    expect(api.reads.length).toBe(all + 1);
    await expectStillServing(server);
  });
});

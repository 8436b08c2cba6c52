import { describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { RAW_DOORS, type RawClient } from "../helpers/clients.js";
import { eventually } from "../helpers/eventually.js";
import { startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { expectStillServing } from "../helpers/hostile.js";
import { livelyBoard } from "../helpers/lively-boards.js";
import {
  closeFrame,
  compressedFrame,
  deflated,
  fragments,
  OPCODE,
  RSV1,
  rawFrame,
} from "../helpers/raw-frames.js";
import { closeAfter, type Running, startAppOn } from "../helpers/start-app.js";

const SPORTS = Array.from({ length: 8 }, (_, i) => `sport_${i}`);

async function start(env: Record<string, string> = {}): Promise<Running> {
  const boards = Object.fromEntries(
    ["basketball_nba", ...SPORTS].map((sport) => [sport, livelyBoard(sport, 1)]),
  );
  const api = closeAfter(await startFakeOddsApi(boards), (it) => it.close());
  return startAppOn(api, { MAX_MESSAGES_PER_SECOND: "200", ...env });
}

const subscribe = (sport: string) => ({ type: "subscribe", sport, updates: "delta" });

/** Each of these sports is acknowledged once, in this order, and its board comes. */
async function expectBoards({ inbox }: RawClient, sports: readonly string[]): Promise<void> {
  await Promise.all(sports.map((sport) => inbox.first("odds_update", (update) => update.sport === sport)));
  expect(inbox.all("subscription_ack").map(({ sport }) => sport)).toEqual(sports);
  expect(inbox.all("error")).toEqual([]);
}

describe.concurrent.each(RAW_DOORS)("At the $door door", ({ connect }) => {
  it("compressed messages in one write are each answered, in order", async () => {
    const server = await start();
    const client = await connect(server);
    expect(client.raw.extensions).toContain("permessage-deflate");
    client.sayAll(SPORTS.map(subscribe));
    await expectBoards(client, SPORTS);
    await expectStillServing(server);
  });

  it("compressed messages keep coming while earlier ones are inflated: 200 in small writes", async () => {
    const server = await start({ MAX_MESSAGES_PER_SECOND: "2000" });
    const client = await connect(server);
    for (let i = 0; i < 100; i++) {
      const sport = SPORTS[i % SPORTS.length] ?? "";
      client.raw.write(compressedFrame(client.textOf(subscribe(sport))));
      if (i % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
      client.raw.write(compressedFrame(client.textOf({ type: "unsubscribe", sport })));
    }
    await eventually(() => client.inbox.all("unsubscription_ack").length).toBe(100);
    expect(client.inbox.all("subscription_ack")).toHaveLength(100);
    await expectStillServing(server);
  });

  it("compressed and plain messages may take turns", async () => {
    const server = await start();
    const client = await connect(server);
    const texts = SPORTS.map((sport) => client.textOf(subscribe(sport)));
    client.raw.write(...texts.map((text, i) => (i % 2 === 0 ? compressedFrame(text) : rawFrame(text))));
    await expectBoards(client, SPORTS);
    await expectStillServing(server);
  });

  it("messages come in fragments, with pings between them, cut anywhere by the network", async () => {
    const server = await start();
    const client = await connect(server);
    const ping = rawFrame("still there?", { opcode: OPCODE.ping });
    const bytes = Buffer.concat(
      SPORTS.flatMap((sport, i) => {
        const text = client.textOf(subscribe(sport));
        const pieces =
          i % 2 === 0 ? fragments(deflated(text), 5 + i, { reserved: RSV1 }) : fragments(text, 7 + i);
        return pieces.flatMap((piece) => [piece, ping]);
      }),
    );
    for (let at = 0; at < bytes.length; ) {
      // Lengths that fit no frame: 1, 8, 15 … bytes.
      const size = 1 + ((at * 7) % 64);
      client.raw.write(bytes.subarray(at, at + size));
      at += size;
      await new Promise((resolve) => setImmediate(resolve));
    }
    await expectBoards(client, SPORTS);
    expect(client.raw.pongs.length).toBeGreaterThan(20);
    await expectStillServing(server);
  });

  it("a message that takes over the context of the one before is read, or ends that connection only", async () => {
    const server = await start();
    const client = await connect(server);
    const texts = SPORTS.map((sport) => client.textOf(subscribe(sport)));
    // At the Socket.IO door the entry into the namespace was compressed before.
    let earlier = "";
    client.raw.write(
      ...texts.map((text) => {
        const frame = compressedFrame(text, earlier);
        earlier += text;
        return frame;
      }),
    );
    if (client.raw.extensions.includes("client_no_context_takeover")) {
      expect(await client.raw.closed).toBeGreaterThanOrEqual(1002);
    } else await expectBoards(client, SPORTS);
    await expectStillServing(server);
  });

  it.each([
    ["a frame that never ends", (text: string) => compressedFrame(text).subarray(0, -3)],
    ["half a header", (text: string) => rawFrame(text).subarray(0, 3)],
    ["a fragment without its end", (text: string) => fragments(text, 10)[0] ?? Buffer.alloc(0)],
    [
      "a compressed fragment without its end",
      (text: string) => fragments(deflated(text), 10, { reserved: RSV1 })[0] ?? Buffer.alloc(0),
    ],
  ])("a client may be gone in the middle of what it says: %s", async (_what, cut) => {
    const server = await start();
    for (const end of ["end", "destroy", "resetAndDestroy"] as const) {
      const client = await connect(server);
      client.sayAll(SPORTS.map(subscribe));
      await Promise.resolve();
      client.raw.write(cut(client.textOf(subscribe("basketball_nba"))));
      client.raw.socket[end]();
      await client.raw.closed;
    }
    await eventually(async () => (await fetch(`${server.url}/health`)).json()).toMatchObject({
      websocket: 0,
      wanted: [],
    });
    await expectStillServing(server);
  });

  it.each([
    [
      "data that does not inflate",
      () => [rawFrame(Buffer.from("this is no deflate stream"), { reserved: RSV1 })],
    ],
    [
      "data that goes wrong half way",
      () => [rawFrame(Buffer.concat([deflated("x".repeat(200)), Buffer.alloc(20, 7)]), { reserved: RSV1 })],
    ],
    ["10 MB that were 10 KB", () => [rawFrame(deflated(Buffer.alloc(10 * 1024 * 1024)), { reserved: RSV1 })]],
    ["a reserved bit", () => [rawFrame("{}", { reserved: 0x20 })]],
    ["a compressed ping", () => [rawFrame(deflated("{}"), { opcode: OPCODE.ping, reserved: RSV1 })]],
    ["an opcode that is none", () => [rawFrame("{}", { opcode: 5 })]],
    ["a frame without a mask", () => [rawFrame("{}", { masked: false })]],
    ["a ping of 126 bytes", () => [rawFrame("p".repeat(126), { opcode: OPCODE.ping })]],
    ["a ping in fragments", () => [rawFrame("p", { opcode: OPCODE.ping, fin: false })]],
    ["the end of what never began", () => [rawFrame("{}", { opcode: OPCODE.more })]],
    ["a message within a message", () => [rawFrame("{", { fin: false }), rawFrame("}")]],
    ["a length of 2^53", () => [rawFrame("{}", { claims: 2 ** 53 })]],
    ["a text that is none", () => [rawFrame(Buffer.from([0xff, 0xfe, 0xfd]))]],
    ["a Close of one byte", () => [rawFrame("x", { opcode: OPCODE.close })]],
    ["a Close of a code that is none", () => [closeFrame(7)]],
  ])("a client that breaks the protocol is closed, and it alone: %s", async (_what, broken) => {
    const server = await start();
    const client = await connect(server);
    const others = await Promise.all(RAW_DOORS.map((door) => door.connect(server)));
    for (const other of others) other.say(subscribe("basketball_nba"));
    // Before and behind it in the same write: what is well formed, and is being inflated meanwhile.
    const talk = SPORTS.map((sport) => compressedFrame(client.textOf(subscribe(sport))));
    client.raw.write(...talk, ...broken(), ...talk);
    await client.raw.closed;
    await Promise.all(others.map(({ inbox }) => inbox.first("odds_update")));
    await expectStillServing(server);
  });

  it("what a client says after its Close is not heard, and nothing comes after the server's", async () => {
    const server = await start();
    const client = await connect(server);
    client.raw.write(
      rawFrame(client.textOf(subscribe("sport_0"))),
      closeFrame(1000),
      rawFrame(client.textOf(subscribe("sport_1"))),
      compressedFrame(client.textOf(subscribe("sport_2"))),
    );
    await client.raw.closed;
    const heard = server.log.lines.map(({ message }) => message).filter((line) => /^Subscribed/.test(line));
    expect(heard).toEqual(["Subscribed to sport_0"]);
    expect(client.raw.afterClose).toEqual([]);
    await expectStillServing(server);
  });

  it("pings between compressed messages are each answered, in order", async () => {
    const server = await start();
    const client = await connect(server);
    const ping = (i: number) => rawFrame(String(i), { opcode: OPCODE.ping });
    for (const [i, sport] of SPORTS.entries()) {
      client.raw.write(ping(i), compressedFrame(client.textOf(subscribe(sport))), ping(i));
    }
    await expectBoards(client, SPORTS);
    await eventually(() => client.raw.pongs).toEqual(SPORTS.flatMap((_, i) => [String(i), String(i)]));
  });
});

describe.concurrent("The ws library, compressing whatever it sends,", () => {
  const options = { perMessageDeflate: { threshold: 0 } };

  it("may say several things at once at the plain door", async () => {
    const server = await start();
    const socket = closeAfter(new WebSocket(server.wsUrl, options), (it) => it.terminate());
    const acks: string[] = [];
    socket.on("message", (frame) => {
      const { type, sport } = JSON.parse(String(frame));
      if (type === "subscription_ack") acks.push(sport);
    });
    socket.on("open", () => {
      for (const sport of SPORTS) socket.send(JSON.stringify(subscribe(sport)));
    });
    await eventually(() => acks).toEqual(SPORTS);
    await expectStillServing(server);
  });

  it("may say several things at once at the Socket.IO door", async () => {
    const server = await start();
    const url = `ws://127.0.0.1:${server.port}/socket.io/?EIO=4&transport=websocket`;
    const socket = closeAfter(new WebSocket(url, options), (it) => it.terminate());
    const acks: string[] = [];
    socket.on("message", (frame) => {
      const text = String(frame);
      if (!text.startsWith('42/odds,["subscription_ack"')) return;
      acks.push(JSON.parse(text.slice("42/odds,".length))[1].sport);
    });
    socket.on("open", () => {
      socket.send("40/odds,");
      for (const sport of SPORTS) {
        socket.send(`42/odds,${JSON.stringify(["subscribe", { ...subscribe(sport) }])}`);
      }
    });
    await eventually(() => acks).toEqual(SPORTS);
    await expectStillServing(server);
  });
});

/*
 * One hostile client of one kind, in a process of its own, until it is killed: bench/hostile.ts runs it. Whenever it is
 * cut off it comes back at once. It tells on stdout, each second, how often that was and how much it has sent.
 *
 *   npx tsx bench/hostile-client.ts KIND PORT
 */
import { connect, type Socket } from "node:net";
import {
  compressedFrame,
  deflated,
  OPCODE,
  RSV1,
  rawFrame,
  upgradeRequest,
} from "../test/helpers/raw-frames.js";

const [kind = "", port = ""] = process.argv.slice(2);
/** An address of its own: what is limited by address is limited for it alone. */
const FROM = "127.0.0.2";
const SOCKET_IO = "/socket.io/?EIO=4&transport=";
const OFFER = "permessage-deflate; client_max_window_bits";
const AGAIN_MS = 20;

let cuts = 0;
let sent = 0;
setInterval(() => process.stdout.write(`${JSON.stringify({ cuts, sent })}\n`), 1000);

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Resolves at the first of an event and the connection's end. */
function either(socket: Socket, event: "connect" | "data" | "drain" | "close"): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      socket.off(event, done).off("close", done);
      resolve();
    };
    socket.on(event, done).on("close", done);
    if (socket.destroyed) done();
  });
}

async function open(): Promise<Socket> {
  const socket = connect({ port: Number(port), host: "127.0.0.1", localAddress: FROM });
  socket.on("error", () => {});
  await either(socket, "connect");
  return socket;
}

/** An upgraded connection; in `/odds` where the transport is Socket.IO's. */
async function webSocket(path: string, ...first: readonly string[]): Promise<Socket> {
  const socket = await open();
  socket.write(upgradeRequest(path, OFFER));
  await either(socket, "data");
  socket.resume();
  for (const text of first) {
    socket.write(rawFrame(text));
    await pause(50);
  }
  return socket;
}

/** Sends bytes, made anew each time, as fast as they are taken, until the connection is gone. */
async function pour(socket: Socket, make: (round: number) => Buffer): Promise<void> {
  for (let round = 0; !socket.destroyed && socket.writable; round += 1) {
    const bytes = make(round);
    sent += bytes.length;
    if (socket.write(bytes)) await new Promise((resolve) => setImmediate(resolve));
    else await either(socket, "drain");
  }
}

const many = (count: number, make: (i: number) => Buffer) =>
  Buffer.concat(Array.from({ length: count }, (_, i) => make(i)));
const event = (name: string, payload: object) => `42/odds,${JSON.stringify([name, payload])}`;

/** What one connection of each kind does, from its first byte until it is gone. */
const KINDS: Record<string, () => Promise<void>> = {
  async "pings, never read"() {
    const socket = await webSocket("/odds");
    socket.pause();
    const pings = many(500, () => rawFrame("p".repeat(125), { opcode: OPCODE.ping }));
    await pour(socket, () => pings);
  },
  async "unknown namespaces, never read"() {
    const socket = await webSocket(`${SOCKET_IO}websocket`);
    socket.pause();
    await pour(socket, (round) => many(500, (i) => rawFrame(`40/nowhere${round * 500 + i},`)));
  },
  async "events in the default namespace"() {
    const socket = await webSocket(`${SOCKET_IO}websocket`, "40");
    const events = many(500, () => rawFrame('42["subscribe",{"sport":"small"}]'));
    await pour(socket, () => events);
  },
  async "in and out of /odds"() {
    const socket = await webSocket(`${SOCKET_IO}websocket`, "40/odds,");
    const turns = many(500, (i) => rawFrame(i % 2 ? "40/odds," : "41/odds,"));
    await pour(socket, () => turns);
  },
  async "4,000 joins in one write"() {
    const socket = await webSocket(`${SOCKET_IO}websocket`);
    const joins = many(4000, () => rawFrame("40/odds,"));
    await pour(socket, () => joins);
  },
  async "compressed subscriptions"() {
    const socket = await webSocket("/odds");
    const said = many(500, () => compressedFrame('{"type":"subscribe","sport":"small","updates":"delta"}'));
    await pour(socket, () => said);
  },
  async "refused upgrades, more bytes behind"() {
    const socket = await open();
    socket.write(upgradeRequest("/nowhere"));
    await either(socket, "data");
    socket.end("x".repeat(50));
    sent += 50;
    await Promise.race([either(socket, "close"), pause(100)]);
  },
  async "many different since"() {
    const socket = await webSocket("/odds");
    let head = { epoch: "", version: 0 };
    let tail = "";
    socket.on("data", (bytes) => {
      tail = (tail + bytes.toString("latin1")).slice(-2000);
      const found = /"epoch":"([^"]+)","version":(\d+)(?!.*"epoch")/s.exec(tail);
      if (found?.[1]) head = { epoch: found[1], version: Number(found[2]) };
    });
    for (let i = 0; !socket.destroyed; i += 1) {
      const since = { ...head, version: head.version - (i % 100) };
      const said = rawFrame(JSON.stringify({ type: "subscribe", sport: "big", updates: "delta", since }));
      sent += said.length;
      socket.write(said);
      // As many as it may send.
      await pause(53);
    }
  },
  async "a slow reader of big boards"() {
    const socket = await webSocket("/odds");
    socket.pause();
    const said = ["big", "small"].map((sport) => rawFrame(JSON.stringify({ type: "subscribe", sport })));
    while (!socket.destroyed) {
      socket.write(Buffer.concat(said));
      sent += 100;
      await pause(150);
    }
  },
  async "polls posted, none read"() {
    const asked = await fetch(`http://127.0.0.1:${port}${SOCKET_IO}polling`);
    const sid = /"sid":"([^"]+)"/.exec(await asked.text())?.[1];
    const packet = event("subscribe", { sport: "small" });
    const post = async (body: string) => {
      sent += body.length;
      const path = `http://127.0.0.1:${port}${SOCKET_IO}polling&sid=${sid}`;
      const answer = await fetch(path, { method: "POST", body });
      await answer.text();
      return answer.ok;
    };
    const body = Array.from({ length: 200 }, () => packet).join("\u001e");
    for (let goes = await post("40/odds,"); goes; ) goes = await post(body);
  },
  async "bombs: 16 KB that inflate to 16 MB"() {
    const socket = await webSocket("/odds");
    await pour(socket, () => BOMB);
    await either(socket, "close");
  },
};
const BOMB = rawFrame(deflated(Buffer.alloc(16 * 1024 * 1024)), { reserved: RSV1 });

const attack = KINDS[kind];
if (!attack) throw new Error(`A kind is one of: ${Object.keys(KINDS).join(" | ")}`);
for (;;) {
  await attack().catch(() => {});
  cuts += 1;
  await pause(AGAIN_MS);
}

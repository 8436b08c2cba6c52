import { type IncomingMessage, request } from "node:http";
import { connect, type Socket } from "node:net";
import { FrameSpeaker } from "./fuzz-frames.js";
import { type FuzzedDoor, flood, mutated, saying } from "./fuzz-messages.js";
import { Random } from "./random.js";
import { BROWSER_OFFER, closeFrame, compressedFrame, rawFrame, upgradeRequest } from "./raw-frames.js";

/** Nothing that an attacker waits for takes longer (ms). */
const PATIENCE_MS = 1000;
const SOCKET_IO = "/socket.io/?EIO=4&transport=";

const OFFERS = [
  ...[undefined, BROWSER_OFFER, BROWSER_OFFER, "permessage-deflate"],
  "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
  "permessage-deflate; client_max_window_bits=9; server_max_window_bits=15",
  "permessage-deflate; server_max_window_bits=8, permessage-deflate",
  "permessage-deflate; server_max_window_bits=99",
  "permessage-deflate; bogus, x-foo; a=b",
  ',;="',
];

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const soon = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A connection from one of the loopback's many addresses, so that no limit on one address ends the play. */
function open(port: number, random: Random): { socket: Socket; closed: Promise<void> } {
  const socket = connect({ port, host: "127.0.0.1", localAddress: addressOf(random) });
  socket.on("error", () => {});
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  return { socket, closed };
}

const addressOf = (random: Random) => `127.0.0.${random.between(2, 200)}`;

/** The head of the answer, as soon as it is there; undefined when it does not come. */
function answered(socket: Socket): Promise<string | undefined> {
  return new Promise((resolve) => {
    let bytes = Buffer.alloc(0);
    const done = (head?: string) => {
      clearTimeout(timer);
      socket.off("data", take);
      resolve(head);
    };
    const take = (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      if (bytes.includes("\r\n\r\n")) done(bytes.toString("latin1"));
    };
    const timer = setTimeout(done, PATIENCE_MS);
    socket.on("data", take);
    socket.once("close", () => done());
  });
}

/** Writes bytes as the network might bring them. */
async function write(socket: Socket, bytes: Buffer, random: Random): Promise<void> {
  const inPieces = bytes.length < 5000 && random.once(3);
  for (let at = 0; at < bytes.length && !socket.destroyed && socket.writable; ) {
    const size = inPieces ? random.between(1, 40) : bytes.length;
    const flushed = socket.write(bytes.subarray(at, at + size));
    at += size;
    if (inPieces) await soon();
    if (flushed) continue;
    await Promise.race([new Promise((resolve) => socket.once("drain", resolve)), pause(50)]);
  }
}

async function leave(socket: Socket, closed: Promise<void>, random: Random): Promise<void> {
  // What is on its way is lost in a reset.
  if (random.once(2)) await Promise.race([closed, pause(random.between(5, 100))]);
  const ways = [
    () => socket.end(),
    () => socket.end(closeFrame(1000)),
    () => socket.destroy(),
    () => socket.resetAndDestroy(),
    () => pause(random.below(100)),
  ];
  await random.pick(ways)();
  await Promise.race([closed, pause(random.below(200))]);
  socket.destroy();
  await closed;
}

/** A WebSocket at a door, or nearly one, and what is said on it. */
async function webSocket(port: number, door: FuzzedDoor, random: Random, sid?: string): Promise<number> {
  const { socket, closed } = open(port, random);
  const path = door === "Socket.IO" ? `${SOCKET_IO}websocket${sid ? `&sid=${sid}` : ""}` : "/odds";
  const offer = random.pick(OFFERS);
  const early = random.once(6);
  let asked = upgradeRequest(path, offer);
  if (random.once(10)) {
    const lines = asked.split("\r\n");
    lines[random.below(lines.length - 2)] = random.pick([
      ...["", "Upgrade: h2c", "Sec-WebSocket-Version: 8", "Sec-WebSocket-Key: x", "Connection: close"],
      ...[
        "GET /odds/x HTTP/1.1",
        "GET /odds?x=%ff HTTP/1.1",
        "POST /odds HTTP/1.1",
        "Origin: https://evil.example",
      ],
      ...["GET /socket.io/?EIO=3&transport=websocket HTTP/1.1", "GET /socket.io/?transport=x HTTP/1.1"],
    ]);
    asked = lines.join("\r\n");
  }
  const speaker = (deflates: boolean) => new FrameSpeaker(random, door, deflates, random.once(4));
  // What comes with the handshake cannot know what will be agreed on.
  const hasty = speaker(random.once(2));
  const first = early
    ? Buffer.concat([hasty.sound(), hasty.next(), random.bytes(random.pick([0, 50]))])
    : Buffer.alloc(0);
  socket.write(Buffer.concat([Buffer.from(asked), first]));
  const head = await answered(socket);
  if (!head?.startsWith("HTTP/1.1 101")) {
    socket.write(random.bytes(50));
    await leave(socket, closed, random);
    return 1 + hasty.messages;
  }
  if (random.once(6)) socket.pause();
  else socket.resume();
  const deflates = /permessage-deflate/i.test(head);
  const fluent = speaker(random.once(10) ? !deflates : deflates);
  if (sid) await write(socket, rawFrame(random.pick(["2probe", "2probe", "5", "2", "x"])), random);
  if (sid && random.once(2)) await write(socket, rawFrame("5"), random);
  else if (door === "Socket.IO" && !random.once(5)) {
    await write(socket, deflates ? compressedFrame("40/odds,") : rawFrame("40/odds,"), random);
  }
  const count = random.between(1, 30);
  const together = random.once(2);
  const waiting: Buffer[] = [];
  for (let i = 0; i < count && !socket.destroyed; i += 1) {
    waiting.push(fluent.next());
    if (together && i < count - 1) continue;
    await write(socket, Buffer.concat(waiting.splice(0)), random);
    if (random.once(5)) await pause(random.below(20));
  }
  await leave(socket, closed, random);
  return 1 + hasty.messages + fluent.messages;
}

/** One HTTP request on a connection of its own: its body, or nothing where there was no answer. */
function call(port: number, random: Random, method: string, path: string, body?: Buffer): Promise<string> {
  return new Promise((resolve) => {
    const asked = request(
      { port, host: "127.0.0.1", localAddress: addressOf(random), method, path, agent: false },
      (answer: IncomingMessage) => {
        let text = "";
        answer.on("data", (chunk) => {
          text += String(chunk);
        });
        answer.on("error", () => resolve(text));
        answer.on("close", () => resolve(text));
      },
    );
    asked.setTimeout(PATIENCE_MS, () => asked.destroy());
    asked.on("error", () => resolve(""));
    asked.end(body);
  });
}

/** A long-polling session, and what is posted to it. */
async function polling(port: number, random: Random): Promise<number> {
  const handshake = await call(port, random, "GET", `${SOCKET_IO}polling`);
  const sid = /"sid":"([^"]+)"/.exec(handshake)?.[1] ?? "none";
  const here = `${SOCKET_IO}polling&sid=${sid}`;
  let messages = 0;
  const post = (texts: readonly string[]) => {
    messages += texts.length;
    const text = texts.join("\u001e");
    return call(port, random, "POST", here, random.once(4) ? mutated(random, text) : Buffer.from(text));
  };
  if (!random.once(5)) {
    await call(port, random, "POST", here, Buffer.from("40/odds,"));
    await call(port, random, "GET", here);
  }
  const count = random.between(1, 8);
  for (let i = 0; i < count; i += 1) {
    const some = Array.from({ length: random.pick([1, 3, 50]) }, () => saying(random, "Socket.IO"));
    const ways: readonly (() => Promise<unknown>)[] = [
      () => post(some),
      () => post(some),
      () => post(flood(random, "Socket.IO")),
      () => Promise.all([post(some), post(some)]),
      () => Promise.all([call(port, random, "GET", here), call(port, random, "GET", here)]),
      () => call(port, random, "GET", here),
      () => call(port, random, "POST", here, random.bytes(random.below(2000))),
      () => call(port, random, "POST", `${SOCKET_IO}polling&sid=${random.pick(["", "x", "__proto__"])}`),
      () => call(port, random, random.pick(["DELETE", "PUT", "OPTIONS", "PATCH"]), here),
      () =>
        call(
          port,
          random,
          "POST",
          `${here}&j=0`,
          Buffer.from(`d=${encodeURIComponent(some.join("\u001e"))}`),
        ),
      () => Promise.all([call(port, random, "GET", here), webSocket(port, "Socket.IO", random, sid)]),
    ];
    await random.pick(ways)();
  }
  if (random.once(2)) await post(["1"]);
  return 1 + messages;
}

/** One attacker, from its first byte to its last: the same for the same seed. Resolves with how many messages it sent. */
export async function attack(port: number, seed: number): Promise<number> {
  const random = new Random(seed);
  const kind = random.below(10);
  if (kind === 0) return polling(port, random);
  return webSocket(port, kind < 5 ? "plain WebSocket" : "Socket.IO", random);
}

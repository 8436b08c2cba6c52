import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { serverMessageSchema } from "../../src/protocol/server-messages.js";
import { wsClient } from "../helpers/clients.js";
import { startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { closeAfter, type Running, startAppOn } from "../helpers/start-app.js";

async function server(): Promise<Running> {
  const api = closeAfter(await startFakeOddsApi(), (fake) => fake.close());
  return startAppOn(api);
}

/** A masked text frame, as RFC 6455 (section 5.2) wants it from a client; below 126 bytes. */
function textFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  const mask = randomBytes(4);
  const masked = payload.map((byte, i) => byte ^ (mask[i % 4] ?? 0));
  return Buffer.concat([Buffer.from([0x81, 0x80 | payload.length]), mask, masked]);
}

/** The first frame in the bytes: its opcode, text, and whether it was whole. */
function firstFrame(bytes: Buffer): { opcode: number; text: string } | undefined {
  const short = (bytes[1] ?? 0) & 0x7f;
  const length = short === 126 ? bytes.readUInt16BE(2) : short;
  const start = short === 126 ? 4 : 2;
  if (bytes.length < start + length) return undefined;
  return { opcode: (bytes[0] ?? 0) & 0x0f, text: bytes.subarray(start, start + length).toString() };
}

async function readUntil<T>(socket: Socket, found: (bytes: Buffer) => T | undefined): Promise<T> {
  let bytes = Buffer.alloc(0);
  for (;;) {
    const [chunk] = await once(socket, "data");
    bytes = Buffer.concat([bytes, chunk]);
    const result = found(bytes);
    if (result !== undefined) return result;
  }
}

describe("a plain WebSocket client", () => {
  it("subscribes with one line, as `echo … | websocat -n` does, and every answer is a text frame of one message", async () => {
    const client = await wsClient(await server());
    const texts: boolean[] = [];
    client.socket.on("message", (_frame, isBinary) => texts.push(!isBinary));
    client.socket.send('{"type":"subscribe","sport":"basketball_nba"}\n');
    await client.inbox.first("subscription_ack");
    await client.inbox.first("odds_update");
    await client.inbox.next("odds_update");
    for (const message of client.inbox.messages) serverMessageSchema.parse(message);
    expect(client.inbox.messages[0]?.type).toBe("subscription_ack");
    expect(texts.every(Boolean)).toBe(true);
  });

  it("gets a pong for a ping", async () => {
    const client = await wsClient(await server());
    const asked = Date.now();
    client.say({ type: "ping" });
    const pong = await client.inbox.first("pong");
    expect(pong.timestamp).toBeGreaterThanOrEqual(asked);
    expect(Object.keys(pong).sort()).toEqual(["timestamp", "type"]);
  });

  it("gets a protocol pong for a protocol ping", async () => {
    const client = await wsClient(await server());
    client.socket.ping("are you there");
    const [payload] = await once(client.socket, "pong");
    expect(String(payload)).toBe("are you there");
  });

  it("needs nothing but the RFC's handshake and frames", async () => {
    const { port } = await server();
    const socket = closeAfter(connect(port, "127.0.0.1"), (open) => open.destroy());
    await once(socket, "connect");
    socket.write(
      "GET /odds HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
    );
    const head = await readUntil(socket, (bytes) =>
      bytes.includes("\r\n\r\n") ? bytes.toString() : undefined,
    );
    expect(head).toMatch(/^HTTP\/1\.1 101 /);
    // The RFC's own example (section 1.3).
    expect(head).toContain("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    socket.write(textFrame('{"type":"ping"}'));
    const { opcode, text } = await readUntil(socket, firstFrame);
    expect(opcode).toBe(1);
    expect(JSON.parse(text)).toMatchObject({ type: "pong" });
  });
});

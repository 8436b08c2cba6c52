import { connect, type Socket } from "node:net";
import { constants, inflateRawSync } from "node:zlib";
import { closeAfter, type Running } from "./start-app.js";

/** A text frame as it came. */
export interface RawFrame {
  /** Header and payload. */
  readonly bytes: Buffer;
  /** RSV1 is set: it is compressed (RFC 7692, section 6). */
  readonly compressed: boolean;
  /** What it says. */
  readonly text: string;
}

/** A WebSocket on a bare TCP connection, that sees every byte. */
export interface RawWebSocket {
  /** The extensions that were agreed on; empty for none. */
  readonly extensions: string;
  say(text: string): void;
  /** Resolves with the next text frame from now on for which `where` holds. */
  next(where: (frame: RawFrame) => boolean): Promise<RawFrame>;
}

/** A client's frame. A mask of zeros leaves the payload as it is (RFC 6455, section 5.3). */
function clientFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  const header =
    payload.length < 126
      ? [0x81, 0x80 | payload.length]
      : [0x81, 0xfe, payload.length >> 8, payload.length & 0xff];
  return Buffer.concat([Buffer.from([...header, 0, 0, 0, 0]), payload]);
}

/** The first frame in the bytes, if it is whole, and where it ends. */
function firstFrame(bytes: Buffer): { frame: RawFrame; end: number } | undefined {
  if (bytes.length < 10) return undefined;
  const short = (bytes[1] ?? 0) & 0x7f;
  const start = short === 127 ? 10 : short === 126 ? 4 : 2;
  const length =
    short === 127 ? Number(bytes.readBigUInt64BE(2)) : short === 126 ? bytes.readUInt16BE(2) : short;
  const end = start + length;
  if (bytes.length < end) return undefined;
  const payload = bytes.subarray(start, end);
  const compressed = ((bytes[0] ?? 0) & 0x40) !== 0;
  const text = compressed
    ? inflateRawSync(Buffer.concat([payload, Buffer.from([0, 0, 0xff, 0xff])]), {
        finishFlush: constants.Z_SYNC_FLUSH,
      }).toString()
    : payload.toString();
  return { frame: { bytes: Buffer.from(bytes.subarray(0, end)), compressed, text }, end };
}

/** Connects to a path with this `Sec-WebSocket-Extensions`, and resolves once upgraded; closed after the test. */
export async function rawWebSocket(server: Running, path: string, offer?: string): Promise<RawWebSocket> {
  const socket: Socket = closeAfter(connect(server.port, "127.0.0.1"), (open) => open.destroy());
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
      `${offer ? `Sec-WebSocket-Extensions: ${offer}\r\n` : ""}\r\n`,
  );
  let bytes = Buffer.alloc(0);
  let head: string | undefined;
  let upgraded = (_head: string) => {};
  const upgrade = new Promise<string>((resolve) => {
    upgraded = resolve;
  });
  const waiting = new Set<{ where(frame: RawFrame): boolean; resolve(frame: RawFrame): void }>();
  socket.on("data", (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
    if (head === undefined) {
      const end = bytes.indexOf("\r\n\r\n");
      if (end < 0) return;
      head = bytes.toString("latin1", 0, end);
      bytes = bytes.subarray(end + 4);
      upgraded(head);
    }
    for (let found = firstFrame(bytes); found; found = firstFrame(bytes)) {
      bytes = bytes.subarray(found.end);
      for (const waiter of [...waiting]) {
        if (!waiter.where(found.frame)) continue;
        waiting.delete(waiter);
        waiter.resolve(found.frame);
      }
    }
  });
  const answer = await upgrade;
  if (!answer.startsWith("HTTP/1.1 101")) throw new Error(answer);
  return {
    extensions: /^sec-websocket-extensions: *(.*)$/im.exec(answer)?.[1] ?? "",
    say: (text) => socket.write(clientFrame(text)),
    next: (where) => new Promise((resolve) => waiting.add({ where, resolve })),
  };
}

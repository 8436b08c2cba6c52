import { constants, deflateRawSync } from "node:zlib";

/** What kind of frame (RFC 6455, section 5.2). */
export const OPCODE = { more: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** The header bit of a compressed message (RFC 7692, section 6). */
export const RSV1 = 0x40;

/** What a browser offers (Chromium, Firefox). */
export const BROWSER_OFFER = "permessage-deflate; client_max_window_bits";

/** The mask of the RFC's own examples (section 5.7): the same bytes each time, so that a failure can be replayed. */
const MASK = Buffer.from([0x37, 0xfa, 0x21, 0x3d]);

/** A frame's header, true or not. */
export interface Header {
  readonly opcode?: number;
  /** Whether it is the message's last. */
  readonly fin?: boolean;
  /** Reserved bits, as they stand in the first byte. */
  readonly reserved?: number;
  readonly masked?: boolean;
  /** The length that it claims to have, in bytes, where that is not the payload's. */
  readonly claims?: number;
}

/** A frame as a client sends it, or as none should. */
export function rawFrame(payload: Buffer | string, header: Header = {}): Buffer {
  const bytes = Buffer.from(payload);
  const { opcode = OPCODE.text, fin = true, reserved = 0, masked = true, claims = bytes.length } = header;
  const start = Buffer.alloc(claims < 126 ? 2 : claims < 65_536 ? 4 : 10);
  const mask = masked ? 0x80 : 0;
  start[0] = (fin ? 0x80 : 0) | reserved | opcode;
  if (start.length === 2) start[1] = mask | claims;
  else if (start.length === 4) {
    start[1] = mask | 126;
    start.writeUInt16BE(claims, 2);
  } else {
    start[1] = mask | 127;
    start.writeBigUInt64BE(BigInt(claims), 2);
  }
  if (!masked) return Buffer.concat([start, bytes]);
  return Buffer.concat([start, MASK, bytes.map((byte, i) => byte ^ (MASK[i % 4] ?? 0))]);
}

/** The payload of a compressed message. `earlier`: what was said before it, where the context is taken over. */
export function deflated(text: Buffer | string, earlier = ""): Buffer {
  const dictionary = earlier === "" ? {} : { dictionary: Buffer.from(earlier).subarray(-32_768) };
  const whole = deflateRawSync(Buffer.from(text), { ...dictionary, finishFlush: constants.Z_SYNC_FLUSH });
  // A message ends without the empty block of its flush (RFC 7692, section 7.2.1).
  return whole.subarray(0, -4);
}

/** A compressed message in one frame. */
export const compressedFrame = (text: Buffer | string, earlier = ""): Buffer =>
  rawFrame(deflated(text, earlier), { reserved: RSV1 });

/** A message in frames of `size` bytes at most, each an element; the first one has the `header`'s opcode and bits. */
export function fragments(payload: Buffer | string, size: number, header: Header = {}): Buffer[] {
  const bytes = Buffer.from(payload);
  const count = Math.max(1, Math.ceil(bytes.length / size));
  return Array.from({ length: count }, (_, i) =>
    rawFrame(bytes.subarray(i * size, (i + 1) * size), {
      ...(i === 0 ? header : { opcode: OPCODE.more }),
      fin: i === count - 1,
    }),
  );
}

/** A Close frame with a code. */
export function closeFrame(code: number): Buffer {
  const payload = Buffer.alloc(2);
  payload.writeUInt16BE(code);
  return rawFrame(payload, { opcode: OPCODE.close });
}

/** The bytes with which a client asks for a WebSocket at a path. */
export function upgradeRequest(path: string, offer?: string): string {
  return (
    `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
    `${offer ? `Sec-WebSocket-Extensions: ${offer}\r\n` : ""}\r\n`
  );
}

import { connect, type Socket } from "node:net";
import { constants, inflateRawSync } from "node:zlib";
import { OPCODE, rawFrame, upgradeRequest } from "./raw-frames.js";
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

/** A WebSocket on a bare TCP connection, that sees every byte. It answers pings; anything else is the test's. */
export interface RawWebSocket {
  /** The extensions that were agreed on; empty for none. */
  readonly extensions: string;
  readonly socket: Socket;
  /** Payloads of the pongs that have come. */
  readonly pongs: string[];
  /** Frames that came behind the server's Close, where there should be none (RFC 6455, section 5.5.1). */
  readonly afterClose: Buffer[];
  /** Resolves once the connection is gone, with the code of the server's Close frame; 1006 where it sent none. */
  readonly closed: Promise<number>;
  say(text: string): void;
  /** Sends these bytes in one write. */
  write(...bytes: readonly Buffer[]): void;
  /** Resolves with the next text frame from now on for which `where` holds. */
  next(where: (frame: RawFrame) => boolean): Promise<RawFrame>;
  /** Has each text frame from now on heard. */
  onText(hear: (frame: RawFrame) => void): void;
}

const UPGRADED = "HTTP/1.1 101";

interface AnyFrame {
  readonly opcode: number;
  readonly compressed: boolean;
  readonly payload: Buffer;
  readonly bytes: Buffer;
}

/** How long the header of a server's frame is that begins with these bytes. */
function headerLength(bytes: Buffer): number {
  const short = (bytes[1] ?? 0) & 0x7f;
  return short === 127 ? 10 : short === 126 ? 4 : 2;
}

/** How long the whole frame is; with too few bytes to tell, how many it takes to tell. */
function frameLength(bytes: Buffer): number {
  const start = headerLength(bytes);
  if (bytes.length < start) return start;
  if (start === 10) return start + Number(bytes.readBigUInt64BE(2));
  return start + (start === 4 ? bytes.readUInt16BE(2) : (bytes[1] ?? 0));
}

/** The first frame in the bytes, if it is whole. */
function firstFrame(bytes: Buffer): AnyFrame | undefined {
  const length = frameLength(bytes);
  if (bytes.length < length) return undefined;
  const first = bytes[0] ?? 0;
  return {
    opcode: first & 0x0f,
    compressed: (first & 0x40) !== 0,
    payload: bytes.subarray(headerLength(bytes), length),
    bytes: bytes.subarray(0, length),
  };
}

function textOf({ compressed, payload }: AnyFrame): string {
  if (!compressed) return payload.toString();
  return inflateRawSync(Buffer.concat([payload, Buffer.from([0, 0, 0xff, 0xff])]), {
    finishFlush: constants.Z_SYNC_FLUSH,
  }).toString();
}

/**
 * Connects to a path with this `Sec-WebSocket-Extensions`, and resolves once upgraded; closed after the test. `early`
 * is sent together with the handshake, before anybody has answered.
 */
export async function rawWebSocket(
  server: Pick<Running, "port">,
  path: string,
  offer?: string,
  early = Buffer.alloc(0),
): Promise<RawWebSocket> {
  const socket: Socket = closeAfter(connect(server.port, "127.0.0.1"), (open) => open.destroy());
  socket.write(Buffer.concat([Buffer.from(upgradeRequest(path, offer)), early]));
  let pieces: Buffer[] = [];
  /** How many bytes must be there for the next look: a board of megabytes comes in many pieces. */
  let wanted = 0;
  let head: string | undefined;
  let code = 1006;
  let ended = false;
  const pongs: string[] = [];
  const afterClose: Buffer[] = [];
  const listeners = new Set<(frame: RawFrame) => void>();
  let upgraded = (_head: string) => {};
  const upgrade = new Promise<string>((resolve) => {
    upgraded = resolve;
  });
  const closed = new Promise<number>((resolve) => {
    socket.on("error", () => {});
    socket.on("close", () => {
      upgraded("It was closed before it was upgraded.");
      resolve(code);
    });
  });
  const take = (frame: AnyFrame) => {
    if (ended) afterClose.push(frame.bytes);
    else if (frame.opcode === OPCODE.ping) socket.write(rawFrame(frame.payload, { opcode: OPCODE.pong }));
    else if (frame.opcode === OPCODE.pong) pongs.push(frame.payload.toString());
    else if (frame.opcode === OPCODE.close) {
      ended = true;
      code = frame.payload.length < 2 ? 1005 : frame.payload.readUInt16BE();
      socket.end(rawFrame(frame.payload, { opcode: OPCODE.close }));
    } else {
      const { bytes, compressed } = frame;
      const said = { bytes: Buffer.from(bytes), compressed, text: textOf(frame) };
      for (const listener of [...listeners]) listener(said);
    }
  };
  socket.on("data", (chunk: Buffer) => {
    pieces.push(chunk);
    wanted -= chunk.length;
    if (wanted > 0) return;
    let bytes = Buffer.concat(pieces);
    if (head === undefined) {
      const end = bytes.indexOf("\r\n\r\n");
      if (end < 0) return;
      head = bytes.toString("latin1", 0, end);
      bytes = bytes.subarray(end + 4);
      upgraded(head);
    }
    // What follows a refusal is no frame.
    if (!head.startsWith(UPGRADED)) return;
    for (let frame = firstFrame(bytes); frame; frame = firstFrame(bytes)) {
      bytes = bytes.subarray(frame.bytes.length);
      take(frame);
    }
    pieces = [bytes];
    wanted = frameLength(bytes) - bytes.length;
  });
  const answer = await upgrade;
  if (!answer.startsWith(UPGRADED)) throw new Error(answer);
  return {
    extensions: /^sec-websocket-extensions: *(.*)$/im.exec(answer)?.[1] ?? "",
    socket,
    pongs,
    afterClose,
    closed,
    say: (text) => socket.write(rawFrame(text)),
    write: (...bytes) => socket.write(Buffer.concat(bytes)),
    next: (where) =>
      new Promise((resolve) => {
        const listener = (frame: RawFrame) => {
          if (!where(frame)) return;
          listeners.delete(listener);
          resolve(frame);
        };
        listeners.add(listener);
      }),
    onText: (hear) => listeners.add(hear),
  };
}

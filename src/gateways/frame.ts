import { deflatePiece, gzipOf, MESSAGE_END, storedPiece } from "./compression.js";
import { ODDS_PATH, type ServerMessage } from "./protocol.js";

/** A message shorter than this (bytes) is not worth compressing. */
const MIN_DEFLATED_BYTES = 256;
const FIN_TEXT = 0x81;
/** "Compressed" (RFC 7692, section 6). */
const RSV1 = 0x40;

/**
 * A message made ready for the wire: turned into JSON once, compressed once for all doors, framed once for each door
 * that needs it, then written to any number of sockets.
 */
export class Frame {
  readonly json: string;
  /** Its size in memory, near enough: characters, which are bytes but for few names. */
  readonly size: number;
  private readonly event: string;
  private utf8: Buffer | undefined;
  private compressed: Buffer | undefined;
  private gzipped: Buffer | undefined;
  /** Ready-made frames: plain, deflated. */
  private readonly packetFrames: [Buffer?, Buffer?] = [];
  private readonly textFrames: [Buffer?, Buffer?] = [];

  constructor(message: ServerMessage) {
    this.event = message.type;
    this.json = JSON.stringify(message);
    this.size = this.json.length;
  }

  /** The JSON's bytes. */
  get bytes(): Buffer {
    this.utf8 ??= Buffer.from(this.json);
    return this.utf8;
  }

  /** The JSON as a gzip file (RFC 1952). */
  get gzip(): Buffer {
    this.gzipped ??= gzipOf(this.piece, this.bytes);
    return this.gzipped;
  }

  /** The Socket.IO packet (protocol 5: EVENT in the `/odds` namespace), for engine.io to send as a message. */
  get packet(): string {
    return `${this.packetStart}${this.json}]`;
  }

  /** The same packet as a whole, unmasked WebSocket frame: its payload begins with engine.io's type of a message. */
  packetFrame(deflated: boolean): Buffer {
    const kind = deflated ? 1 : 0;
    this.packetFrames[kind] ??= this.framed(`4${this.packetStart}`, "]", deflated);
    return this.packetFrames[kind];
  }

  /** The JSON as a whole, unmasked WebSocket frame. */
  textFrame(deflated: boolean): Buffer {
    const kind = deflated ? 1 : 0;
    this.textFrames[kind] ??= this.framed("", "", deflated);
    return this.textFrames[kind];
  }

  private get packetStart(): string {
    return `2${ODDS_PATH},["${this.event}",`;
  }

  private get piece(): Buffer {
    this.compressed ??= deflatePiece(this.bytes);
    return this.compressed;
  }

  private framed(start: string, end: string, deflated: boolean): Buffer {
    if (!deflated || this.size < MIN_DEFLATED_BYTES) {
      return textFrame(FIN_TEXT, [Buffer.from(start), this.bytes, Buffer.from(end)]);
    }
    const around = (text: string) => (text === "" ? Buffer.alloc(0) : storedPiece(text));
    // A message ends without the tail of its last flush, of which `end`'s block leaves nothing but its first byte.
    const last =
      end === "" ? this.piece.subarray(0, -4) : Buffer.concat([this.piece, around(end), MESSAGE_END]);
    return textFrame(FIN_TEXT | RSV1, [around(start), last]);
  }
}

/** A frame of one message (RFC 6455, section 5.2), in one piece: then it is one write to a socket. */
function textFrame(first: number, payload: readonly Buffer[]): Buffer {
  const length = payload.reduce((sum, { length: bytes }) => sum + bytes, 0);
  const header = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10);
  header[0] = first;
  if (length < 126) header[1] = length;
  else if (length < 65_536) {
    header[1] = 126;
    header.writeUInt16BE(length, 2);
  } else {
    header[1] = 127;
    header.writeBigUInt64BE(BigInt(length), 2);
  }
  return Buffer.concat([header, ...payload]);
}

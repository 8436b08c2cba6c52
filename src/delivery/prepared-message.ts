import { ODDS_PATH } from "../protocol/connections.js";
import type { OddsUpdate, ServerMessage } from "../protocol/server-messages.js";
import {
  deflatePiece,
  deflatePieceElsewhere,
  gzipOf,
  isDeflatedAtOnce,
  levelFor,
  MESSAGE_END,
  storedPiece,
} from "./permessage-deflate.js";

/** A message shorter than this (bytes) is not worth compressing. */
const MIN_DEFLATED_BYTES = 256;
const FIN_TEXT = 0x81;
/** "Compressed" (RFC 7692, section 6). */
const RSV1 = 0x40;

/** Text on its way to the wire: turned into bytes once and compressed once, whatever messages it becomes a part of. */
export class PreparedText {
  private utf8: Buffer | undefined;
  private deflated: { readonly piece: Buffer; readonly level: number } | undefined;
  private deflating: Promise<void> | undefined;

  constructor(readonly text: string) {}

  /** Its bytes. */
  get bytes(): Buffer {
    this.utf8 ??= Buffer.from(this.text);
    return this.utf8;
  }

  /** Its bytes as a piece of a deflate stream. */
  get piece(): Buffer {
    if (!this.deflated) {
      const level = levelFor(1, this.bytes.length);
      this.deflated = { piece: deflatePiece(this.bytes, level), level };
    }
    return this.deflated.piece;
  }

  /**
   * Has it compressed for so many who take it, anew where it was for fewer, and on another thread where that takes a
   * while; undefined where there is nothing to wait for.
   */
  compress(takers: number): Promise<void> | undefined {
    const level = levelFor(takers, this.bytes.length);
    if (this.deflated && this.deflated.level >= level) return undefined;
    if (!this.deflating && isDeflatedAtOnce(this.bytes.length, level)) {
      this.deflated = { piece: deflatePiece(this.bytes, level), level };
      return undefined;
    }
    this.deflating ??= deflatePieceElsewhere(this.bytes, level)
      .then((piece) => {
        this.deflated = { piece, level };
      })
      // One that failed is tried again.
      .finally(() => {
        this.deflating = undefined;
      });
    return this.deflating;
  }
}

/** What was made of a piece: frames, a file. */
interface Compressed {
  readonly piece: Buffer;
  packet?: Buffer;
  text?: Buffer;
  gzip?: Buffer;
}

/**
 * A message made ready for the wire: turned into JSON once, compressed once for all transports, framed once for each
 * that needs it, then written to any number of sockets.
 */
export class PreparedMessage {
  /** Its size in memory, near enough: characters, which are bytes but for few names. */
  readonly size: number;
  /** The message's type. */
  readonly event: string;
  /** Most of it, and what little stands around that. */
  private readonly text: PreparedText;
  private readonly start: string;
  private readonly end: string;
  /** Ready-made frames. */
  private packetPlain: Buffer | undefined;
  private textPlain: Buffer | undefined;
  /** What was made of its text's piece. */
  private compressed: Compressed | undefined;

  /** An update's `odds` are given apart from it: they stay the same from one update to the next while nothing is read. */
  constructor(message: ServerMessage);
  constructor(update: Omit<OddsUpdate, "odds">, odds: PreparedText);
  constructor(message: ServerMessage | Omit<OddsUpdate, "odds">, odds?: PreparedText) {
    const json = JSON.stringify(message);
    this.event = message.type;
    this.text = odds ?? new PreparedText(json);
    this.start = odds ? `${json.slice(0, -1)},"odds":` : "";
    this.end = odds ? "}" : "";
    this.size = this.start.length + this.text.text.length + this.end.length;
  }

  /** The message. */
  get json(): string {
    return this.start + this.text.text + this.end;
  }

  /** The JSON's bytes. */
  get bytes(): Buffer {
    return Buffer.concat([Buffer.from(this.start), this.text.bytes, Buffer.from(this.end)]);
  }

  /** Has it compressed, see `PreparedText.compress`. Without this, that is done in haste by whoever needs it first. */
  compress(takers: number): Promise<void> | undefined {
    return this.size < MIN_DEFLATED_BYTES ? undefined : this.text.compress(takers);
  }

  /** The JSON as a gzip file (RFC 1952). */
  get gzip(): Buffer {
    const made = this.ofPiece();
    made.gzip ??= gzipOf([stored(this.start), made.piece, stored(this.end)], this.bytes);
    return made.gzip;
  }

  /** The Socket.IO packet (protocol 5: EVENT in the `/odds` namespace), for engine.io to send as a message. */
  get packet(): string {
    return `${this.packetStart}${this.json}]`;
  }

  /** The same packet as a whole, unmasked WebSocket frame: its payload begins with engine.io's type of a message. */
  packetFrame(deflated: boolean): Buffer {
    if (!this.isDeflated(deflated)) {
      this.packetPlain ??= this.plainFrame(`4${this.packetStart}`, "]");
      return this.packetPlain;
    }
    const made = this.ofPiece();
    made.packet ??= this.deflatedFrame(made.piece, `4${this.packetStart}`, "]");
    return made.packet;
  }

  /** The JSON as a whole, unmasked WebSocket frame. */
  textFrame(deflated: boolean): Buffer {
    if (!this.isDeflated(deflated)) {
      this.textPlain ??= this.plainFrame("", "");
      return this.textPlain;
    }
    const made = this.ofPiece();
    made.text ??= this.deflatedFrame(made.piece, "", "");
    return made.text;
  }

  private isDeflated(wanted: boolean): boolean {
    return wanted && this.size >= MIN_DEFLATED_BYTES;
  }

  /** Who came while it was compressed for all got it as it was made in haste, which is not what all others are to get. */
  private ofPiece(): Compressed {
    const { piece } = this.text;
    if (this.compressed?.piece !== piece) this.compressed = { piece };
    return this.compressed;
  }

  private get packetStart(): string {
    return `2${ODDS_PATH},["${this.event}",`;
  }

  private plainFrame(around: string, behind: string): Buffer {
    const start = around + this.start;
    const end = this.end + behind;
    return textFrame(FIN_TEXT, [Buffer.from(start), this.text.bytes, Buffer.from(end)]);
  }

  private deflatedFrame(piece: Buffer, around: string, behind: string): Buffer {
    const start = around + this.start;
    const end = this.end + behind;
    // A message ends without the tail of its last flush, of which `end`'s block leaves nothing but its first byte.
    const last = end === "" ? [piece.subarray(0, -4)] : [piece, stored(end), MESSAGE_END];
    return textFrame(FIN_TEXT | RSV1, [stored(start), ...last]);
  }
}

/** Text as it is, as a piece of a deflate stream. */
function stored(text: string): Buffer {
  return text === "" ? Buffer.alloc(0) : storedPiece(text);
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

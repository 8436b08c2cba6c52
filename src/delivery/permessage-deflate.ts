import { promisify } from "node:util";
import { constants, crc32, deflateRaw, deflateRawSync, type ZlibOptions } from "node:zlib";

/*
 * Messages are compressed once for all who get them (RFC 7692, permessage-deflate): no context is taken over from one
 * message to the next, so the same bytes are right for every connection. ws itself compresses nothing: it would do so
 * for each socket anew, and keep 0.3 MB for each.
 */

/** The window that shared messages are compressed with, as a power of two of bytes. */
export const WINDOW_BITS = 15;
/** Up to so many bytes a small window and small tables are as good, and made in half the time. */
const SMALL_BYTES = 8 * 1024;
/** Up to so many bytes data is compressed sooner than another thread is asked for it: at the lowest level, at any. */
const AT_ONCE_BYTES = { quick: 512 * 1024, thorough: 16 * 1024 };

/**
 * How hard a message is compressed, for so many who take it: zlib's level. Of a board of 510 KB, level 3 makes 40.9 KB in
 * 1.4 ms, level 6 29.2 KB in 4 ms, level 9 27.2 KB in 9 ms: each has the lower one's time paid back where a KB less, for
 * each who takes it, is worth 3 µs. What is small is the same at every level.
 */
export function levelFor(takers: number, bytes: number): number {
  if (bytes <= SMALL_BYTES) return 6;
  if (takers < 64) return QUICK;
  return takers < 1000 ? 6 : 9;
}
const QUICK = 3;

function options(bytes: Buffer, level: number): ZlibOptions {
  return {
    level,
    finishFlush: constants.Z_SYNC_FLUSH,
    ...(bytes.length <= SMALL_BYTES
      ? { memLevel: 6, windowBits: 13, chunkSize: 4096 }
      : { memLevel: 9, windowBits: WINDOW_BITS }),
  };
}

/** The largest stored block of a deflate stream, in bytes (RFC 1951, section 3.2.4). */
const MAX_STORED_BYTES = 0xffff;

/** Compresses data so that other pieces can stand before and behind it: it ends on a byte, and not the stream. */
export function deflatePiece(bytes: Buffer, level: number): Buffer {
  return deflateRawSync(bytes, options(bytes, level));
}

/** The same, on another thread. */
export function deflatePieceElsewhere(bytes: Buffer, level: number): Promise<Buffer> {
  return promisify<Buffer, ZlibOptions, Buffer>(deflateRaw)(bytes, options(bytes, level));
}

/** Whether so many bytes are done sooner than another thread is asked for it. */
export function isDeflatedAtOnce(bytes: number, level: number): boolean {
  return bytes <= (level === QUICK ? AT_ONCE_BYTES.quick : AT_ONCE_BYTES.thorough);
}

/** Data as it is, as a piece of a deflate stream (RFC 1951, section 3.2.4). */
export function storedPiece(text: string): Buffer {
  const bytes = Buffer.from(text);
  if (bytes.length > MAX_STORED_BYTES) throw new RangeError("Too long for a stored block.");
  const header = Buffer.alloc(5);
  header.writeUInt16LE(bytes.length, 1);
  header.writeUInt16LE(~bytes.length & 0xffff, 3);
  return Buffer.concat([header, bytes]);
}

/** What a compressed message's payload ends with in place of an empty stored block (RFC 7692, section 7.2.1). */
export const MESSAGE_END = Buffer.from([0]);

const GZIP_HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255]);
/** An empty last block. */
const STREAM_END = Buffer.from([3, 0]);

/** A gzip file (RFC 1952) of the pieces that `bytes` were compressed to. */
export function gzipOf(pieces: readonly Buffer[], bytes: Buffer): Buffer {
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32(bytes), 0);
  trailer.writeUInt32LE(bytes.length % 2 ** 32, 4);
  return Buffer.concat([GZIP_HEADER, ...pieces, STREAM_END, trailer]);
}

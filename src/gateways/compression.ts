import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { promisify } from "node:util";
import { constants, crc32, deflateRaw, deflateRawSync, type ZlibOptions } from "node:zlib";
import { type ServerOptions, type WebSocket, WebSocketServer } from "ws";
import { AppError } from "../errors.js";
import { refuse } from "./upgrade.js";

/*
 * Messages are compressed once for all who get them (RFC 7692, permessage-deflate): no context is taken over from one
 * message to the next, so the same bytes are right for every connection. ws itself compresses nothing: it would do so
 * for each socket anew, and keep 0.3 MB for each.
 */

/** Level 9 of 9: it costs half as much again as the usual 6, once for all, and saves 4 % of the bytes for each. */
const LEVEL = 9;
const MAX_WINDOW_BITS = 15;
const PIECE: ZlibOptions = {
  level: LEVEL,
  memLevel: 9,
  windowBits: MAX_WINDOW_BITS,
  finishFlush: constants.Z_SYNC_FLUSH,
};
const EXTENSION = "permessage-deflate";

/** The largest stored block of a deflate stream, in bytes (RFC 1951, section 3.2.4). */
const MAX_STORED_BYTES = 0xffff;

/** A message in more pieces than this is refused (1008): browsers cut none this small, and each piece costs memory. */
const MAX_FRAGMENTS = 128;
/** The same for the TCP chunks that one frame arrives in. */
const MAX_CHUNKS = 512;
/** A client that does not answer a Close frame within this time (ms) is cut off. */
const CLOSE_MS = 5000;
/** What an inflater gives out at a time, in bytes; zlib's usual 16 KB stay with each connection that ever spoke. */
const INFLATE_CHUNK_BYTES = 1024;

/** Called with each new WebSocket, and the TCP connection beneath it. */
type Taken = (client: WebSocket, request: IncomingMessage, socket: Duplex) => void;

/** A WebSocket server whose clients may take messages that were compressed beforehand. */
export class SharedDeflateServer extends WebSocketServer {
  /** `taken` hears of each new client before anything can come from it. Pings are for its owner to answer. */
  constructor(
    options: ServerOptions,
    private readonly taken: Taken = () => {},
  ) {
    // @types/ws does not know all of ws' options yet.
    const limits: ServerOptions & { closeTimeout: number } = {
      maxFragments: MAX_FRAGMENTS,
      maxBufferedChunks: MAX_CHUNKS,
      closeTimeout: CLOSE_MS,
      autoPong: false,
    };
    super({
      ...options,
      ...limits,
      perMessageDeflate: {
        serverNoContextTakeover: true,
        clientNoContextTakeover: true,
        zlibInflateOptions: { chunkSize: INFLATE_CHUNK_BYTES },
        // ws sends nothing compressed by itself.
        threshold: Number.POSITIVE_INFINITY,
      },
    });
    this.on("wsClientError", (error, socket, request) => {
      const status = request.method === "GET" ? 400 : 405;
      // RFC 6455, section 4.4: a version that is not spoken here is answered with those that are.
      const headers = { "Sec-WebSocket-Version": "13, 8" };
      refuse(socket, new AppError("INVALID_MESSAGE", `${error.message}.`, status), headers);
    });
  }

  override handleUpgrade(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    done: (client: WebSocket, request: IncomingMessage) => void,
  ): void {
    const offers = request.headers["sec-websocket-extensions"];
    if (offers !== undefined) {
      const usable = withSharedWindow(offers);
      if (usable === "") delete request.headers["sec-websocket-extensions"];
      else request.headers["sec-websocket-extensions"] = usable;
    }
    super.handleUpgrade(request, socket, head, (client) => {
      this.taken(client, request, socket);
      done(client, request);
    });
  }
}

/**
 * The offers (RFC 7692, section 7.1) that shared messages suit: not those that ask for a smaller window. With none
 * left a client goes without compression; ws would refuse the connection.
 */
function withSharedWindow(offers: string): string {
  return offers
    .split(",")
    .map((offer) => offer.trim())
    .filter((offer) => {
      const bits = /server_max_window_bits\s*=\s*"?(\d+)/i.exec(offer)?.[1];
      return bits === undefined || Number(bits) === MAX_WINDOW_BITS;
    })
    .join(", ");
}

/** Whether a connection has negotiated compression. */
export function takesDeflated(client: WebSocket): boolean {
  return client.extensions.includes(EXTENSION);
}

/** Compresses data so that other pieces can stand before and behind it: it ends on a byte, and not the stream. */
export function deflatePiece(bytes: Buffer): Buffer {
  return deflateRawSync(bytes, PIECE);
}

/** The same, on another thread. */
export function deflatePieceElsewhere(bytes: Buffer): Promise<Buffer> {
  return promisify<Buffer, ZlibOptions, Buffer>(deflateRaw)(bytes, PIECE);
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

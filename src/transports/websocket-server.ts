import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type ServerOptions, type WebSocket, WebSocketServer } from "ws";
import { WINDOW_BITS } from "../delivery/permessage-deflate.js";
import { AppError } from "../errors.js";
import { chooseProtocol } from "./auth-presented.js";
import { refuse } from "./upgrade.js";

/** A message in more pieces than this is refused (1008): browsers cut none this small, and each piece costs memory. */
const MAX_FRAGMENTS = 128;
/** The same for the TCP chunks that one frame arrives in. */
const MAX_CHUNKS = 512;
/** A client that does not answer a Close frame within this time (ms) is cut off. */
const CLOSE_MS = 3000;
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
      handleProtocols: (offered) => chooseProtocol(offered),
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
      refuse(request, socket, new AppError("INVALID_MESSAGE", `${error.message}.`, status), headers);
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

/** What asks for a window, and what asks for the shared one. A number may be written in many ways, and ws reads them all. */
const WINDOW = /server_max_window_bits/i;
const SHARED_WINDOW = new RegExp(`server_max_window_bits=("?)${WINDOW_BITS}\\1\\s*(;|$)`);

/**
 * The offers (RFC 7692, section 7.1) that shared messages suit: not those that ask for a smaller window. With none
 * left a client goes without compression; ws would refuse the connection.
 */
function withSharedWindow(offers: string): string {
  return offers
    .split(",")
    .map((offer) => offer.trim())
    .filter((offer) => !WINDOW.test(offer) || SHARED_WINDOW.test(offer))
    .join(", ");
}

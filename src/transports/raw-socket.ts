import { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import type { ServerOptions, WebSocket, WebSocketServer } from "ws";

/*
 * All that is done past ws and engine.io, which is: ready-made frames are written to the TCP connection beneath a
 * WebSocket, between the libraries' own. That is right as long as they hold nothing back; whether they do is tried at
 * start, on a connection in memory. Where it fails, the transports use the public ways, which cost more.
 */

const DEFLATE = "permessage-deflate";

/** What counts all that comes in on a connection. */
export interface Counter {
  count(): void;
  /** Whether more has come in of late than may. */
  readonly isTooFast: boolean;
}

/** A WebSocket with the TCP connection beneath it. */
export class RawSocket {
  /** Told of each message, ping and pong before anybody else is. */
  counter: Counter | undefined;
  /** Whether it takes messages deflated. Looked up once: ws puts a text together each time it is asked. */
  readonly deflates: boolean;

  constructor(
    readonly socket: WebSocket,
    private readonly stream: Duplex,
  ) {
    this.deflates = socket.extensions.includes(DEFLATE);
    const count = () => this.counter?.count();
    socket.on("message", count);
    socket.on("pong", count);
    // RFC 6455, section 5.5.3; ws itself would answer whether anybody reads it or not.
    socket.on("ping", (data: Buffer) => {
      count();
      if (this.open && this.counter?.isTooFast !== true) socket.pong(data);
    });
  }

  /** Whether data may still be sent: not once a Close frame was, by either side (RFC 6455, section 5.5.1). */
  get open(): boolean {
    return this.socket.readyState === this.socket.OPEN;
  }

  /** Whether it was closed from here, and the other side has yet to agree. */
  get isClosing(): boolean {
    return this.socket.readyState === this.socket.CLOSING;
  }

  /** Bytes handed over, but not yet taken by the network. */
  get unsent(): number {
    return this.stream.writableLength;
  }

  /** Writes a whole frame; `sent` is called when the network has taken it. */
  write(frame: Buffer, sent?: () => void): void {
    this.stream.write(frame, sent);
  }

  /** Ends the TCP connection within `ms`, and reads nothing more: a flood would go on at full speed until then. */
  cutWithin(ms: number): void {
    if (this.stream.destroyed) return;
    this.socket.pause();
    const timer = setTimeout(() => this.stream.destroy(), ms);
    this.stream.once("close", () => clearTimeout(timer));
  }
}

/** An engine.io connection, as far as it is looked into. */
export interface EngineQueue {
  /** Packets that engine.io has yet to send. */
  readonly writeBuffer: readonly {
    readonly data?: unknown;
    readonly options?: { readonly wsPreEncodedFrame?: readonly Buffer[] };
  }[];
}

/** Bytes that engine.io holds back for a connection, near enough: characters. */
export function heldBack({ writeBuffer }: EngineQueue): number {
  let bytes = 0;
  for (const { data, options } of writeBuffer ?? []) {
    const [frame] = options?.wsPreEncodedFrame ?? [];
    bytes += frame?.length ?? (typeof data === "string" || Buffer.isBuffer(data) ? data.length : 1);
  }
  return bytes;
}

/** Whether a frame written now comes after all that engine.io was given before. */
export function isInTurn({ writeBuffer }: EngineQueue): boolean {
  return writeBuffer?.length === 0;
}

/** Calls `listener` when a poll has come in, before engine.io answers it with what little it has to say itself. */
export function onPoll(transport: NodeJS.EventEmitter, listener: () => void): void {
  transport.prependListener("ready", listener);
}

/**
 * Keeps of a connection's first request what Socket.IO makes handshakes of, at each entry into a namespace; the rest,
 * streams and buffers, is 4 KB. Socket.IO's documentation (Memory usage) has it all let go of.
 */
export function slimRequest(connection: { request: IncomingMessage }): void {
  const { headers, url, method, _query, socket } = connection.request as IncomingMessage & {
    _query: unknown;
  };
  const { encrypted } = socket as Socket & { readonly encrypted?: boolean };
  const kept = { headers, url, method, _query, connection: { encrypted } };
  connection.request = kept as unknown as IncomingMessage;
}

/** What engine.io gives an upgrade for a response lives as long as the connection; without this it keeps the request. */
export function forgetRequest(response: object): void {
  setImmediate(() => Object.assign(response, { req: undefined }));
}

/** A TCP connection in memory. */
class MemoryStream extends Duplex {
  readonly written: Buffer[] = [];
  override _read(): void {}
  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.written.push(chunk);
    done();
  }
}

/** Frames of the texts "1" to "5", as they must come in this order. */
const NUMBERED = ["1", "2", "3", "4", "5"].map((text) =>
  Buffer.concat([Buffer.from([0x81, 1]), Buffer.from(text)]),
);
const PING = Buffer.from([0x89, 0]);

function upgradeRequest(stream: Duplex, url: string): IncomingMessage {
  const headers = {
    upgrade: "websocket",
    connection: "Upgrade",
    "sec-websocket-version": "13",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
  };
  return Object.assign(new IncomingMessage(stream as Socket), { method: "GET", url, headers });
}

function isWritten(stream: MemoryStream, frames: readonly (Buffer | undefined)[]): boolean {
  const wanted = Buffer.concat(frames.filter((frame) => frame !== undefined));
  return Buffer.concat(stream.written).includes(wanted);
}

/** Whether ws sends what it is given at once, so that frames written past it keep their place among its own. */
export function wsKeepsOrder(Engine: new (options: ServerOptions) => WebSocketServer): boolean {
  try {
    const stream = new MemoryStream();
    const [one, two, three] = NUMBERED;
    new Engine({ noServer: true }).handleUpgrade(
      upgradeRequest(stream, "/"),
      stream,
      Buffer.alloc(0),
      (socket) => {
        const raw = new RawSocket(socket, stream);
        socket.send("1");
        raw.write(two ?? PING);
        socket.ping();
        socket.send("3");
      },
    );
    const kept = isWritten(stream, [one, two, PING, three]);
    stream.destroy();
    return kept;
  } catch {
    return false;
  }
}

/** engine.io's server, as far as it is tried out. */
interface EngineServer {
  on(event: "connection", listener: (connection: EngineConnection) => void): void;
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}
interface EngineConnection extends EngineQueue {
  write(data: string): void;
  close(discard: boolean): void;
}

/** An engine that says nothing of a connection for this long (ms) is not as it was. */
const TRIAL_MS = 2000;

/** The same of engine.io: a server of the given class, with these options, sends a packet at once, or tells that it waits. */
export async function engineKeepsOrder(
  Engine: new (options: object) => EngineServer,
  options: object,
): Promise<boolean> {
  const stream = new MemoryStream();
  let timer: NodeJS.Timeout | undefined;
  try {
    const engine = new Engine(options);
    const connection = await new Promise<EngineConnection | undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), TRIAL_MS).unref();
      engine.on("connection", resolve);
      engine.handleUpgrade(upgradeRequest(stream, "/?EIO=4&transport=websocket"), stream, Buffer.alloc(0));
    });
    if (!connection) return false;
    const packet = (text: string) => Buffer.concat([Buffer.from([0x81, 2]), Buffer.from(`4${text}`)]);
    // Its first packet is under way until the network has taken it, and what is written meanwhile waits.
    await new Promise((resolve) => setImmediate(resolve));
    connection.write("1");
    const second = isInTurn(connection);
    if (second) stream.write(packet("2"));
    const third = isWritten(stream, [packet("1"), packet("2")]);
    const held = heldBack({ writeBuffer: [{ data: "12" }] }) === 2;
    connection.close(true);
    return second && third && held && Array.isArray(connection.writeBuffer);
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
    stream.destroy();
  }
}

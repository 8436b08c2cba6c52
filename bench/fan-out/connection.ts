import { connect, type Socket } from "node:net";
import type { Only } from "../../src/protocol/client-messages.js";
import { clientFrame, compressedFrame, FrameReader, type FrameSink } from "./frames.js";
import type { Call } from "./shapes.js";
import { Inflater, Witness } from "./witness.js";

/** Nothing that a server says besides boards is longer (bytes), once a client is subscribed. */
const KEEP_ALIVE_BYTES = 8;
/** Between two of the further messages that a client says, in ms. */
const TALK_MS = 300;
const PATHS = { "socket.io": "/socket.io/?EIO=4&transport=websocket", ws: "/odds" };
/** All connections read into one place: it is looked through before the next one is read. */
const CHUNK = Buffer.allocUnsafe(512 * 1024);

/** What a connection tells of itself. */
export interface Listener {
  upgraded(deflate: boolean): void;
  /** It has had the board that follows a subscription, and the next one: it is up to speed. */
  ready(): void;
  delivery(bytes: number): void;
  ended(why: string): void;
}

/** A client on a raw socket, that looks at no more than the headers of frames. */
export class Connection implements FrameSink {
  witness: Witness | undefined;
  /** What it watches; undefined for the whole board. */
  readonly view: Only | undefined;
  private readonly socket: Socket;
  private readonly frames = new FrameReader(this);
  private readonly sport: string;
  private head: string | undefined = "";
  private subscribed = false;
  private toBeReady: number;
  private bytes = 0;
  private compressed = false;
  private parts: Buffer[] = [];
  private inflater = new Inflater(false);
  private over = false;
  private deflates = false;

  constructor(
    private readonly call: Call,
    number: number,
    private readonly listener: Listener,
    private readonly isWitness: boolean,
  ) {
    this.sport = call.sports[number % call.sports.length] ?? "";
    this.view = call.views?.[number % call.views.length];
    // Ours acknowledges a subscription first; the others send the board they have, then the next. Nchan keeps one.
    this.toBeReady = call.wire === "nchan" ? 1 : 2;
    this.socket = connect({
      host: "127.0.0.1",
      port: call.port,
      // An address has 28,000 ports to call from; Linux has all of 127.0.0.0/8.
      ...(process.platform === "linux" ? { localAddress: `127.0.0.${2 + Math.floor(number / 2000)}` } : {}),
      onread: {
        buffer: CHUNK,
        callback: (size) => {
          this.take(size);
          return true;
        },
      },
    });
    this.socket.on("error", (error) => this.end(error.message));
    this.socket.on("close", () => this.end("closed"));
    this.socket.write(this.request());
  }

  /** Resets the connection: a goodbye would leave its port waiting for a minute. */
  hangUp(): void {
    this.over = true;
    this.socket.resetAndDestroy();
  }

  keeps(_opcode: number, length: number): boolean {
    return this.isWitness || !this.subscribed || length <= KEEP_ALIVE_BYTES;
  }

  frame(
    opcode: number,
    final: boolean,
    compressed: boolean,
    bytes: number,
    payload: Buffer | undefined,
  ): void {
    if (opcode === 9) this.socket.write(clientFrame(payload?.toString() ?? "", 10));
    else if (opcode === 8) this.end(`closed by the server: ${payload?.toString("utf8", 2) ?? ""}`);
    if (opcode > 2) return;
    if (opcode !== 0) this.compressed = compressed;
    this.bytes += bytes;
    if (payload) this.parts.push(payload);
    if (!final) return;
    const size = this.bytes;
    const parts = this.parts;
    this.bytes = 0;
    if (parts.length > 0) this.parts = [];
    this.message(size, parts.length > 1 ? Buffer.concat(parts) : parts[0]);
  }

  private message(bytes: number, payload: Buffer | undefined): void {
    if (!this.subscribed || bytes <= KEEP_ALIVE_BYTES + 2) {
      if (payload) this.answer(payload);
      return;
    }
    if (payload) this.witness?.take(payload, this.compressed);
    this.listener.delivery(bytes);
    if (this.toBeReady === 0) return;
    this.toBeReady -= 1;
    if (this.toBeReady === 0) this.listener.ready();
  }

  /** What there is to say before boards come, and to keep alive. */
  private answer(payload: Buffer): void {
    // What came compressed before this one was not kept, so that it cannot be read; all that is so short is a ping.
    if (this.subscribed && this.compressed) {
      // Whoever decodes everything has it in its window.
      this.witness?.take(payload, true);
      this.send("3");
      return;
    }
    const text = (this.compressed ? this.inflater.inflate(payload) : payload).toString();
    if (text === "2") this.send("3");
    else if (text.startsWith("0")) this.send("40/odds,");
    else if (text.startsWith("40/odds,")) this.subscribe();
    else if (text.startsWith("44")) this.end(text);
  }

  private subscribe(): void {
    const { wire, updates } = this.call;
    const asked = { type: "subscribe", sport: this.sport, updates, only: this.view };
    if (wire === "socket.io") this.send(`42/odds,["subscribe",${JSON.stringify(asked)}]`);
    else if (wire === "ws") this.send(JSON.stringify(asked));
    this.subscribed = true;
    this.talk(this.call.says ?? 0);
  }

  /** Says something that changes nothing, slowly enough for any limit. */
  private talk(times: number): void {
    if (times === 0 || this.over) return;
    const { wire } = this.call;
    const text = JSON.stringify({ type: "unsubscribe", sport: `nothing_${times}` });
    const said = wire === "socket.io" ? `42/odds,["message",${text}]` : text;
    this.socket.write(this.deflates ? compressedFrame(said) : clientFrame(said));
    setTimeout(() => this.talk(times - 1), TALK_MS);
  }

  private send(text: string): void {
    this.socket.write(clientFrame(text));
  }

  private request(): string {
    const { wire, offer } = this.call;
    const path = wire === "nchan" ? `/sub/${this.sport}` : PATHS[wire];
    return (
      `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
      `${offer ? `Sec-WebSocket-Extensions: ${offer}\r\n` : ""}\r\n`
    );
  }

  private take(size: number): void {
    const from = this.head === undefined ? 0 : this.upgrade(size);
    if (from >= 0) this.frames.take(CHUNK, from, size);
  }

  /** Reads the answer to the upgrade; where frames begin, or -1 while it is not complete. */
  private upgrade(size: number): number {
    const before = this.head?.length ?? 0;
    const head = this.head + CHUNK.toString("latin1", 0, size);
    const end = head.indexOf("\r\n\r\n");
    this.head = head;
    if (end < 0) return -1;
    this.head = undefined;
    if (!/^HTTP\/1\.1 101 /.test(head)) {
      this.end(head.split("\r\n")[0] ?? "");
      return -1;
    }
    const agreed = /^sec-websocket-extensions:(.*)$/im.exec(head)?.[1] ?? "";
    this.inflater = new Inflater(!agreed.includes("server_no_context_takeover"));
    if (this.isWitness) this.witness = new Witness(this.inflater);
    this.deflates = agreed.includes("permessage-deflate");
    this.listener.upgraded(this.deflates);
    if (this.call.wire !== "socket.io") this.subscribe();
    return end + 4 - before;
  }

  private end(why: string): void {
    if (this.over) return;
    this.over = true;
    this.socket.destroy();
    this.listener.ended(why);
  }
}

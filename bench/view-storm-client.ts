/*
 * Many connections, each with a view of its own, from addresses of 127.0.1.x, in one process: bench/view-storm.ts runs
 * it and tells it over IPC what to do. It is polite: it keeps to every limit that is told, reads all that it gets, and
 * goes on after each refusal. Ends with the process that started it.
 */
import { connect, type Socket } from "node:net";
import type { Only } from "../src/protocol/client-messages.js";
import { upgradeRequest } from "../test/helpers/raw-frames.js";
import { clientFrame, FrameReader, type FrameSink } from "./fan-out/frames.js";
import { OFFERS, pause } from "./fan-out/shapes.js";
import { Inflater } from "./fan-out/witness.js";

/** What the storm is told to do. Each view of `views` is asked for once, spread over `ms`. */
export type StormOrder =
  /** Opens a connection for each view. */
  | {
      readonly do: "open";
      readonly port: number;
      readonly sport: string;
      readonly views: readonly Only[];
      readonly ms: number;
    }
  /** Changes the views of those that are there, one after another. */
  | { readonly do: "change"; readonly views: readonly Only[]; readonly ms: number }
  | { readonly do: "tell" }
  | { readonly do: "close" };

/** What came of it since it was last told. */
export interface Storm {
  readonly did: StormOrder["do"];
  readonly open: number;
  readonly accepted: number;
  /** How many were refused, by the error's code. */
  readonly refused: Readonly<Record<string, number>>;
  /** How many connections ended that were not closed from here, by why. */
  readonly ended: Readonly<Record<string, number>>;
  readonly boards: number;
  readonly bytes: number;
}

/** A client may have 100 views: so many connections of an address are within that while they change. */
const OF_ADDRESS = 50;
/** What is longer (bytes, as it comes) is a board, and not looked at: the longest acknowledgement lists 60 words. */
const SMALL_BYTES = 2000;
const BATCH_MS = 10;
/** Our messages stand alone: none needs those before it. */
const inflater = new Inflater(false);

const none = () => ({
  accepted: 0,
  boards: 0,
  bytes: 0,
  refused: {} as Record<string, number>,
  ended: {} as Record<string, number>,
});
let seen = none();
let clients: StormClient[] = [];

/** A plain WebSocket that looks at short messages only. */
class StormClient implements FrameSink {
  private readonly socket: Socket;
  private readonly frames = new FrameReader(this);
  private head = "";
  private isUpgraded = false;
  private isOver = false;

  constructor(
    port: number,
    private readonly number: number,
    private readonly sport: string,
    private readonly first: Only,
  ) {
    const localAddress = `127.0.1.${1 + Math.floor(number / OF_ADDRESS)}`;
    this.socket = connect({ host: "127.0.0.1", port, localAddress });
    this.socket.on("data", (bytes) => this.take(bytes));
    this.socket.on("error", (error) => this.end(error.message));
    this.socket.on("close", () => this.end("closed"));
    this.socket.write(upgradeRequest("/odds", OFFERS.browser));
  }

  ask(only: Only): void {
    const updates = this.number % 2 === 0 ? "delta" : "full";
    this.socket.write(clientFrame(JSON.stringify({ type: "subscribe", sport: this.sport, updates, only })));
  }

  close(): void {
    this.isOver = true;
    this.socket.resetAndDestroy();
  }

  get isOpen(): boolean {
    return this.isUpgraded && !this.isOver;
  }

  keeps(_opcode: number, length: number): boolean {
    return length <= SMALL_BYTES;
  }

  frame(
    opcode: number,
    _final: boolean,
    compressed: boolean,
    bytes: number,
    payload: Buffer | undefined,
  ): void {
    seen.bytes += bytes;
    if (opcode === 9) this.socket.write(clientFrame(payload ?? "", 10));
    else if (opcode === 8) this.end(`closed with ${payload?.readUInt16BE(0) ?? "no code"}`);
    if (opcode > 2) return;
    const text = payload && (compressed ? inflater.inflate(payload) : payload).toString();
    if (text?.startsWith('{"type":"subscription_ack"')) seen.accepted += 1;
    else if (text?.startsWith('{"type":"error"'))
      count(seen.refused, /"code":"(\w+)"/.exec(text)?.[1] ?? text);
    else seen.boards += 1;
  }

  private take(bytes: Buffer): void {
    if (this.isUpgraded) {
      this.frames.take(bytes, 0, bytes.length);
      return;
    }
    const before = this.head.length;
    this.head += bytes.toString("latin1");
    const end = this.head.indexOf("\r\n\r\n");
    if (end < 0) return;
    if (!this.head.startsWith("HTTP/1.1 101 ")) {
      this.end(this.head.split("\r\n")[0] ?? "");
      return;
    }
    this.isUpgraded = true;
    this.ask(this.first);
    this.frames.take(bytes, end + 4 - before, bytes.length);
  }

  private end(why: string): void {
    if (this.isOver) return;
    this.isOver = true;
    count(seen.ended, why);
    this.socket.destroy();
  }
}

function count(of: Record<string, number>, what: string): void {
  of[what] = (of[what] ?? 0) + 1;
}

/** Does something with each view, evenly over `ms`. */
async function spread(views: readonly Only[], ms: number, use: (view: Only, i: number) => void) {
  const began = performance.now();
  for (let done = 0; done < views.length; await pause(BATCH_MS)) {
    const due = Math.min(
      views.length,
      Math.ceil(((performance.now() - began + BATCH_MS) / ms) * views.length),
    );
    for (; done < due; done += 1) {
      const view = views[done];
      if (view) use(view, done);
    }
  }
}

async function obey(order: StormOrder): Promise<void> {
  if (order.do === "open") {
    const { port, sport, views, ms } = order;
    await spread(views, ms, (view, i) => clients.push(new StormClient(port, i, sport, view)));
  } else if (order.do === "change") {
    await spread(order.views, order.ms, (view, i) => clients[i % clients.length]?.ask(view));
  } else if (order.do === "close") {
    for (const client of clients) client.close();
    clients = [];
  }
  const told: Storm = { did: order.do, open: clients.filter(({ isOpen }) => isOpen).length, ...seen };
  if (order.do === "tell") seen = none();
  process.send?.(told);
}

process.on("disconnect", () => process.exit(1));
process.on("message", (order: StormOrder) => void obey(order));

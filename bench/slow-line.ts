import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { now, pause } from "./fan-out/shapes.js";

/** What goes over the line in one go, in bytes: a packet. */
const PACKET_BYTES = 1460;
/** Of one connection, so much waits before the line at most (bytes); then its sender has to wait. */
const QUEUE_BYTES = 16 * 1024;

/** How slow a line is, each way. */
export interface Slowness {
  readonly bytesPerSecond: number;
  /** From one end to the other, in ms: half of a round trip. */
  readonly delayMs: number;
}

/** A slow line to a port of this machine: a TCP proxy whose connections share its bandwidth, packet by packet in turn. */
export interface SlowLine {
  readonly port: number;
  /** Bytes that have come out at the client's end so far. */
  readonly bytesDown: number;
  close(): void;
}

/** Opens a slow line on a free port. A connection takes a round trip to be made, as by TCP. */
export async function openSlowLine(to: number, slowness: Slowness): Promise<SlowLine> {
  const [up, down] = [new Way(slowness), new Way(slowness)];
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, async (near) => {
    near.setNoDelay();
    sockets.add(near);
    near.once("close", () => sockets.delete(near)).on("error", () => {});
    await pause(2 * slowness.delayMs);
    const far = connect({ host: "127.0.0.1", port: to, allowHalfOpen: true, noDelay: true });
    near.on("close", () => far.destroy());
    far.on("error", () => near.destroy());
    up.carry(near, far);
    down.carry(far, near);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    get bytesDown() {
      return down.bytes;
    },
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** What waits to go from one socket to another: packets, and at last its end. */
interface Flow {
  readonly from: Socket;
  readonly into: Socket;
  readonly packets: (Buffer | "end")[];
  size: number;
}

/** One way of a line. */
class Way {
  bytes = 0;
  private readonly waiting: Flow[] = [];
  private readonly travelling: { readonly into: Socket; readonly packet: Buffer | "end" }[] = [];
  private isBusy = false;
  /** When the last packet has left, in ms. */
  private freeAt = 0;

  constructor(private readonly slowness: Slowness) {}

  carry(from: Socket, into: Socket): void {
    const flow: Flow = { from, into, packets: [], size: 0 };
    from.on("data", (chunk: Buffer) => {
      for (let at = 0; at < chunk.length; at += PACKET_BYTES) {
        this.add(flow, chunk.subarray(at, at + PACKET_BYTES));
      }
      flow.size += chunk.length;
      if (flow.size > QUEUE_BYTES) from.pause();
    });
    from.on("end", () => this.add(flow, "end"));
    from.resume();
  }

  private add(flow: Flow, packet: Buffer | "end"): void {
    if (flow.packets.push(packet) === 1) this.waiting.push(flow);
    if (!this.isBusy) void this.send();
  }

  private async send(): Promise<void> {
    this.isBusy = true;
    for (let flow = this.waiting.shift(); flow; flow = this.waiting.shift()) {
      const packet = flow.packets.shift();
      if (flow.packets.length > 0) this.waiting.push(flow);
      if (packet) await this.pass(flow, packet);
    }
    this.isBusy = false;
  }

  private async pass(flow: Flow, packet: Buffer | "end"): Promise<void> {
    const { bytesPerSecond, delayMs } = this.slowness;
    const length = packet === "end" ? 0 : packet.length;
    this.freeAt = Math.max(this.freeAt, now()) + (1000 * length) / bytesPerSecond;
    // Timers are late: what counts is when it is due.
    if (this.freeAt > now()) await pause(this.freeAt - now());
    // Two timers of different length may fire out of turn: each lets in whatever came first.
    this.travelling.push({ into: flow.into, packet });
    setTimeout(() => this.arrive(), this.freeAt + delayMs - now());
    flow.size -= length;
    if (flow.size <= QUEUE_BYTES) flow.from.resume();
  }

  private arrive(): void {
    const first = this.travelling.shift();
    if (!first) return;
    const { into, packet } = first;
    if (packet === "end") into.end();
    else if (into.writable) into.write(packet);
    if (packet !== "end") this.bytes += packet.length;
  }
}

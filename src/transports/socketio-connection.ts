import type { Socket } from "socket.io";
import type { Connection, Refusal } from "../delivery/connection.js";
import type { PreparedMessage } from "../delivery/prepared-message.js";
import type { TransportCounts } from "../metrics.js";
import { type ClientToServerEvents, room, type ServerToClientEvents } from "../protocol/socketio-events.js";
import { type EngineQueue, heldBack, isInTurn, type RawSocket } from "./raw-socket.js";
import type { Seat } from "./seats.js";

/** A client in the `/odds` namespace. */
export type OddsSocket = Socket<ClientToServerEvents, ServerToClientEvents>;
/** The engine.io connection beneath it; its `id` is documented, but not in its types. */
export type EngineSocket = OddsSocket["conn"];

/** A client that is cut off gets this long (ms) to read why. */
const CUT_OFF_MS = 1000;
/**
 * Boards wait this long (ms) for a WebSocket that a polling client has opened; one that is slow needs two round trips.
 * Something between may let it be opened and nothing through, and engine.io gives it up after 10 s only.
 */
const UPGRADE_WAIT_MS = 3000;

/**
 * One engine.io connection: a WebSocket, or a polling client that takes messages only while a poll waits. It holds one
 * client at most, and outlives that one's leaving and coming back. A class, as ten thousand of them should not have
 * closures of their own.
 */
export class SocketIoConnection implements Connection {
  boards = 0;
  /** The client in `/odds`, while there is one. */
  socket: OddsSocket | undefined;
  /** The WebSocket; undefined while the client polls. */
  private raw: RawSocket | undefined;
  /** The WebSocket that a polling client is about to go on with. */
  private next: RawSocket | undefined;
  /** There while boards wait for that: by a poll they would go uncompressed, many times as large. */
  private stopWaiting: (() => void) | undefined;
  /** Namespaces that it has entered, or is entering. */
  private entered: readonly string[] = [];

  /** `direct` tells whether frames may be written past engine.io; see raw-socket.ts. */
  constructor(
    private readonly connection: EngineSocket,
    private readonly seat: Seat,
    readonly counts: TransportCounts,
    private readonly direct: () => boolean,
    raw: RawSocket | undefined,
  ) {
    this.raw = raw;
  }

  get id(): string {
    return this.socket?.id ?? (this.connection as unknown as { readonly id: string }).id;
  }

  get client(): string {
    return this.seat.client;
  }

  get open(): boolean {
    const { readyState, transport } = this.connection;
    if (readyState !== "open") return false;
    if (this.raw) return this.raw.open;
    return transport.name !== "polling" || (transport.writable && !this.stopWaiting);
  }

  get deflates(): boolean {
    return this.raw?.deflates === true;
  }

  get unsent(): number {
    return heldBack(this.queue) + (this.raw?.unsent ?? 0);
  }

  get unread(): number {
    return this.unsent - this.boards + (this.next?.unsent ?? 0);
  }

  private get queue(): EngineQueue {
    return this.connection as unknown as EngineQueue;
  }

  /** Takes a place in a namespace. False where it has one: a connection holds one client. */
  enter(namespace: string): boolean {
    if (this.entered.includes(namespace)) return false;
    this.entered = [...this.entered, namespace];
    return true;
  }

  /** Gives the place back. */
  exit(namespace: string): void {
    this.entered = this.entered.filter((one) => one !== namespace);
  }

  /** Whether a polling client has begun to go on with a WebSocket. */
  get isUpgrading(): boolean {
    return this.next?.open === true;
  }

  /** A polling client tries a WebSocket. `inVain` is called when boards go by polls again, as nothing came of it. */
  tries(raw: RawSocket, inVain: () => void): void {
    this.stopWaiting?.();
    // One before it is closed, or this one would not have come.
    this.next?.cutWithin(CUT_OFF_MS);
    this.next = raw;
    const giveUp = () => {
      this.stopWaiting?.();
      inVain();
    };
    const timer = setTimeout(giveUp, UPGRADE_WAIT_MS).unref();
    raw.socket.once("close", giveUp);
    this.stopWaiting = () => {
      clearTimeout(timer);
      raw.socket.off("close", giveUp);
      this.stopWaiting = undefined;
    };
  }

  /** It goes on with that. */
  upgraded(): void {
    this.stopWaiting?.();
    this.raw = this.next;
    this.next = undefined;
  }

  bytesOf(message: PreparedMessage): number {
    return this.raw ? message.packetFrame(this.deflates).length : message.size;
  }

  write(message: PreparedMessage, sent?: () => void): void {
    const { raw, connection } = this;
    if (!raw) connection.write(message.packet, { compress: false }, sent);
    // engine.io sends ready-made frames behind a Close as well.
    else if (!raw.open) sent?.();
    // What engine.io has yet to send goes first.
    else if (this.direct() && connection.readyState === "open" && isInTurn(this.queue)) {
      raw.write(message.packetFrame(this.deflates), sent);
    } else {
      const ready = { compress: false, wsPreEncodedFrame: [message.packetFrame(this.deflates)] };
      connection.write(message.packet, ready, sent);
    }
  }

  joined(sport: string): void {
    void this.socket?.join(room(sport));
  }

  left(sport: string): void {
    void this.socket?.leave(room(sport));
  }

  /** engine.io or Socket.IO has closed it: whoever goes on sending is not read. */
  closed(): void {
    if (this.raw?.isClosing) this.raw.cutWithin(CUT_OFF_MS);
    // engine.io closes this one right after.
    this.next?.cutWithin(CUT_OFF_MS);
  }

  refuse(why: Refusal): void {
    // It may come back with a new token, which Socket.IO's clients do by themselves if their transport is closed.
    // What waits for a slow one is thrown away with the connection: nothing would be read behind it. One that polls, and
    // may never again, would keep its session until a ping is due.
    if (why === "token expired") this.connection.close();
    else if (why === "too slow" || !this.socket || !this.raw) this.connection.close(true);
    else this.socket.disconnect(true);
    this.raw?.cutWithin(CUT_OFF_MS);
    this.next?.cutWithin(CUT_OFF_MS);
  }
}

import type { IncomingMessage } from "node:http";
import { ipKeyGenerator } from "express-rate-limit";
import proxyaddr from "proxy-addr";
import type { Claims } from "../delivery/claims.js";

/** An address as some proxies tell it, with the port that a connection came from: each would be another client. */
const WITH_PORT = /^(?:\[([\da-f:.]+)\]|([\d.]+))(?::\d+)?$/i;

/** How the limits call the client that a token names; an address is never taken for one. */
export function nameOf(claims: Claims | undefined): string | undefined {
  return claims?.sub === undefined ? undefined : `sub:${claims.sub}`;
}

/**
 * How they call another one: its connection's address, or the one that the `hops` proxies in front of us vouch for; of
 * IPv6 the network, as one client has many addresses there.
 */
export function addressOf(request: IncomingMessage, hops: number): string {
  // A request whose socket is gone already has no address.
  if (!request.socket.remoteAddress) return "unknown";
  const told = proxyaddr(request, (_address, i) => i < hops);
  const [, v6, v4] = WITH_PORT.exec(told) ?? [];
  return ipKeyGenerator(v6 ?? v4 ?? told);
}

/** How many connections each client holds, at all transports together. */
export class Seats {
  private readonly held = new Map<string, number>();

  /** A client may hold `most`. */
  constructor(private readonly most: number) {}

  /** Whether a client holds as many as it may. */
  isFull(client: string): boolean {
    return (this.held.get(client) ?? 0) >= this.most;
  }

  /** Counts a client's connection until the returned function is called; calling it again does nothing. */
  hold(client: string): () => void {
    this.held.set(client, (this.held.get(client) ?? 0) + 1);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      const left = (this.held.get(client) ?? 1) - 1;
      if (left > 0) this.held.set(client, left);
      else this.held.delete(client);
    };
  }
}

/** A connection's place among those that its client may hold. */
export class Seat {
  private release: (() => void) | undefined;

  constructor(
    private readonly seats: Seats,
    public client: string,
  ) {
    this.release = seats.hold(client);
  }

  /** It is the client's whom the token names, if that is another one. False where that one holds as many as it may, or the connection is gone. */
  moveTo(claims: Claims): boolean {
    const client = nameOf(claims) ?? this.client;
    if (client === this.client) return this.release !== undefined;
    if (!this.release || this.seats.isFull(client)) return false;
    this.release();
    this.client = client;
    this.release = this.seats.hold(client);
    return true;
  }

  /** The connection is gone. */
  leave(): void {
    this.release?.();
    this.release = undefined;
  }
}

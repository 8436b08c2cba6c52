import type { Faults } from "../faults.js";
import type { ClusterListener } from "../polling/cluster.js";
import type { CatchUp } from "./catch-up.js";
import type { Heartbeat } from "./heartbeat.js";
import type { Lease } from "./lease.js";
import { type Message, read, senderOf } from "./message-codec.js";
import type { Node } from "./node.js";
import type { Peers } from "./peers.js";

/** What the other processes say on the fleet's channel, and who here is to know of it. */
export class Inbox {
  constructor(
    private readonly node: Node,
    private readonly peers: Peers,
    private readonly lease: Lease,
    private readonly catchUp: CatchUp,
    private readonly heartbeat: Heartbeat,
    private readonly faults: Faults,
  ) {}

  /** A message came; this node's own is passed over. What cannot be read, or taken in, ends with that message. */
  receive(listener: ClusterListener, bytes: Buffer): void {
    if (senderOf(bytes) === this.node.id) return;
    try {
      const { from, message } = read(bytes);
      this.take(listener, from, message);
    } catch (thrown) {
      this.faults.note("What another process wrote is not understood", thrown);
    }
  }

  private take(listener: ClusterListener, from: string, message: Message): void {
    switch (message.kind) {
      case "step":
        if (listener.step(message.step, message.status)) break;
        this.catchUp.keep(message.step, message.status);
        this.heartbeat.now();
        break;
      case "status":
        listener.hear(message.sport, message.status);
        break;
      case "ask":
        listener.ask(message.sport, message.client);
        break;
      case "wants":
        if (this.lease.token !== undefined) this.peers.hear(listener, from, message.wanted, message.turn);
        break;
      case "lost":
        listener.rewrite(message.sport);
        break;
      case "left":
        this.peers.forget(listener, from);
        this.heartbeat.now();
        break;
      case "free":
        this.heartbeat.now();
    }
  }
}

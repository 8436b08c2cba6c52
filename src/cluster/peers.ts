import type { Faults } from "../faults.js";
import type { ClusterListener } from "../polling/cluster.js";
import { readNodeInfo } from "./record-codec.js";

/** Who is not among those alive in so many looks is gone: Redis may have lost one that will say so again. */
const LOOKS = 2;

/** What is known of one. */
interface Peer {
  nodeInfo: string;
  /** Which of its messages on what it wants was heard last. */
  turn: number;
  absent: number;
}

/** What the other processes want, as the leader is told of it. */
export class Peers {
  private readonly known = new Map<string, Peer>();

  /** `id` is this process's name. */
  constructor(
    private readonly id: string,
    private readonly faults: Faults,
  ) {}

  /** How many there are, as far as this process knows. */
  get count(): number {
    return this.known.size;
  }

  /** All processes that are alive, with what each told of itself. Who is gone has taken its demand with it. */
  see(listener: ClusterListener, alive: ReadonlyMap<string, string>): void {
    for (const [id, nodeInfo] of alive) {
      if (id === this.id) continue;
      const peer = this.peer(id);
      peer.absent = 0;
      if (peer.nodeInfo === nodeInfo) continue;
      peer.nodeInfo = nodeInfo;
      this.read(listener, id, peer);
    }
    for (const [id, peer] of this.known) {
      if (alive.has(id)) continue;
      peer.absent += 1;
      if (peer.absent >= LOOKS) this.forget(listener, id);
    }
  }

  /** One of them says what it wants; whether there still is such a process, the next looks tell. */
  hear(listener: ClusterListener, id: string, wanted: ReadonlyMap<string, number>, turn: number): void {
    const peer = this.peer(id);
    if (turn < peer.turn) return;
    peer.turn = turn;
    // What it tells of itself next is news again, whatever it told before.
    peer.nodeInfo = "";
    listener.wants(id, wanted);
  }

  /** One of them has left. */
  forget(listener: ClusterListener, id: string): void {
    if (this.known.delete(id)) listener.wants(id, new Map());
  }

  /** This process does not lead any more: what they want is another's to know. */
  clear(listener: ClusterListener): void {
    for (const id of [...this.known.keys()]) this.forget(listener, id);
  }

  private peer(id: string): Peer {
    const peer = this.known.get(id) ?? { nodeInfo: "", turn: 0, absent: 0 };
    this.known.set(id, peer);
    return peer;
  }

  private read(listener: ClusterListener, id: string, peer: Peer): void {
    try {
      const { wanted, turn } = readNodeInfo(peer.nodeInfo);
      // It was written before what was heard since.
      if (turn < peer.turn) return;
      peer.turn = turn;
      listener.wants(id, wanted);
    } catch (thrown) {
      this.faults.note("What another process tells of itself is not understood", thrown);
    }
  }
}

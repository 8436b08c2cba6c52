import type { Faults } from "../faults.js";
import type { ClusterListener } from "../polling/cluster.js";
import { readNodeInfo } from "./codec.js";

/** Who is not among those alive in so many looks is gone: Redis may have lost one that will say so again. */
const LOOKS = 2;

interface Other {
  nodeInfo: string;
  /** Which of its words on what it wants was heard last. */
  turn: number;
  absent: number;
}

/** What the other processes want, as the one that reads is told of it. */
export class Peers {
  private readonly known = new Map<string, Other>();

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
      const other = this.other(id);
      other.absent = 0;
      if (other.nodeInfo === nodeInfo) continue;
      other.nodeInfo = nodeInfo;
      this.read(listener, id, other);
    }
    for (const [id, other] of this.known) {
      if (alive.has(id)) continue;
      other.absent += 1;
      if (other.absent >= LOOKS) this.forget(listener, id);
    }
  }

  /** One of them says what it wants; whether there still is such a process, the next looks tell. */
  hear(listener: ClusterListener, id: string, wanted: ReadonlyMap<string, number>, turn: number): void {
    const other = this.other(id);
    if (turn < other.turn) return;
    other.turn = turn;
    // What it tells of itself next is news again, whatever it told before.
    other.nodeInfo = "";
    listener.wants(id, wanted);
  }

  /** One of them has left. */
  forget(listener: ClusterListener, id: string): void {
    if (this.known.delete(id)) listener.wants(id, new Map());
  }

  /** This process does not read any more: what they want is another's to know. */
  clear(listener: ClusterListener): void {
    for (const id of [...this.known.keys()]) this.forget(listener, id);
  }

  private other(id: string): Other {
    const other = this.known.get(id) ?? { nodeInfo: "", turn: 0, absent: 0 };
    this.known.set(id, other);
    return other;
  }

  private read(listener: ClusterListener, id: string, other: Other): void {
    try {
      const { wanted, turn } = readNodeInfo(other.nodeInfo);
      // It was written before what was heard since.
      if (turn < other.turn) return;
      other.turn = turn;
      listener.wants(id, wanted);
    } catch (thrown) {
      this.faults.note("What another process tells of itself is not understood", thrown);
    }
  }
}

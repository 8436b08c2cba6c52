import type { Faults } from "../faults.js";
import type { ClusterListener } from "../odds/ports.js";
import { readPresence } from "./travel.js";

/** What the other processes want, as the one that reads is told of it. */
export class Others {
  private readonly presences = new Map<string, string>();

  /** `id` is this process's name. */
  constructor(
    private readonly id: string,
    private readonly faults: Faults,
  ) {}

  /** All processes that are alive, with what each told of itself. Who is not among them is gone, and its demand with it. */
  see(listener: ClusterListener, alive: ReadonlyMap<string, string>): void {
    for (const [id, presence] of alive) {
      if (id === this.id || this.presences.get(id) === presence) continue;
      this.presences.set(id, presence);
      try {
        listener.wants(id, readPresence(presence).wanted);
      } catch (thrown) {
        this.faults.note("What another process tells of itself is not understood", thrown);
      }
    }
    for (const id of [...this.presences.keys()]) {
      if (alive.has(id)) continue;
      this.presences.delete(id);
      listener.wants(id, new Map());
    }
  }

  /** One of them says what it wants; whether there still is such a process, the next look tells. */
  hear(listener: ClusterListener, id: string, wanted: ReadonlyMap<string, number>): void {
    this.presences.set(id, "");
    listener.wants(id, wanted);
  }
}

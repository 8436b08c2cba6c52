import type { Cluster, ClusterListener, ProcessReport } from "../polling/cluster.js";
import { reportOf } from "./report.js";

/** One process by itself: it reads, and has nobody to tell. */
export class Solo implements Cluster {
  readonly id = "solo";
  readonly leads = true;
  readonly connected = true;
  private listener: ClusterListener | undefined;

  async start(listener: ClusterListener): Promise<void> {
    this.listener = listener;
  }

  now(): number {
    return Date.now();
  }

  async publish(): Promise<boolean> {
    return true;
  }

  rewrite(): void {}

  tell(): void {}

  ask(): void {}

  want(): void {}

  async processes(): Promise<ProcessReport[]> {
    return this.listener ? [reportOf(this.id, this.listener.nodeInfo(), true)] : [];
  }

  unwell(): void {}

  async stepDown(): Promise<void> {}

  async close(): Promise<void> {}
}

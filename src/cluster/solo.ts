import type { Cluster, ClusterListener, ProcessReport } from "../polling/cluster.js";
import { reportOf } from "./report.js";

/** One process by itself: it reads, and has nobody to tell. */
export class Solo implements Cluster {
  readonly leads = true;
  readonly connected = true;
  private listener: ClusterListener | undefined;

  /** `id` is this process's name. */
  constructor(readonly id: string) {}

  async start(listener: ClusterListener): Promise<void> {
    this.listener = listener;
  }

  now(): number {
    return Date.now();
  }

  async publish(): Promise<boolean> {
    return true;
  }

  async processes(): Promise<ProcessReport[]> {
    return this.listener ? [reportOf(this.id, this.listener.nodeInfo(), true)] : [];
  }

  async stepDown(): Promise<void> {}

  async close(): Promise<void> {}
}

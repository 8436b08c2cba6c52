import { readdirSync, readFileSync } from "node:fs";

/** What a process holds, as Linux tells it. */
export interface Vitals {
  /** Resident memory, in MB. */
  readonly rssMb: number;
  readonly descriptors: number;
}

/** What a process holds now. */
export function vitals(pid: number): Vitals {
  const kb = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return { rssMb: Number(kb) / 1024, descriptors: readdirSync(`/proc/${pid}/fd`).length };
}

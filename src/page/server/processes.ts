import type { ProcessReport } from "../../client/index.js";

/** A process, and what sets it apart. */
export interface ProcessRow extends ProcessReport {
  /** It is the one that answered. */
  readonly isThis: boolean;
  /** Its release is not the one that most have. */
  readonly isOther: boolean;
}

/** The processes by port and name; of releases that equally many have, that of the one that reads is the usual one. */
export function processRows(processes: readonly ProcessReport[], thisId: string | undefined): ProcessRow[] {
  const usual = usualRelease(processes);
  return processes
    .map((each) => ({ ...each, isThis: each.id === thisId, isOther: each.release !== usual }))
    .sort((one, other) => (one.port ?? 0) - (other.port ?? 0) || (one.id < other.id ? -1 : 1));
}

function usualRelease(processes: readonly ProcessReport[]): string | undefined {
  const having = (release: string | undefined) =>
    processes
      .filter((each) => each.release === release)
      .reduce((sum, { reader }) => sum + (reader ? 1.5 : 1), 0);
  return processes
    .map(({ release }) => release)
    .reduce((most, release) => (having(release) > having(most) ? release : most), processes[0]?.release);
}

import type { NodeInfo, ProcessReport } from "../polling/cluster.js";

/** What everybody may know of a process. */
export function reportOf(
  id: string,
  { clients, wanted, positions }: NodeInfo,
  reader: boolean,
): ProcessReport {
  return {
    id,
    clients,
    wanted: [...wanted.keys()].sort(),
    reader,
    versions: Object.fromEntries([...positions].map(([sport, { version }]) => [sport, version])),
  };
}

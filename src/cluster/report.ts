import type { Presence, ProcessReport } from "../odds/ports.js";

/** What everybody may know of a process. */
export function reportOf(id: string, { clients, wanted, heads }: Presence, reader: boolean): ProcessReport {
  return {
    id,
    clients,
    wanted: [...wanted.keys()].sort(),
    reader,
    versions: Object.fromEntries([...heads].map(([sport, { version }]) => [sport, version])),
  };
}

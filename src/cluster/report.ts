import { z } from "zod";
import type { NodeInfo, ProcessReport } from "../polling/cluster.js";
import { hashSchema, readNodeInfo } from "./record-codec.js";

const replySchema = z.tuple([z.string(), hashSchema]);

/** What everybody may know of a process. `leads`: it reads the upstream. */
export function reportOf(
  id: string,
  { port, release, clients, wanted, positions }: NodeInfo,
  leads: boolean,
): ProcessReport {
  return {
    id,
    port,
    release,
    clients,
    wanted: [...wanted.keys()].sort(),
    reader: leads,
    versions: Object.fromEntries([...positions].map(([sport, { version }]) => [sport, version])),
  };
}

/**
 * All processes, by what the script `PROCESSES` returns; but for those that tell of themselves what is not understood.
 * Throws when the whole is not of the form.
 */
export function reportsOf(reply: unknown): ProcessReport[] {
  const [lease, nodeInfos] = replySchema.parse(reply);
  return [...nodeInfos].flatMap(([id, text]) => {
    try {
      return [reportOf(id, readNodeInfo(text), lease.startsWith(`${id}:`))];
    } catch {
      return [];
    }
  });
}

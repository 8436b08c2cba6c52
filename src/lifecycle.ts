import type { Config } from "./config.js";
import type { Cluster } from "./polling/cluster.js";
import type { OddsSource } from "./polling/odds-source.js";
import type { RoleSwitch } from "./polling/role-switch.js";
import { spreadOf } from "./transports/drain.js";
import type { HttpServer } from "./transports/http-server.js";
import type { Transport } from "./transports/transport.js";

/**
 * Shares of the grace: by the first, reads under way are over and another process may read; by the second all clients
 * are told to go, by the third they should be gone; requests under way get until the last, then all is cut off.
 */
const HANDOVER_SHARE = 0.1;
const SPREAD_SHARE = 0.4;
const DRAIN_SHARE = 0.5;
const CUT_SHARE = 0.85;

/** What is to finish something before the end. */
export interface Closing {
  close(): Promise<void>;
}

/**
 * Stops a server within the grace: sends clients elsewhere, finishes what is under way, and resolves with the port
 * free. In this order: another process reads, clients go, requests end, the history is closed, what is left is cut off, the cluster hears it.
 */
export async function stopInOrder(
  role: RoleSwitch,
  transports: readonly Transport[],
  http: HttpServer,
  source: OddsSource,
  cluster: Cluster,
  history: Closing | undefined,
  { SHUTDOWN_GRACE_MS }: Pick<Config, "SHUTDOWN_GRACE_MS">,
): Promise<void> {
  const began = performance.now();
  const left = (share: number) => SHUTDOWN_GRACE_MS * share - (performance.now() - began);
  // Whoever is still here goes on getting boards.
  const handedOver = role.stepDown(left(HANDOVER_SHARE));
  const clients = () => transports.reduce((sum, transport) => sum + transport.clients, 0);
  const spreadMs = spreadOf(clients(), left(SPREAD_SHARE));
  for (const transport of transports) transport.drain(spreadMs);
  await until(() => clients() === 0, left(DRAIN_SHARE));
  role.stop();
  await handedOver;
  const closed = http.close();
  for (const transport of transports) transport.close();
  await Promise.race([closed, pause(left(DRAIN_SHARE))]);
  // A request that waits for a silent upstream gets its answer now.
  source.close();
  // Nothing is read from here on: what was is kept.
  const kept = history?.close();
  await Promise.race([closed, pause(left(CUT_SHARE))]);
  http.cutOff();
  await closed;
  await Promise.race([Promise.all([cluster.close(), kept]), pause(left(1))]);
}

/** Resolves after a time, in ms; holds up no process that could end. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)).unref());
}

async function until(reached: () => boolean, ms: number): Promise<void> {
  const deadline = performance.now() + ms;
  while (!reached() && performance.now() < deadline) await pause(20);
}

import path from "node:path";
import { expect } from "vitest";
import { freePort, type ServerProcess, startProcess } from "./process.js";

/** Where the examples are. */
export const examples = path.resolve(import.meta.dirname, "../../examples");

/** What an example says now of how old its prices are, and of what is wrong. */
export type Shown = () => string | Promise<string>;

/** That of prices which may be relied on. */
export const LIVE = /\blive,? \d+ s old/i;

/** A built server with simulated odds and quick ticks, listening at `port`. */
export async function serve(port: number, env: Record<string, string> = {}): Promise<ServerProcess> {
  const quick = { ODDS_POLL_INTERVAL_MS: "500", LOG_LEVEL: "info", ...env };
  const server = startProcess({ PORT: String(port), HOST: "127.0.0.1", ODDS_SOURCE: "simulated", ...quick });
  await server.listening();
  return server;
}

/** Expects that what is shown comes to this, within three times the time (ms) that examples/README.md tells. */
export const comesTo = (shown: Shown, pattern: RegExp, told: number) =>
  expect.poll(shown, { timeout: 3 * told, interval: 20 }).toMatch(pattern);

/** Opens an example beside a server that is killed, comes back at the same port, freezes, and goes on. */
export async function goesThroughTrouble(
  open: (url: string) => Shown | Promise<Shown>,
  says: { readonly killed: RegExp; readonly frozen: RegExp },
): Promise<void> {
  const port = await freePort();
  const killed = await serve(port);
  const shown = await open(`http://127.0.0.1:${port}`);
  await comesTo(shown, LIVE, 5000);
  killed.child.kill("SIGKILL");
  await comesTo(shown, says.killed, 2000);
  const frozen = await serve(port);
  await comesTo(shown, LIVE, 5000);
  frozen.child.kill("SIGSTOP");
  await comesTo(shown, says.frozen, 5000);
  // Nothing comes, and the age counts on.
  await comesTo(shown, /stale,? [4-9] s old/i, 5000);
  frozen.child.kill("SIGCONT");
  await comesTo(shown, LIVE, 5000);
}

import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import path from "node:path";
import { expect } from "vitest";
import { freePort, type ServerProcess, startProcess, temporaryFolder } from "./process.js";

const repository = path.resolve(import.meta.dirname, "../..");

/** Where the examples are. */
export const examples = path.join(repository, "examples");

/**
 * A copy of an example with what its package.json asks for, as `npm install` puts it, but without a registry: the client
 * library is the server's, everything else this repository's.
 */
export async function installed(example: string, url: string): Promise<string> {
  const folder = temporaryFolder();
  cpSync(path.join(examples, example), folder, {
    recursive: true,
    filter: (file) => path.basename(file) !== "node_modules",
  });
  const modules = path.join(folder, "node_modules");
  const library = path.join(modules, "live-odds-client");
  mkdirSync(library, { recursive: true });
  const archive = Buffer.from(await (await fetch(`${url}/live-odds-client.tgz`)).arrayBuffer());
  execFileSync("tar", ["xz", "--strip-components=1", "-C", library], { input: archive });
  for (const name of Object.keys({ ...packagesOf(folder), ...packagesOf(library) })) {
    if (name === "live-odds-client") continue;
    mkdirSync(path.dirname(path.join(modules, name)), { recursive: true });
    symlinkSync(path.join(repository, "node_modules", name), path.join(modules, name));
  }
  return folder;
}

/** What a folder's package.json asks for: versions, by the packages' names. */
export function packagesOf(folder: string): Record<string, string> {
  const { dependencies, devDependencies } = JSON.parse(
    readFileSync(path.join(folder, "package.json"), "utf8"),
  );
  return { ...dependencies, ...devDependencies };
}

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

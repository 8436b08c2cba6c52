import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { TEST_KEY } from "../../../test/helpers/fake-odds-api.js";
import { temporaryFolder } from "../child.js";

/** Builds our server from a repository into a folder of its own, and gives its script. */
export function build(root: string): string {
  const folder = temporaryFolder();
  const out = path.join(folder, "dist");
  mkdirSync(out);
  writeFileSync(path.join(folder, "package.json"), '{"type":"module","version":"bench"}');
  symlinkSync(path.join(root, "node_modules"), path.join(folder, "node_modules"));
  const tsc = path.join(root, "node_modules/typescript/bin/tsc");
  try {
    execFileSync(process.execPath, [tsc, "-p", path.join(root, "tsconfig.build.json"), "--outDir", out], {
      stdio: ["ignore", "pipe", "pipe"],
    });
  } catch (error) {
    // It is written all the same; whether it runs is seen soon.
    const told = error instanceof Error && "stdout" in error ? String(error.stdout) : String(error);
    process.stderr.write(`${root} does not compile cleanly: ${told.split("\n")[0]}\n`);
  }
  return path.join(out, "index.js");
}

/** What our server is told. */
export function environment(port: number, upstream: string, tickMs: number): Record<string, string> {
  return {
    PORT: String(port),
    HOST: "127.0.0.1",
    THE_ODDS_API_KEY: TEST_KEY,
    ODDS_API_BASE_URL: upstream,
    ODDS_PACING: "off",
    ODDS_POLL_INTERVAL_MS: String(tickMs),
    ODDS_CACHE_TTL_MS: String(tickMs),
    MAX_CONNECTIONS_PER_IP: "1000000",
    RATE_LIMIT_MAX: "1000000",
    LOG_LEVEL: "error",
    // The others keep nothing. HISTORY=on tells what that costs.
    HISTORY: process.env.HISTORY ?? "off",
    HISTORY_PATH: path.join(temporaryFolder(), "history.db"),
  };
}

/** Our board as REST tells it. */
export async function restBoard(port: number, sport: string): Promise<unknown> {
  const response = await fetch(`http://127.0.0.1:${port}/api/odds/live?sport=${sport}`);
  return ((await response.json()) as { odds: unknown }).odds;
}

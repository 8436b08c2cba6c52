import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import path from "node:path";
import { inject } from "vitest";

const repository = path.resolve(import.meta.dirname, "../..");

/** Longer than a build takes on a busy machine (ms): who began it has died. */
const LOST_MS = 30_000;

/**
 * The server as `npm run build` leaves it, in a folder for all tests to read and none to write. The first who asks
 * builds it, the others wait for that: a process of what is built starts in half the time (1.6 s of CPU less) of one
 * that is run from source.
 */
export function builtServer(): string {
  const folder = path.join(inject("buildFolder"), "server");
  const begun = path.join(inject("buildFolder"), "begun");
  while (!existsSync(folder)) {
    if (isFirst(begun)) build(folder, begun);
    // Nothing else goes on in a worker that waits, as in one that builds.
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
  }
  return folder;
}

/** Whether nobody has begun to build before, or whoever did is dead. */
function isFirst(begun: string): boolean {
  try {
    if (Date.now() - statSync(begun).mtimeMs > LOST_MS) rmSync(begun, { recursive: true, force: true });
  } catch {
    // Nobody has.
  }
  try {
    mkdirSync(begun);
    return true;
  } catch {
    return false;
  }
}

function build(folder: string, begun: string): void {
  try {
    const making = mkdtempSync(path.join(inject("buildFolder"), "making-"));
    cpSync(path.join(repository, "package.json"), path.join(making, "package.json"));
    symlinkSync(path.join(repository, "node_modules"), path.join(making, "node_modules"));
    const dist = path.join(making, "dist");
    const project = path.join(repository, "tsconfig.build.json");
    for (const [script, ...args] of [
      // Types are what `npm run typecheck` looks at; without them the same files come in a third of the time.
      ["node_modules/typescript/bin/tsc", "-p", project, "--noCheck", "--outDir", dist],
      ["deploy/client-package.mjs", dist, "test"],
      ["deploy/page.mjs", dist],
    ] as const) {
      execFileSync(process.execPath, [path.join(repository, script), ...args], { stdio: "inherit" });
    }
    if (!existsSync(folder)) renameSync(making, folder);
  } finally {
    rmSync(begun, { recursive: true, force: true });
  }
}

/** The folder of that build's web page, for a server in the test's own process to serve. */
export const realPage = (): string => path.join(builtServer(), "dist/page");

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  export interface ProvidedContext {
    /** A folder for what is built once for all tests of a run (build.ts); it is gone after the run. */
    buildFolder: string;
  }
}

/** Run by Vitest before the first test; what it gives back is run after the last. */
export default function setUp(project: TestProject): () => void {
  const folder = mkdtempSync(path.join(tmpdir(), "live-odds-built-"));
  project.provide("buildFolder", folder);
  return () => rmSync(folder, { recursive: true, force: true });
}

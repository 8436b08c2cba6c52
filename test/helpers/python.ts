import { execFile, execFileSync } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { expect } from "vitest";

/** A Python that has these modules; undefined where there is none. */
function pythonWith(modules: string): string | undefined {
  return ["/usr/bin/python3", "python3"].find((candidate) => {
    try {
      execFileSync(candidate, ["-c", `import ${modules}`], { stdio: "ignore" });
      return true;
    } catch {
      return false;
    }
  });
}

/** A Python with these modules. Skips the test where there is none; in CI there must be one: .ci/run installs it. */
export function pythonFor(context: { skip(note: string): void }, modules: string): string {
  const python = pythonWith(modules);
  if (!python && !process.env.CI) context.skip(`no python3 with ${modules} here; .ci/run installs them`);
  expect(python, `CI must have a python3 with ${modules}: .ci/run installs them`).toBeDefined();
  return python ?? "";
}

/** Runs a script of test/interop with a Python that has these modules, and resolves with the JSON lines that it prints. */
export async function jsonFromPython(
  context: { skip(note: string): void },
  modules: string,
  script: string,
  ...args: readonly string[]
): Promise<unknown[]> {
  const python = pythonFor(context, modules);
  const file = path.resolve(import.meta.dirname, "../interop", script);
  const { stdout } = await promisify(execFile)(python, [file, ...args], { maxBuffer: 2 ** 26 });
  return stdout
    .trim()
    .split("\n")
    .map((line): unknown => JSON.parse(line));
}

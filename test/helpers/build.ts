import { execFileSync } from "node:child_process";
import { cpSync, symlinkSync } from "node:fs";
import path from "node:path";
import { temporaryFolder } from "./process.js";

const repository = path.resolve(import.meta.dirname, "../..");

/** The server as `npm run build` leaves it, in a folder of its own that is gone after the test. */
export function builtServer(): string {
  const folder = temporaryFolder();
  cpSync(path.join(repository, "package.json"), path.join(folder, "package.json"));
  symlinkSync(path.join(repository, "node_modules"), path.join(folder, "node_modules"));
  execFileSync(
    process.execPath,
    [
      path.join(repository, "node_modules/typescript/bin/tsc"),
      ...["-p", path.join(repository, "tsconfig.build.json"), "--outDir", path.join(folder, "dist")],
    ],
    { stdio: "inherit" },
  );
  return folder;
}

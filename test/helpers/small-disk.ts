import { execFileSync } from "node:child_process";
import { closeAfter } from "./closing.js";
import { temporaryFolder } from "./process.js";

/** A disk of so many MB of its own, gone after the test; undefined where this user may not mount one. */
export function smallDisk(megabytes: number): string | undefined {
  const folder = temporaryFolder();
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", folder], { stdio: "ignore" });
  } catch {
    return undefined;
  }
  return closeAfter(folder, () => execFileSync("umount", ["--lazy", folder]));
}

/** Has such a disk be read only from now on, or no more. */
export function remount(folder: string, how: "ro" | "rw"): void {
  execFileSync("mount", ["-o", `remount,${how}`, folder]);
}

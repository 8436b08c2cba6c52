import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { lock } from "../../deploy/lock.mjs";
import { closeAfter } from "../helpers/closing.js";
import { temporaryFolder } from "../helpers/process.js";

const LOCK = pathToFileURL(path.resolve(import.meta.dirname, "../../deploy/lock.mjs")).href;
const newFile = () => path.join(temporaryFolder(), "a.lock");

/** A process that takes a lock at a time (ms since the epoch), says whether it has it, and stays. */
function taker(file: string, at: number) {
  const script = `
    const { lock } = await import(${JSON.stringify(LOCK)});
    while (Date.now() < ${at});
    console.log(lock(${JSON.stringify(file)}) ? "has it" : "has it not");
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  closeAfter(child, () => child.kill("SIGKILL"));
  const said = once(createInterface({ input: child.stdout }), "line").then(([line]) => String(line));
  return { child, said };
}

/** A lock whose holder was killed. */
async function orphaned() {
  const file = newFile();
  const { child, said } = taker(file, 0);
  expect(await said).toBe("has it");
  child.kill("SIGKILL");
  await once(child, "exit");
  return { file, pid: child.pid ?? 0 };
}

describe("The lock of a rollout", () => {
  it("is one's own until it is given back", () => {
    const file = newFile();
    const unlock = lock(file);
    expect(unlock).toBeTypeOf("function");
    expect(lock(file)).toBeUndefined();
    unlock?.();
    expect(existsSync(file)).toBe(false);
  });

  it("is taken over from a holder that was killed", async () => {
    const { file } = await orphaned();
    expect(lock(file)).toBeTypeOf("function");
    expect(lock(file)).toBeUndefined();
  });

  it("is taken over where the holder's number is another process's by now", async () => {
    const { file, pid } = await orphaned();
    const ours = String(
      spawnSync(process.execPath, ["-p", "process.ppid"], { encoding: "utf8" }).stdout,
    ).trim();
    writeFileSync(file, readFileSync(file, "utf8").replace(String(pid), ours));
    expect(lock(file)).toBeTypeOf("function");
  });

  it("is one's only, where several find a dead holder's in the same moment", async () => {
    for (let round = 0; round < 3; round += 1) {
      const { file } = await orphaned();
      const at = Date.now() + 1000;
      const takers = Array.from({ length: 4 }, () => taker(file, at));
      const answers = await Promise.all(takers.map(({ said }) => said));
      expect(answers.filter((answer) => answer === "has it")).toHaveLength(1);
    }
  });
});

import { mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { LogFile } from "../src/log-file.js";
import { startSource, temporaryFolder } from "./helpers/process.js";

const PROCESSES = 4;
const LINES = 5000;
const LINE_BYTES = 115;
const MAX_BYTES = 64 * 1024;

/** Of a log file that is to work all the time. */
const onlyWorks = {
  failed: (error: Error) => expect.fail(error.message),
  recovered: () => expect.fail("it had not failed"),
};

describe("A log file that several processes write", () => {
  it("is rotated when it is full and not before, and no line is lost", async () => {
    const folder = temporaryFolder();
    const ends = Array.from({ length: PROCESSES }, (_, i) =>
      startSource("test/helpers/log-writer.ts", {
        FILE: path.join(folder, "combined.log"),
        NAME: `process-${i}`,
        LINES: String(LINES),
        MAX_BYTES: String(MAX_BYTES),
        FILES: "1000",
      }),
    ).map(({ ended }) => ended);
    for (const end of await Promise.all(ends)) expect(end).toEqual({ code: 0, signal: null, stderr: "" });

    const files = readdirSync(folder);
    const found = files.flatMap((name) =>
      readFileSync(path.join(folder, name), "utf8").trimEnd().split("\n"),
    );
    const written = Array.from({ length: PROCESSES }, (_, i) =>
      Array.from({ length: LINES }, (_, line) => `process-${i} ${line}`),
    ).flat();
    expect(found.map((line) => line.split(" x")[0]).sort()).toEqual(written.sort());
    const full = files
      .filter((name) => name !== "combined.log")
      .map((name) => statSync(path.join(folder, name)).size);
    // While one process rotates, the others go on in the file that it puts away: how much is the system's to say.
    expect(full.length).toBeGreaterThan(5);
    expect(Math.min(...full)).toBeGreaterThan(MAX_BYTES - 2 * LINE_BYTES);
  });

  it("is rotated again after a process has died at it", () => {
    const folder = temporaryFolder();
    const file = path.join(folder, "combined.log");
    writeFileSync(file, "from the run before\n");
    const claim = `${file}.rotating`;
    mkdirSync(claim);
    const log = new LogFile(file, { maxBytes: 30, files: 2 }, onlyWorks);
    log.write("while another may be at it\n");
    expect(readdirSync(folder)).toEqual(["combined.log", "combined.log.rotating"]);
    const longAgo = Date.now() / 1000 - 60;
    utimesSync(claim, longAgo, longAgo);
    log.write("when it surely is not\n");
    expect(readdirSync(folder)).toEqual(["combined.log", "combined.log.1"]);
    expect(readFileSync(file, "utf8")).toBe("when it surely is not\n");
  });
});

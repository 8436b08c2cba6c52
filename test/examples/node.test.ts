import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, symlinkSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { comesTo, examples, goesThroughTrouble, serve } from "../helpers/example.js";
import { freePort, runProgram, type ServerProcess, temporaryFolder } from "../helpers/process.js";

const statusIn = (lines: readonly string[]) => lines.findLast((line) => /^\w+: /.test(line)) ?? "";

/** Runs the example with the package of this server, as `npm install` puts it, but without a registry. */
async function run(url: string, ...args: readonly string[]): Promise<ServerProcess> {
  const folder = temporaryFolder();
  cpSync(path.join(examples, "node"), folder, {
    recursive: true,
    filter: (file) => path.basename(file) !== "node_modules",
  });
  const modules = path.join(folder, "node_modules");
  mkdirSync(path.join(modules, "live-odds-client"), { recursive: true });
  const archive = Buffer.from(await (await fetch(`${url}/live-odds-client.tgz`)).arrayBuffer());
  const into = path.join(modules, "live-odds-client");
  execFileSync("tar", ["xz", "--strip-components=1", "-C", into], { input: archive });
  symlinkSync(
    path.resolve(examples, "../node_modules/socket.io-client"),
    path.join(modules, "socket.io-client"),
  );
  return runProgram(process.execPath, ["odds.mjs", url, ...args], { cwd: folder });
}

it("The example in Node shows prices and their age, and says when the server is killed, back, or frozen", {
  timeout: 120_000,
}, async () => {
  let lines: readonly string[] = [];
  await goesThroughTrouble(
    async (url) => {
      ({ lines } = await run(url));
      return () => statusIn(lines);
    },
    {
      killed: /STALE, \d+ s old\. No connection to http/,
      frozen: /STALE, \d+ s old\. (SILENT|The server does not)/,
    },
  );
  expect(lines).toContainEqual(
    expect.stringMatching(/^ {2}[A-Z].+ \d+(\.\d+)? \(.+\), [A-Z].+ \d+(\.\d+)? \(.+\)$/),
  );
});

it("The example in Node says what the server refuses, and what to do", async () => {
  const port = await freePort();
  await serve(port);
  const { lines } = await run(`http://127.0.0.1:${port}`, "curling");
  await comesTo(() => statusIn(lines), /^curling: no prices yet\. .*\/api\/odds\/sports/, 5000);
});

import { expect, it } from "vitest";
import { comesTo, goesThroughTrouble, installed, serve } from "../helpers/example.js";
import { freePort, runProgram, type ServerProcess } from "../helpers/process.js";

const statusIn = (lines: readonly string[]) => lines.findLast((line) => /^\w+: /.test(line)) ?? "";

const run = async (url: string, ...args: readonly string[]): Promise<ServerProcess> =>
  runProgram(process.execPath, ["odds.mjs", url, ...args], { cwd: await installed("node", url) });

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

import path from "node:path";
import { expect, it } from "vitest";
import { comesTo, examples, goesThroughTrouble, serve } from "../helpers/example.js";
import { freePort, runProgram } from "../helpers/process.js";
import { pythonFor } from "../helpers/python.js";

const script = path.join(examples, "python/odds.py");
const statusIn = (lines: readonly string[]) => lines.findLast((line) => /^\w+: /.test(line)) ?? "";

it("The example in Python shows prices and their age, and says when the server is killed, back, or frozen", {
  timeout: 120_000,
}, async (context) => {
  const python = pythonFor(context, "websockets");
  let lines: readonly string[] = [];
  await goesThroughTrouble(
    (url) => {
      const address = `${url.replace("http", "ws")}/odds`;
      ({ lines } = runProgram(python, [script, address], { env: { PYTHONUNBUFFERED: "1" } }));
      return () => statusIn(lines);
    },
    { killed: /STALE, \d+ s old\. \S.*; it is tried again$/, frozen: /STALE, \d+ s old\. nothing comes/ },
  );
  expect(lines).toContainEqual(expect.stringMatching(/^ {2}[A-Z].+ \d+(\.\d+)?, [A-Z].+ \d+(\.\d+)?$/));
});

it("The example in Python says what the server refuses", async (context) => {
  const python = pythonFor(context, "websockets");
  const port = await freePort();
  await serve(port);
  const words = [script, `ws://127.0.0.1:${port}/odds`, "curling"];
  const { lines } = runProgram(python, words, { env: { PYTHONUNBUFFERED: "1" } });
  await comesTo(() => statusIn(lines), /^curling: no prices yet\. UNKNOWN_SPORT: /, 5000);
});

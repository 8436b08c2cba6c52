import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { builtServer } from "../helpers/build.js";
import { closeAfter } from "../helpers/closing.js";
import { eventually } from "../helpers/eventually.js";
import { startFakeOddsApi, TEST_KEY } from "../helpers/fake-odds-api.js";
import { freePort, startProcess, temporaryFolder } from "../helpers/process.js";

const ENV = { HOST: "127.0.0.1", ODDS_SOURCE: "simulated" };
/** A request that the log has a line of. */
const beRefused = (port: number) =>
  fetch(`http://127.0.0.1:${port}/api/odds/sports`, { headers: { Origin: "https://evil.example" } });

it("A server whose output nobody reads any more goes on, says so in its files, and stops as it should", async () => {
  const LOG_DIR = temporaryFolder();
  const server = startProcess({ ...ENV, PORT: "0", LOG_DIR });
  const port = await server.listening();
  server.child.stdout?.destroy();
  server.child.stderr?.destroy();
  await beRefused(port);
  const file = path.join(LOG_DIR, "combined.log");
  await eventually(() => readFileSync(file, "utf8")).toMatch(
    /"level":"error".*stdout takes no lines of the log any more; the server goes on.*EPIPE/,
  );
  expect((await fetch(`http://127.0.0.1:${port}/health`)).status).toBe(200);
  server.child.kill("SIGTERM");
  expect(await server.ended).toMatchObject({ code: 0 });
  expect(readFileSync(file, "utf8")).toContain('"message":"Stopped"');
});

it("A server whose output goes to a full disk goes on", async () => {
  const port = await freePort();
  const child = spawn(
    "sh",
    ["-c", 'exec "$0" "$1" > /dev/full', process.execPath, path.join(builtServer(), "dist/index.js")],
    {
      cwd: temporaryFolder(),
      env: { PATH: process.env.PATH, ...ENV, PORT: String(port) },
      stdio: ["ignore", "ignore", "pipe"],
    },
  );
  closeAfter(child, () => child.kill("SIGKILL"));
  const said = once(child.stderr, "data").then(([text]) => String(text));
  const health = () =>
    fetch(`http://127.0.0.1:${port}/health`).then(
      ({ status }) => status,
      () => "not there",
    );
  await eventually(health).toBe(200);
  await beRefused(port);
  expect(await said).toMatch(/stdout takes no lines.*ENOSPC/);
  expect(await health()).toBe(200);
  child.kill("SIGTERM");
  expect((await once(child, "exit"))[0]).toBe(0);
});

it("A server whose starter is gone before it is ready goes on", async () => {
  const api = closeAfter(await startFakeOddsApi(), (fake) => fake.close());
  const asked = new Promise<() => void>((resolve) => {
    api.all = (_request, response) => resolve(() => response.writeHead(500).end());
  });
  const port = await freePort();
  const child = spawn(process.execPath, [path.join(builtServer(), "dist/index.js")], {
    cwd: temporaryFolder(),
    env: {
      PATH: process.env.PATH,
      HOST: "127.0.0.1",
      PORT: String(port),
      THE_ODDS_API_KEY: TEST_KEY,
      ODDS_API_BASE_URL: api.url,
    },
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  closeAfter(child, () => child.kill("SIGKILL"));
  const ended = once(child, "exit");
  const answer = await asked;
  child.disconnect();
  // Whoever has answered this has noticed that as well.
  for (let i = 0; i < 3; i += 1) await fetch(`http://127.0.0.1:${port}/health`);
  answer();
  await eventually(async () => {
    const response = await fetch(`http://127.0.0.1:${port}/ready`).catch(() => undefined);
    return response?.status;
  }).toBe(200);
  child.kill("SIGTERM");
  expect((await ended)[0]).toBe(0);
});

it("A server whose terminal is gone stops as it should", async () => {
  const server = startProcess({ ...ENV, PORT: "0" });
  await server.listening();
  server.child.kill("SIGHUP");
  expect(await server.ended).toMatchObject({ code: 0, signal: null });
  expect(server.lines.at(-1)).toContain("Stopped");
});

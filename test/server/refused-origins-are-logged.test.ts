import { expect, it } from "vitest";
import { WebSocket } from "ws";
import { closeAfter, type Running, startApp } from "../helpers/start-app.js";

const refusals = ({ log }: Running) =>
  log.lines.filter(({ message }) => message === "Refused: this origin is not allowed");
const originsIn = (server: Running) => refusals(server).map(({ fields }) => fields.origin);

/** One request of a page of this origin at each door. */
async function tryAll(server: Running, origin: string): Promise<void> {
  await fetch(`${server.url}/api/odds/sports`, { headers: { origin } });
  await fetch(`${server.url}/socket.io/?EIO=4&transport=polling`, { headers: { origin } });
  for (const url of [server.wsUrl, `ws://127.0.0.1:${server.port}/socket.io/?EIO=4&transport=websocket`]) {
    const socket = new WebSocket(url, { headers: { origin } });
    closeAfter(socket, () => socket.terminate());
    await new Promise((resolve) => socket.once("error", resolve));
  }
}

it("Each refused origin is in the log once, whatever door it tries and how often, with what to set", async () => {
  const server = await startApp();
  const origins = ["https://one.example", "https://two.example", "null"];
  for (let i = 0; i < 3; i += 1) for (const origin of origins) await tryAll(server, origin);
  expect(originsIn(server)).toEqual(origins);
  for (const { level, fields } of refusals(server)) {
    expect(level).toBe("warn");
    expect(fields).toMatchObject({ client: "127.0.0.1", fix: expect.stringContaining("ALLOWED_ORIGINS") });
  }
  // Who opened a file by double click does not know that it has an origin.
  expect(refusals(server)[2]?.fields.fix).toMatch(/file:.*`null`/);
});

it("Refused origins that are made up by the thousand fill neither the log nor memory", async () => {
  const server = await startApp();
  const made = async (from: number, to: number) => {
    for (let i = from; i < to; i += 20) {
      const some = Array.from({ length: 20 }, (_, j) => `https://${i + j}.example`);
      await Promise.all(some.map((origin) => fetch(`${server.url}/nothing`, { headers: { origin } })));
    }
  };
  await made(0, 100);
  expect(new Set(originsIn(server)).size).toBe(100);
  await made(100, 1000);
  // From there on a line a minute, as of all that is refused.
  expect(refusals(server)).toHaveLength(101);
});

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { expectStillServing, startTarget } from "../helpers/hostile.js";
import { compressedFrame, rawFrame, upgradeRequest } from "../helpers/raw-frames.js";
import { closeAfter, type Running } from "../helpers/start-app.js";

/** How long a client that was closed may keep its connection without answering, in ms. */
const MOST_MS = 5000;

const DOORS = [
  { door: "Socket.IO", path: "/socket.io/?EIO=4&transport=websocket", first: ["40/odds,"] },
  { door: "plain WebSocket", path: "/odds", first: [] },
] as const;

/** A client that never answers a Close: it goes on sending what it has, as fast as it is taken. */
async function deafClient(server: Running, path: string, first: readonly string[]): Promise<Socket> {
  const socket = closeAfter(connect(server.port, "127.0.0.1"), (it) => it.destroy());
  socket.on("error", () => {});
  socket.write(upgradeRequest(path, "permessage-deflate"));
  await once(socket, "data");
  socket.resume();
  for (const text of first) {
    socket.write(rawFrame(text));
    await once(socket, "data");
  }
  return socket;
}

describe.each(DOORS)(
  "At the $door door, a client that is closed and does not answer",
  ({ door, path, first }) => {
    const offences: readonly (readonly [what: string, bytes: Buffer])[] = [
      ["talked too much", Buffer.concat(Array.from({ length: 1000 }, () => rawFrame("2")))],
      ["broke the protocol", rawFrame("{}", { opcode: 5 })],
      ["sent more than is taken", rawFrame("x".repeat(70_000))],
      ["sent what does not inflate", Buffer.concat([rawFrame("no deflate stream", { reserved: 0x40 })])],
      ...(door === "Socket.IO"
        ? ([
            ["spoke where it is not", rawFrame('42/nowhere,["x"]')],
            ["sent a packet that is none", rawFrame("49/odds,")],
            ["left", rawFrame("1")],
          ] as const)
        : []),
    ];

    it.each(offences)(
      "is gone soon, as it %s, however much it sends",
      { timeout: 30_000 },
      async (_what, offence) => {
        const server = await startTarget();
        const socket = await deafClient(server, path, first);
        const gone = new Promise((resolve) => socket.once("close", () => resolve("gone")));
        const more = Buffer.concat(Array.from({ length: 500 }, () => compressedFrame("2")));
        socket.write(offence);
        const began = performance.now();
        let waiting = false;
        const sending = setInterval(() => {
          if (waiting || socket.destroyed) return;
          waiting = !socket.write(more, () => {
            waiting = false;
          });
        }, 10);
        closeAfter(sending, clearInterval);
        const patience = new Promise((resolve) => setTimeout(() => resolve("still there"), MOST_MS));
        expect(await Promise.race([gone, patience])).toBe("gone");
        expect(performance.now() - began).toBeLessThan(MOST_MS);
        await expectStillServing(server);
      },
    );
  },
);

describe("A polling client that is cut off and never polls", () => {
  it("has no session soon, however much it posts", { timeout: 30_000 }, async () => {
    const server = await startTarget();
    const url = `${server.url}/socket.io/?EIO=4&transport=polling`;
    const sid = /"sid":"([^"]+)"/.exec(await (await fetch(url)).text())?.[1];
    const post = async (body: string) => {
      const answer = await fetch(`${url}&sid=${sid}`, { method: "POST", body });
      await answer.text();
      return answer.status;
    };
    await post("40/odds,");
    const flood = Array.from({ length: 200 }, () => '42/odds,["subscribe",{"sport":"basketball_nba"}]');
    const began = performance.now();
    let status = 200;
    while (status === 200 && performance.now() - began < MOST_MS) status = await post(flood.join("\u001e"));
    expect(status).toBe(400);
    await expectStillServing(server);
  });
});

describe("A WebSocket that a polling client has opened and not gone on with", () => {
  /** So much may wait in the system's buffers, in bytes; at full speed a second takes a hundred times as much. */
  const MOST_BYTES = 30_000_000;

  it.each([
    ["is", false],
    ["and has spoilt, before it opened another, is", true],
  ])("%s not read once the client has left", { timeout: 30_000 }, async (_which, spoils) => {
    const server = await startTarget();
    const url = `${server.url}/socket.io/?EIO=4&transport=polling`;
    const sid = /"sid":"([^"]+)"/.exec(await (await fetch(url)).text())?.[1];
    const path = `/socket.io/?EIO=4&transport=websocket&sid=${sid}`;
    const socket = await deafClient(server, path, spoils ? ["4spoilt"] : ["2probe"]);
    if (spoils) await deafClient(server, path, ["2probe"]);
    await fetch(`${url}&sid=${sid}`, { method: "POST", body: "1" });
    const before = socket.bytesWritten;
    const gone = new Promise((resolve) => socket.once("close", resolve));
    const more = Buffer.concat(Array.from({ length: 500 }, () => rawFrame("x".repeat(1000))));
    const send = () => {
      if (!socket.destroyed) socket.write(more, () => setImmediate(send));
    };
    send();
    await gone;
    expect(socket.bytesWritten - before).toBeLessThan(MOST_BYTES);
    await expectStillServing(server);
  });
});

import { readdirSync } from "node:fs";
import { connect } from "node:net";
import { io } from "socket.io-client";
import { describe, expect, it } from "vitest";
import { rawHttp, startTarget } from "../helpers/hostile.js";
import { closeAfter } from "../helpers/start-app.js";

const descriptors = () => readdirSync("/proc/self/fd").length;

/** An upgrade request, with what differs from a good one. */
function handshake(path: string, headers: Record<string, string> = {}, method = "GET"): string {
  const lines = Object.entries({
    Host: "x",
    Connection: "Upgrade",
    Upgrade: "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    ...headers,
  }).map(([name, value]) => `${name}: ${value}`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`;
}

describe("A refused upgrade", () => {
  it.each([
    ["403", handshake("/odds", { Origin: "https://rosebud.ai.evil.example" })],
    ["404", handshake("/nowhere")],
    [
      "403 at Socket.IO",
      handshake("/socket.io/?EIO=4&transport=websocket", { Origin: "https://evil.example" }),
    ],
    ["400", handshake("/odds", { "Sec-WebSocket-Version": "99" })],
  ])("with %s lets go of its connection, whatever comes behind it", async (_status, request) => {
    const server = await startTarget();
    const before = descriptors();
    await Promise.all(
      Array.from({ length: 100 }, () => {
        const socket = closeAfter(
          connect({ port: server.port, host: "127.0.0.1", allowHalfOpen: true }),
          (opened) => opened.destroy(),
        );
        socket.on("error", () => {});
        return new Promise<void>((resolve) => {
          socket.on("connect", () => socket.write(request));
          socket.once("data", () => {
            // 50 bytes behind the answer, and then an end that the server has to read to see.
            socket.end("x".repeat(50));
            socket.destroySoon();
            resolve();
          });
        });
      }),
    );
    await expect.poll(descriptors, { timeout: 5000 }).toBeLessThanOrEqual(before + 5);
  });

  const JSON_400 =
    /^HTTP\/1\.1 400 [\s\S]*content-type: application\/json[\s\S]*\{"error":\{"code":"INVALID_MESSAGE"/i;
  it.each([
    ["/odds without a key", handshake("/odds", { "Sec-WebSocket-Key": "" })],
    ["/odds with another version", handshake("/odds", { "Sec-WebSocket-Version": "99" })],
    ["/odds with extensions that do not parse", handshake("/odds", { "Sec-WebSocket-Extensions": ";;=" })],
    ["/odds with subprotocols that do not parse", handshake("/odds", { "Sec-WebSocket-Protocol": "a,,b" })],
    [
      "Socket.IO without a key",
      handshake("/socket.io/?EIO=4&transport=websocket", { "Sec-WebSocket-Key": "" }),
    ],
    ["Socket.IO without a transport", handshake("/socket.io/?EIO=4")],
    ["Socket.IO with polling for a transport", handshake("/socket.io/?EIO=4&transport=polling")],
    ["Socket.IO in the old protocol", handshake("/socket.io/?EIO=3&transport=websocket")],
    ["Socket.IO with a session that is none", handshake("/socket.io/?EIO=4&transport=websocket&sid=x")],
    ["a poll without a transport", "GET /socket.io/?EIO=4 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"],
    [
      "a poll in the old protocol",
      "GET /socket.io/?EIO=3&transport=polling HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    ],
    [
      "a poll of a session that is none",
      "GET /socket.io/?EIO=4&transport=polling&sid=x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    ],
    [
      "a handshake by POST",
      "POST /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    ],
    ["a request that is none", "GARBAGE\r\n\r\n"],
  ])("is told why as JSON: %s", async (_what, request) => {
    const server = await startTarget();
    expect(await rawHttp(server, request)).toMatch(JSON_400);
  });

  it("by another method is told so as JSON", async () => {
    const server = await startTarget();
    for (const request of [
      handshake("/odds", {}, "POST"),
      "PUT /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    ]) {
      expect(await rawHttp(server, request)).toMatch(
        /^HTTP\/1\.1 405 [\s\S]*application\/json[\s\S]*INVALID_MESSAGE/i,
      );
    }
  });
});

describe("An upgrade to something other than a WebSocket", () => {
  const h2c = { Connection: "Upgrade, HTTP2-Settings", Upgrade: "h2c", "HTTP2-Settings": "AAMAAABkAAQAAP__" };

  it.each(["/health", "/ready", "/api/odds/sports", "/api/odds/live?sport=basketball_nba", "/nowhere"])(
    "is ignored (RFC 9110, 7.8), and %s answers as ever",
    async (path) => {
      const server = await startTarget();
      const plain = await fetch(server.url + path);
      const answer = await rawHttp(server, handshake(path, { ...h2c, Connection: "Upgrade, close" }));
      expect(answer).toContain(`HTTP/1.1 ${plain.status} `);
      expect(answer).toMatch(/application\/json/);
    },
  );

  it("leaves the connection as it was: several requests, one behind the other, each with a wish", async () => {
    const server = await startTarget();
    const request = handshake("/health", h2c);
    const answer = await rawHttp(server, request.repeat(15) + handshake("/health", { Connection: "close" }));
    expect(answer.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(16);
    expect(answer.match(/"status":"ok"/g)).toHaveLength(16);
  });

  it("may have a body, as a POST of a polling client's", async () => {
    const server = await startTarget();
    const socket = closeAfter(io(`${server.url}/odds`, { transports: ["polling"], forceNew: true }), (it) =>
      it.close(),
    );
    await new Promise<void>((resolve) => socket.once("connect", resolve));
    const { id } = socket.io.engine as unknown as { id: string };
    const body = '42/odds,["subscribe",{"sport":"basketball_nba"}]';
    const update = new Promise((resolve) => socket.once("odds_update", resolve));
    const answer = await rawHttp(
      server,
      handshake(
        `/socket.io/?EIO=4&transport=polling&sid=${id}`,
        {
          ...h2c,
          Connection: "Upgrade, close",
          "Content-Type": "text/plain",
          "Content-Length": String(body.length),
        },
        "POST",
      ) + body,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    await update;
  });
});

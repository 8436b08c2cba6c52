import { describe, expect, it } from "vitest";
import { expectStillServing, rawHttp, startTarget } from "../helpers/hostile.js";

describe("requests of no sense", () => {
  it.each<[what: string, bytes: string | Buffer, answer: RegExp]>([
    ["noise", "GARBAGE\r\n\r\n", /^HTTP\/1\.1 400 /],
    ["a TLS greeting", Buffer.from("16030100a5010000a10303", "hex"), /^HTTP\/1\.1 400 /],
    [
      "a header of 100 KB",
      `GET / HTTP/1.1\r\nHost: x\r\nX: ${"x".repeat(100_000)}\r\n\r\n`,
      /^HTTP\/1\.1 431 /,
    ],
    ["a negative length", "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", /^HTTP\/1\.1 400 /],
    [
      "two lengths at odds",
      "POST /api HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      /^HTTP\/1\.1 400 /,
    ],
    ["no host", "GET /health HTTP/1.1\r\n\r\n", /^HTTP\/1\.1 400 /],
    [
      "a path that does not decode",
      "GET /api/odds/live/%ff HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
      /^HTTP\/1\.1 40[04] .*"code":/s,
    ],
    ...["http://[/x", "http://[/api/odds/live"].map((target): [string, string, RegExp] => [
      `a URL that cannot be read, ${target}`,
      `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
      /^HTTP\/1\.1 400 (?!.*X-Powered-By).*nosniff.*application\/json.*"INVALID_MESSAGE"/s,
    ]),
    [
      "an expectation of nobody knows what",
      "GET /health HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\nConnection: close\r\n\r\n",
      /^HTTP\/1\.1 200 .*"status":"ok"/s,
    ],
    [
      "a method that it does not take",
      "DELETE /api/odds/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
      /^HTTP\/1\.1 404 .*"NOT_FOUND"/s,
    ],
    ["CONNECT", "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n", /^$|^HTTP\/1\.1 4/],
    [
      "an absolute URL for a proxy",
      "GET http://example.com/api/odds/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
      /^HTTP\/1\.1 [24]/,
    ],
    [
      "an upgrade to another protocol",
      "GET /odds HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
      /^HTTP\/1\.1 4/,
    ],
    [
      "an upgrade without a key",
      "GET /odds HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\r\n",
      /^HTTP\/1\.1 400 /,
    ],
    [
      "an upgrade of an unknown version",
      "GET /odds HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 99\r\n\r\n",
      /^HTTP\/1\.1 4/,
    ],
    [
      "an upgrade to Socket.IO by a session that is none",
      "GET /socket.io/?EIO=4&transport=websocket&sid=__proto__ HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
      /^HTTP\/1\.1 400 /,
    ],
  ])("are answered for HTTP of no sense: %s", async (_what, bytes, answer) => {
    const server = await startTarget();
    expect(await rawHttp(server, bytes)).toMatch(answer);
    await expectStillServing(server);
  });

  it("hide no header behind as many others as there may be", async () => {
    const server = await startTarget();
    const others = "A:\r\n".repeat(2500);
    const request = `GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${others}X-Forwarded-For: 203.0.113.1\r\n\r\n`;
    expect(await rawHttp(server, request)).toMatch(/^HTTP\/1\.1 403 /);
  });

  it.each(["/", "/oddsx", "/odds/", "/odds/../odds", "//odds", "/api/odds/live", "/socket.ioo/", "/%6fdds"])(
    "get a 404 for a WebSocket at %s",
    async (path) => {
      const server = await startTarget();
      const upgrade =
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13";
      const answer = await rawHttp(server, `GET ${path} HTTP/1.1\r\nHost: x\r\n${upgrade}\r\n\r\n`);
      expect(answer).toMatch(/^HTTP\/1\.1 404 Not Found\r\n/);
      expect(answer).toContain('"code":"NOT_FOUND"');
    },
  );

  it.each([
    ["sport=../../x", 404, "UNKNOWN_SPORT"],
    ["sport=__proto__", 404, "UNKNOWN_SPORT"],
    [`sport=${"a".repeat(101)}`, 404, "UNKNOWN_SPORT"],
    ["sport=", 400, "INVALID_MESSAGE"],
    ["sport=a&sport=b", 400, "INVALID_MESSAGE"],
    ["sport=basketball_nba%00", 404, "UNKNOWN_SPORT"],
    ["sport=%ff", 404, "UNKNOWN_SPORT"],
  ])("get an error with its code for GET /api/odds/live?%s", async (query, status, code) => {
    const server = await startTarget();
    const answer = await fetch(`${server.url}/api/odds/live?${query}`);
    expect(answer.status).toBe(status);
    expect(await answer.json()).toEqual({ error: { code, message: expect.any(String) } });
    await expectStillServing(server);
  });
});

import { describe, expect, it } from "vitest";
import { expectStillServing, rawHttp, startTarget } from "../helpers/hostile.js";
import { rawFrame } from "../helpers/raw-frames.js";
import { rawWebSocket } from "../helpers/raw-websocket.js";
import type { Running } from "../helpers/start-app.js";

/** What stands behind `#` engine.io does not read: nobody else may go by it. */
const PATH = "/socket.io/?EIO=4&transport=";

async function session(server: Running): Promise<string> {
  const opened = await (await fetch(`${server.url}${PATH}polling`)).text();
  return (JSON.parse(opened.slice(1)) as { sid: string }).sid;
}

describe("A fragment in a request's URL", () => {
  it("hides no session id: a client that goes on with a WebSocket is counted as any other", async () => {
    const server = await startTarget();
    const sid = await session(server);
    const raw = await rawWebSocket(server, `${PATH}websocket&sid=${sid}&x=#&sid=`);
    raw.say("2probe");
    raw.say("5");
    const entered = raw.next(({ text }) => text.startsWith("40/odds"));
    raw.say("40/odds,");
    await entered;
    raw.write(...Array.from({ length: 10_000 }, () => rawFrame('42/odds,["ping"]')));
    await raw.closed;
    expect(server.log.lines.filter(({ message }) => message.includes("cut off"))).toHaveLength(1);
    await expectStillServing(server);
  }, 20_000);

  it("makes no first request look like a later one, which is asked for less", async () => {
    const server = await startTarget();
    const first = `GET ${PATH}polling&x=#&sid=another HTTP/1.1\r\n`;
    const answer = await rawHttp(
      server,
      `${first}Host: odds\r\nOrigin: http://evil.example\r\nConnection: close\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 403 /);
    await expectStillServing(server);
  });

  it("gives a new WebSocket nobody's session id", async () => {
    const server = await startTarget({ MAX_CONNECTIONS_PER_IP: "1" });
    const sid = await session(server);
    await expect(rawWebSocket(server, `${PATH}websocket&x=#&sid=${sid}`)).rejects.toThrow(/^HTTP\/1\.1 429 /);
  });
});

import { describe, expect, it } from "vitest";
import { RAW_DOORS, socketIoClient, wsClient } from "../helpers/clients.js";
import { expectStillServing, rawSocketIo, startTarget } from "../helpers/hostile.js";
import { compressedFrame } from "../helpers/raw-frames.js";

/** JSON, so that `__proto__` is a key of its own as it is on the wire. */
const MESSAGES: readonly [json: string, code: string][] = [
  ["null", "INVALID_MESSAGE"],
  ["true", "INVALID_MESSAGE"],
  ["0", "INVALID_MESSAGE"],
  ["-1e308", "INVALID_MESSAGE"],
  ['""', "INVALID_MESSAGE"],
  ['"subscribe"', "INVALID_MESSAGE"],
  ["[]", "INVALID_MESSAGE"],
  ['[{"type":"subscribe","sport":"basketball_nba"}]', "INVALID_MESSAGE"],
  ["{}", "INVALID_MESSAGE"],
  ['{"type":null}', "INVALID_MESSAGE"],
  ['{"type":["subscribe"],"sport":"basketball_nba"}', "INVALID_MESSAGE"],
  ['{"type":{"type":"subscribe"}}', "INVALID_MESSAGE"],
  ['{"type":"SUBSCRIBE","sport":"basketball_nba"}', "INVALID_MESSAGE"],
  ['{"type":"odds_update","sport":"basketball_nba"}', "INVALID_MESSAGE"],
  ['{"type":"subscribe"}', "INVALID_MESSAGE"],
  ['{"type":"unsubscribe"}', "INVALID_MESSAGE"],
  ['{"type":"subscribe","sport":null}', "INVALID_MESSAGE"],
  ['{"type":"subscribe","sport":7}', "INVALID_MESSAGE"],
  ['{"type":"subscribe","sport":""}', "INVALID_MESSAGE"],
  ['{"type":"subscribe","sport":["basketball_nba"]}', "INVALID_MESSAGE"],
  ['{"type":"subscribe","sport":{"toString":"basketball_nba"}}', "INVALID_MESSAGE"],
  [`{"type":"subscribe","sport":"${"a".repeat(101)}"}`, "INVALID_MESSAGE"],
  [`{"type":"subscribe","sport":"${"a".repeat(15_000)}"}`, "INVALID_MESSAGE"],
  [`{"type":"subscribe","sport":${"[".repeat(1000)}${"]".repeat(1000)}}`, "INVALID_MESSAGE"],
  ['{"__proto__":{"type":"subscribe","sport":"basketball_nba"}}', "INVALID_MESSAGE"],
  ['{"constructor":{"prototype":{"type":"subscribe"}},"sport":"basketball_nba"}', "INVALID_MESSAGE"],
  ['{"type":"__proto__","sport":"basketball_nba"}', "INVALID_MESSAGE"],
  ['{"type":"constructor","sport":"basketball_nba"}', "INVALID_MESSAGE"],
  ['{"type":"subscribe","sport":"__proto__"}', "UNKNOWN_SPORT"],
  ['{"type":"subscribe","sport":"constructor"}', "UNKNOWN_SPORT"],
  ['{"type":"subscribe","sport":"toString"}', "UNKNOWN_SPORT"],
  ['{"type":"subscribe","sport":"../../x"}', "UNKNOWN_SPORT"],
  ['{"type":"subscribe","sport":"..%2f..%2fx"}', "UNKNOWN_SPORT"],
  ['{"type":"subscribe","sport":"basketball_nba/odds?x="}', "UNKNOWN_SPORT"],
  ['{"type":"subscribe","sport":"basketball_nba\\u0000"}', "UNKNOWN_SPORT"],
  ['{"type":"subscribe","sport":"\\ud800"}', "UNKNOWN_SPORT"],
  ['{"type":"subscribe","sport":"odds:basketball_nba"}', "UNKNOWN_SPORT"],
  ['{"type":"subscribe","sport":"1. FC Köln"}', "UNKNOWN_SPORT"],
];

/** What each message is answered with, by the message. */
const EXPECTED = Object.fromEntries(MESSAGES);

describe("a message that is not of the documented form", () => {
  it("is refused with its code at the plain WebSocket", async () => {
    const server = await startTarget({ MAX_MESSAGES_PER_SECOND: "1000" });
    const { socket, inbox } = await wsClient(server);
    const codes: Record<string, string> = {};
    for (const [json] of MESSAGES) {
      const refused = inbox.next("error");
      socket.send(json);
      codes[json] = (await refused).code;
    }
    expect(codes).toEqual(EXPECTED);
    expect(inbox.all("subscription_ack")).toEqual([]);
    await expectStillServing(server);
  });

  it("is refused with its code at Socket.IO, by callback and by event", async () => {
    const server = await startTarget({ MAX_MESSAGES_PER_SECOND: "1000" });
    const { ask, inbox } = await socketIoClient(server);
    const codes: Record<string, string> = {};
    for (const [json] of MESSAGES) {
      const refused = inbox.next("error");
      const answer = await ask("message", JSON.parse(json));
      codes[json] = answer.ok ? "OK" : answer.error.code;
      expect((await refused).code, json).toBe(codes[json]);
    }
    expect(codes).toEqual(EXPECTED);
    expect(inbox.all("subscription_ack")).toEqual([]);
    expect(Object.hasOwn(Object.prototype, "sport")).toBe(false);
    await expectStillServing(server);
  });

  it.each(RAW_DOORS)(
    "is refused with its code at the $door door, all of them compressed and in one write",
    async ({ door, connect }) => {
      const server = await startTarget({ MAX_MESSAGES_PER_SECOND: "1000" });
      const { raw, inbox } = await connect(server);
      const framed = (json: string) => (door === "Socket.IO" ? `42/odds,["message",${json}]` : json);
      raw.write(...MESSAGES.map(([json]) => compressedFrame(framed(json))));
      await expect.poll(() => inbox.messages.length).toBe(MESSAGES.length);
      expect(inbox.all("error").map(({ code }) => code)).toEqual(MESSAGES.map(([, code]) => code));
      await expectStillServing(server);
    },
  );

  it.each([
    ["text that is no JSON", "subscribe basketball_nba"],
    ["JSON that is cut", '{"type":"subscribe","sport":"bask'],
    ["two messages in one", '{"type":"ping"}{"type":"ping"}'],
    ["nothing", ""],
    ["JSON nested 8,000 deep", "[".repeat(8000)],
    ["a binary frame", Buffer.from('{"type":"subscribe","sport":"basketball_nba"}')],
    ["an empty binary frame", Buffer.alloc(0)],
  ])("is refused at the plain WebSocket: %s", async (_name, frame) => {
    const server = await startTarget();
    const { socket, inbox } = await wsClient(server);
    socket.send(frame);
    expect(await inbox.first("error")).toMatchObject({ code: "INVALID_MESSAGE" });
    socket.send('{"type":"ping"}');
    await inbox.first("pong");
    await expectStillServing(server);
  });

  it("is refused at Socket.IO under any event name", async () => {
    const server = await startTarget();
    const { socket, inbox } = await socketIoClient(server);
    const names = ["odds_update", "error", "__proto__", "constructor", "toString", "", "subscribe ", "ping2"];
    const subscription = { type: "subscribe", sport: "basketball_nba" };
    for (const name of names) {
      const refused = inbox.next("error");
      socket.emit(name as "subscribe", subscription);
      expect(await refused, name).toMatchObject({ code: "INVALID_MESSAGE" });
    }
    expect(inbox.all("subscription_ack")).toEqual([]);
    await expectStillServing(server);
  });

  it("needs no callback, and none that is a function", async () => {
    const server = await startTarget();
    const { socket, inbox } = await socketIoClient(server);
    const loose = socket as unknown as { emit(...args: unknown[]): void };
    for (const args of [["subscribe"], ["subscribe", "basketball_nba"], ["message"], ["unsubscribe", null]]) {
      const refused = inbox.next("error");
      loose.emit(...args);
      expect(await refused).toMatchObject({ code: "INVALID_MESSAGE" });
    }
    loose.emit("subscribe", { sport: "basketball_nba" }, "no function", { more: 1 });
    await inbox.first("odds_update");
    const answer = await new Promise((resolve) => loose.emit("subscribe", resolve));
    expect(answer).toMatchObject({ ok: false, error: { code: "INVALID_MESSAGE" } });
    await expectStillServing(server);
  });

  it.each([
    ["an event without a name", "42/odds,"],
    ["an event of nothing", "42/odds,[]"],
    ["a number for a name", "42/odds,[7]"],
    ["an object for a name", "42/odds,[{}]"],
    ["a name of the library's own", '42/odds,["disconnecting"]'],
    ["the name that kills an emitter", '42/odds,["error"]'],
    ["a callback with a monstrous id", `42/odds,${"9".repeat(400)}["subscribe",{"sport":"basketball_nba"}]`],
    ["a packet for a namespace that it is not in", '42/admin,["subscribe"]'],
    ["an answer to a question that nobody asked", "43/odds,5[1]"],
    ["a second entry into the namespace", "40/odds,"],
    ["a type that is none", "49/odds,"],
    ["an engine packet that is none", "x"],
    ["an attachment that never comes", '451-/odds,["subscribe",{"_placeholder":true,"num":0}]'],
    ["an attachment out of range", '451-/odds,["subscribe",{"_placeholder":true,"num":9}]'],
    ["more attachments than can be", '45999999999-/odds,["subscribe"]'],
    ["a binary frame out of the blue", Buffer.from([1, 2, 3])],
    ["JSON nested 8,000 deep", `42/odds,${"[".repeat(8000)}${"]".repeat(8000)}`],
    ["a prototype for a payload", '42/odds,["subscribe",{"__proto__":{"sport":"basketball_nba"}}]'],
  ])("does no harm as a bare Socket.IO packet: %s", async (_name, packet) => {
    const server = await startTarget();
    const { socket } = await rawSocketIo(server);
    socket.send(packet);
    socket.send(Buffer.from("attached"));
    await expectStillServing(server);
  });
});

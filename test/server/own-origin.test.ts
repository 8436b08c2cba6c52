import { once } from "node:events";
import { request } from "node:http";
import { describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { closeAfter, type Running, startApp } from "../helpers/start-app.js";

/** No page but the server's own. */
const CLOSED = { ALLOWED_ORIGINS: "https://app.example.com" };

/** Origins of pages, the `Host` that they ask, and whether that is where they came from. */
const PAGES: readonly (readonly [origin: string, host: string, isOwn: boolean])[] = [
  ["http://192.168.1.5:3001", "192.168.1.5:3001", true],
  ["http://192.168.1.5", "192.168.1.5", true],
  ["http://[fd00::5]:3001", "[fd00::5]:3001", true],
  ["http://[fd00::80]", "[fd00::80]", true],
  ["http://myhost:3001", "MyHost:3001", true],
  ["https://odds.example.com", "odds.example.com", true],
  ["https://odds.example.com", "odds.example.com:443", true],
  ["http://odds.example.com", "odds.example.com:80", true],
  ["http://evil.example", "localhost:3001", false],
  ["http://evil.example:3001", "localhost:3001", false],
  ["https://evil.example", "odds.example.com", false],
  ["http://192.168.1.5", "192.168.1.5:3001", false],
  ["http://192.168.1.5:3002", "192.168.1.5:3001", false],
  ["http://192.168.1.50:3001", "192.168.1.5:3001", false],
  ["https://odds.example.com", "odds.example.com:80", false],
  ["http://odds.example.com", "odds.example.com:443", false],
  ["https://odds.example.com:443", "odds.example.com:443", false],
  ["https://odds.example.com/", "odds.example.com", false],
  ["https://evil.example@odds.example.com", "odds.example.com", false],
  ["https://odds.example.com.evil.example", "odds.example.com", false],
  ["https://sub.odds.example.com", "odds.example.com", false],
  ["capacitor://odds.example.com", "odds.example.com", false],
  ["null", "null", false],
];

type Headers = Record<string, string>;
interface Answer {
  readonly status: number;
  readonly allowed: string | undefined;
}

/** Node's own client: fetch would send neither another `Host` nor whatever `Origin` we please. */
async function ask(url: string, headers: Headers, method = "GET"): Promise<Answer> {
  const outgoing = request(url, { method, headers, agent: false }).end();
  const [incoming] = await once(outgoing, "response");
  incoming.resume();
  await once(incoming, "end");
  return { status: incoming.statusCode, allowed: incoming.headers["access-control-allow-origin"] };
}

/** The status that a WebSocket's request gets; 101 where it opens. */
function upgrade(url: string, headers: Headers): Promise<number> {
  const socket = new WebSocket(url, { headers });
  closeAfter(socket, () => socket.terminate());
  return new Promise((resolve, reject) => {
    socket.once("open", () => resolve(101));
    socket.once("unexpected-response", (_request, { statusCode }) => resolve(statusCode ?? 0));
    socket.on("error", reject);
  });
}

const POLLING = "/socket.io/?EIO=4&transport=polling";
const SOCKET_IO = "/socket.io/?EIO=4&transport=websocket";
const ws = ({ port }: Running, at: string) => `ws://127.0.0.1:${port}${at}`;

/** Whether each door takes such a page in. */
async function doors(server: Running, origin: string, host: string): Promise<Record<string, boolean>> {
  const headers = { origin, host };
  const preflight = { ...headers, "access-control-request-method": "GET" };
  const rest = await ask(`${server.url}/api/odds/sports`, headers);
  expect(rest.status).toBe(200);
  return {
    rest: rest.allowed === origin,
    preflight: (await ask(`${server.url}/api/odds/sports`, preflight, "OPTIONS")).allowed === origin,
    polling: (await ask(server.url + POLLING, headers)).status === 200,
    socketio: (await upgrade(ws(server, SOCKET_IO), headers)) === 101,
    websocket: (await upgrade(ws(server, "/odds"), headers)) === 101,
  };
}

const all = (is: boolean) => ({ rest: is, preflight: is, polling: is, socketio: is, websocket: is });
const refused = ({ log }: Running) => log.lines.filter(({ message }) => message.startsWith("Refused"));

describe("A page that asks the very host it came from", () => {
  it("is the server's own, and comes in at every door; no other does", async () => {
    const server = await startApp({ ...CLOSED, RATE_LIMIT_MAX: "1000" });
    for (const [origin, host, isOwn] of PAGES) {
      const before = refused(server).length;
      expect(await doors(server, origin, host), `${origin} at ${host}`).toEqual(all(isOwn));
      if (isOwn) expect(refused(server).length, origin).toBe(before);
    }
    expect(refused(server).map(({ fields }) => fields.origin)).toContain("http://evil.example");
  });

  it("is nobody's with PAGE=off", async () => {
    const server = await startApp({ ...CLOSED, PAGE: "off", RATE_LIMIT_MAX: "1000" });
    for (const [origin, host] of PAGES) {
      expect(await doors(server, origin, host), `${origin} at ${host}`).toEqual(all(false));
    }
    expect(await doors(server, "https://app.example.com", "odds.example.com")).toEqual(all(true));
  });

  it("goes on from polling to a WebSocket", async () => {
    const server = await startApp(CLOSED);
    const headers = { origin: "http://myhost:3001", host: "myhost:3001" };
    const outgoing = request(server.url + POLLING, { headers, agent: false }).end();
    const [incoming] = await once(outgoing, "response");
    let text = "";
    for await (const chunk of incoming) text += String(chunk);
    const { sid } = JSON.parse(text.slice(1));
    expect(await upgrade(ws(server, `${SOCKET_IO}&sid=${sid}`), headers)).toBe(101);
    expect(refused(server)).toEqual([]);
  });
});

import { once } from "node:events";
import { request } from "node:http";
import { describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { loadConfig } from "../../src/config.js";
import { OriginPolicy } from "../../src/transports/origins.js";
import { closeAfter, type Running, startApp } from "../helpers/start-app.js";

const POLICY =
  "https://*.rosebud.ai,http://localhost:*,http://127.0.0.1:*,http://[::1]:*,https://apex.example,https://port.example:8443,https://std.example:443,capacitor://localhost";

/** Whether a page of each origin may, under {@link POLICY}. */
const ORIGINS: readonly (readonly [origin: string | undefined, why: string, allowed: boolean])[] = [
  [undefined, "no page: mobile app, curl", true],
  ["https://play.rosebud.ai", "a label under the wildcard", true],
  ["https://a.b.c.rosebud.ai", "several labels", true],
  ["https://my_app-1.rosebud.ai", "an underscore", true],
  ["HTTPS://PLAY.ROSEBUD.AI", "upper case", true],
  ["http://localhost", "any port, none too", true],
  ["http://localhost:5173", "any port", true],
  ["http://127.0.0.1:8080", "any port", true],
  ["http://[::1]:3000", "IPv6", true],
  ["https://apex.example", "a whole host", true],
  ["https://port.example:8443", "a whole port", true],
  ["https://std.example", "the scheme's own port", true],
  ["capacitor://localhost", "an app's scheme", true],
  ["https://rosebud.ai", "the apex: a wildcard wants a label", false],
  ["null", "a sandboxed frame or a file", false],
  ["", "empty", false],
  ["https://rosebud.ai.evil.example", "our name in front", false],
  ["https://evilrosebud.ai", "our name behind", false],
  ["https://x.rosebud.ai.evil.example", "our name inside", false],
  ["https://x.rosebud.ai@evil.example", "our name as userinfo", false],
  ["https://evil.example@x.rosebud.ai", "userinfo", false],
  ["https://evil.example#.rosebud.ai", "a fragment", false],
  ["https://evil.example/.rosebud.ai", "a path that ends like us", false],
  ["https://evil.example?.rosebud.ai", "a query that ends like us", false],
  ["https://evil.example\\.rosebud.ai", "a backslash", false],
  ["https://x.rosebud.ai.", "a trailing dot", false],
  ["https://x.rosebud.ai/", "a path", false],
  ["https://x.rosebud.ai/path", "a path", false],
  ["https://.rosebud.ai", "an empty label", false],
  ["https://*.rosebud.ai", "the pattern itself", false],
  ["http://x.rosebud.ai", "another scheme", false],
  ["ws://x.rosebud.ai", "another scheme", false],
  ["https://localhost:5173", "another scheme", false],
  ["https://x.rosebud.ai:8443", "another port", false],
  ["https://x.rosebud.ai:443", "a default port, which no browser writes", false],
  ["https://port.example", "no port where one is asked", false],
  ["https://port.example:84430", "a longer port", false],
  ["https://sub.apex.example", "a label too many", false],
  ["https://apexxexample", "a dot is a dot", false],
  ["http://localhost.evil.example", "our name in front", false],
  ["http://localhost:5173.evil.example", "a port that is none", false],
  ["http://127.0.0.2", "another address", false],
  ["http://2130706433", "an address in disguise", false],
  ["http://[::2]:3000", "another address", false],
  ["https://x.rosebud.ai https://evil.example", "two origins", false],
  ["x.rosebud.ai", "no scheme", false],
  ["//x.rosebud.ai", "no scheme", false],
  ["not an origin", "nonsense", false],
];

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
}

/** Node's own client: fetch would not send whatever `Origin` we please. */
async function ask(url: string, method: string, headers: Record<string, string>): Promise<Answer> {
  const outgoing = request(url, { method, headers, agent: false });
  outgoing.end();
  const [incoming] = await once(outgoing, "response");
  incoming.resume();
  await once(incoming, "end");
  return { status: incoming.statusCode, headers: incoming.headers };
}

const originHeader = (origin: string | undefined): Record<string, string> =>
  origin === undefined ? {} : { origin };

/** Whether a WebSocket opens; it is closed again. Refused, it gets an HTTP answer (engine.io's is always 400). */
async function opens(url: string, origin: string | undefined): Promise<boolean> {
  const socket = new WebSocket(url, { headers: originHeader(origin) });
  closeAfter(socket, () => socket.terminate());
  return new Promise((resolve, reject) => {
    socket.once("open", () => resolve(true));
    socket.once("unexpected-response", (_request, { statusCode }) => {
      if (statusCode === 403 || statusCode === 400) resolve(false);
      else reject(new Error(`refused with ${statusCode}`));
    });
    socket.on("error", reject);
  });
}

const WEBSOCKETS: readonly (readonly [door: string, url: (server: Running) => string])[] = [
  ["a Socket.IO WebSocket", ({ port }) => `ws://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket`],
  ["a plain WebSocket", ({ wsUrl }) => wsUrl],
];

const polling = (server: Running) => `${server.url}/socket.io/?EIO=4&transport=polling`;

const PREFLIGHT = {
  "access-control-request-method": "GET",
  "access-control-request-headers": "if-none-match",
};

describe("the origin policy", () => {
  const policy = new OriginPolicy(loadConfig({ ALLOWED_ORIGINS: POLICY }).ALLOWED_ORIGINS, true);

  it.each(ORIGINS)("%s (%s): %s", (origin, _why, allowed) => {
    expect(policy.allows({ origin, host: "odds.example" })).toBe(allowed);
  });

  it.each(ORIGINS)("with *, %s is allowed", (origin) => {
    expect(new OriginPolicy(["*"], false).allows({ origin })).toBe(true);
  });

  it("has Rosebud's pages and local development in its default", () => {
    const byDefault = new OriginPolicy(loadConfig({}).ALLOWED_ORIGINS, false);
    expect(byDefault.allows({ origin: "https://play.rosebud.ai" })).toBe(true);
    expect(byDefault.allows({ origin: "http://localhost:3000" })).toBe(true);
    expect(byDefault.allows({ origin: "http://127.0.0.1:3000" })).toBe(true);
    expect(byDefault.allows({ origin: "https://apex.example" })).toBe(false);
  });
});

describe("the same origins at every door", () => {
  // A header cannot hold an empty origin apart from none at the HTTP parser of every client; the unit table has it.
  const cases = ORIGINS.filter(([origin]) => origin !== "");

  it("lets pages read /api", async () => {
    const server = await startApp({ ALLOWED_ORIGINS: POLICY, RATE_LIMIT_MAX: "1000" });
    for (const [origin, why, allowed] of cases) {
      const { status, headers } = await ask(`${server.url}/api/odds/sports`, "GET", originHeader(origin));
      expect(status, why).toBe(200);
      const expected = origin !== undefined && allowed ? origin : undefined;
      expect(headers["access-control-allow-origin"], `${origin}: ${why}`).toBe(expected);
      if (origin !== undefined)
        expect(headers["access-control-allow-credentials"]).toBe(allowed ? "true" : undefined);
      expect(headers.vary, "a cache must not give one page's answer to another").toMatch(/origin/i);
    }
  });

  it("answers preflights of /api", async () => {
    const server = await startApp({ ALLOWED_ORIGINS: POLICY, RATE_LIMIT_MAX: "1000" });
    for (const [origin, why, allowed] of cases) {
      const answer = await ask(`${server.url}/api/odds/live`, "OPTIONS", {
        ...originHeader(origin),
        ...PREFLIGHT,
      });
      const expected = origin !== undefined && allowed ? origin : undefined;
      expect(answer.headers["access-control-allow-origin"], `${origin}: ${why}`).toBe(expected);
      if (!allowed) continue;
      expect(answer.status, why).toBe(204);
      expect(answer.headers["access-control-allow-methods"]).toBe("GET");
      expect(answer.headers["access-control-allow-headers"]).toBe("if-none-match");
    }
  });

  it("lets pages connect over Socket.IO polling", async () => {
    const server = await startApp({ ALLOWED_ORIGINS: POLICY });
    for (const [origin, why, allowed] of cases) {
      const { status, headers } = await ask(polling(server), "GET", originHeader(origin));
      expect(status, `${origin}: ${why}`).toBe(allowed ? 200 : 403);
      // A page that is refused may read that, and nothing else: its browser would tell it only that something failed.
      expect(headers["access-control-allow-origin"], `${origin}: ${why}`).toBe(origin);
      if (!allowed) expect(headers["access-control-allow-credentials"]).toBeUndefined();
    }
  });

  it.each(WEBSOCKETS)("lets pages connect over %s", async (_, url) => {
    const server = await startApp({ ALLOWED_ORIGINS: POLICY });
    for (const [origin, why, allowed] of cases) {
      expect(await opens(url(server), origin), `${origin}: ${why}`).toBe(allowed);
    }
  });
});

describe("ALLOWED_ORIGINS=*", () => {
  const strangers = [undefined, "https://evil.example", "null"];

  it("lets every page in at every door, without credentials", async () => {
    const server = await startApp({ ALLOWED_ORIGINS: "*" });
    for (const origin of strangers) {
      const answers = [
        await ask(`${server.url}/api/odds/sports`, "GET", originHeader(origin)),
        await ask(`${server.url}/api/odds/live`, "OPTIONS", { ...originHeader(origin), ...PREFLIGHT }),
        await ask(polling(server), "GET", originHeader(origin)),
      ];
      for (const { status, headers } of answers) {
        expect(status).toBeLessThan(300);
        expect(headers["access-control-allow-origin"]).toBe("*");
        expect(headers["access-control-allow-credentials"]).toBeUndefined();
      }
      for (const [, url] of WEBSOCKETS) expect(await opens(url(server), origin)).toBe(true);
    }
  });
});

describe("ALLOWED_ORIGINS with null", () => {
  it("lets pages without an origin of their own in at every door, beside the others, without credentials", async () => {
    const server = await startApp({ ALLOWED_ORIGINS: "https://apex.example, null" });
    const cases: [origin: string, allowed: boolean][] = [
      ["null", true],
      ["https://apex.example", true],
      ["NULL", false],
      ["null.example", false],
      ["https://null", false],
      ["http://null", false],
      ["file://", false],
    ];
    for (const [origin, allowed] of cases) {
      const answers = [
        await ask(`${server.url}/api/odds/sports`, "GET", { origin }),
        await ask(`${server.url}/api/odds/live`, "OPTIONS", { origin, ...PREFLIGHT }),
        // A refused page may read that it is refused.
        ...(allowed ? [await ask(polling(server), "GET", { origin })] : []),
      ];
      for (const { headers } of answers) {
        expect(headers["access-control-allow-origin"], origin).toBe(allowed ? origin : undefined);
        const credentials = allowed && origin !== "null" ? "true" : undefined;
        expect(headers["access-control-allow-credentials"], origin).toBe(credentials);
      }
      for (const [, url] of WEBSOCKETS) expect(await opens(url(server), origin), origin).toBe(allowed);
    }
  });
});

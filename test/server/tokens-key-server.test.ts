import type { RequestListener } from "node:http";
import { describe, expect, it } from "vitest";
import { startKeyServer } from "../helpers/key-server.js";
import { closeAfter, type Running, startApp } from "../helpers/start-app.js";
import { keyPair, sign, unsigned } from "../helpers/tokens.js";

const ATTACKER = "the secret of somebody who can write into the list of keys";

async function ask(server: Running, token: string) {
  const began = performance.now();
  const response = await fetch(`${server.url}/api/odds/sports`, {
    headers: { Authorization: `Bearer ${token}` },
  });
  await response.arrayBuffer();
  return { status: response.status, ms: performance.now() - began };
}

/** A server that takes the keys of a key server, which lists one. */
async function setUp() {
  const known = await keyPair("ES256", "known");
  const keys = await startKeyServer(() => {});
  keys.list(known.jwk);
  const server = await startApp({
    AUTH_JWKS_URL: keys.url,
    RATE_LIMIT_MAX: "100000",
    RATE_LIMIT_WINDOW_MS: "60000",
  });
  expect((await ask(server, await known.sign())).status).toBe(200);
  return { known, keys, server };
}

describe("With a key server", () => {
  it.each(["RS256", "ES256", "EdDSA"] as const)("takes %s", async (alg) => {
    const { keys, server } = await setUp();
    const other = await keyPair(alg, "other");
    keys.list(other.jwk);
    expect((await ask(server, await other.sign())).status).toBe(200);
  });

  it("takes a new key at once, once a minute, and a thousand unknown ones cost one question", async () => {
    const { keys, known, server } = await setUp();
    expect(keys.asked).toBe(1);
    const fresh = await keyPair("ES256", "fresh");
    keys.list(known.jwk, fresh.jwk);
    expect((await ask(server, await fresh.sign())).status).toBe(200);
    const stranger = await keyPair("ES256");
    const tokens = await Promise.all(Array.from({ length: 1000 }, (_, i) => stranger.sign({}, `kid-${i}`)));
    const statuses = new Set(
      (await Promise.all(tokens.map((token) => ask(server, token)))).map((it) => it.status),
    );
    expect(statuses).toEqual(new Set([401]));
    expect(keys.asked).toBe(2);
    expect((await ask(server, await known.sign())).status).toBe(200);
  });

  const LIES: readonly (readonly [string, RequestListener])[] = [
    ["is silent", () => {}],
    ["answers with an error", (_request, response) => response.writeHead(500).end("{}")],
    ["answers with a page", (_request, response) => response.end("<html>Sign in</html>")],
    ["lists nothing", (_request, response) => response.end('{"keys":[]}')],
    [
      "lists a secret",
      (_request, response) =>
        response.end(
          JSON.stringify({
            keys: [{ kty: "oct", kid: "oct", k: Buffer.from(ATTACKER).toString("base64url") }],
          }),
        ),
    ],
    ["answers without end", (_request, response) => void endless(response)],
    [
      "leads elsewhere",
      (request, response) =>
        response.writeHead(302, { Location: `http://${request.headers.host}/keys` }).end(),
    ],
    ["is cut off", (request) => void request.socket.destroy()],
  ];

  it.each(LIES)("that %s, those whose key is known go on, without waiting", async (_, answer) => {
    const { keys, known, server } = await setUp();
    keys.answer = answer;
    const unknown = ask(server, await (await keyPair("ES256", "new")).sign());
    const meanwhile = [];
    for (let i = 0; i < 20; i += 1) meanwhile.push(await ask(server, await known.sign()));
    expect(meanwhile.filter(({ status }) => status !== 200)).toEqual([]);
    expect(Math.max(...meanwhile.map(({ ms }) => ms))).toBeLessThan(1500);
    expect((await unknown).status).toBe(401);
    expect((await ask(server, await sign({}, ATTACKER))).status).toBe(401);
    expect((await ask(server, unsigned({ alg: "none", kid: "known" }, { exp: 9e9 }))).status).toBe(401);
    const said = server.log.lines.filter(({ message }) => message.startsWith("The key server"));
    expect(said).toMatchObject([{ level: "warn", fields: { reason: expect.any(String) } }]);
    expect(JSON.stringify(said)).not.toContain("127.0.0.1");
  });

  it("that is down from the start, tokens cannot be checked, and are once it is there", async () => {
    const known = await keyPair("ES256", "known");
    const keys = await startKeyServer((_request, response) => response.writeHead(503).end());
    const server = await startApp({ AUTH_JWKS_URL: keys.url });
    const token = await known.sign();
    const response = await fetch(`${server.url}/api/odds/live`, {
      headers: { Authorization: `Bearer ${token}` },
    });
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toBe("5");
    expect(
      server.log.lines.some(({ level, message }) => level === "error" && /no token can/.test(message)),
    ).toBe(true);
    keys.list(known.jwk);
    await expect.poll(async () => (await ask(server, token)).status, { interval: 1000 }).toBe(200);
  });

  it("its keys are for what they say: an RSA key takes no HS256, and an encryption key signs nothing", async () => {
    const rsa = await keyPair("RS256", "rsa");
    const enc = await keyPair("RS256", "enc");
    const keys = await startKeyServer(() => {});
    keys.list(rsa.jwk, { ...enc.jwk, use: "enc" });
    const server = await startApp({ AUTH_JWKS_URL: keys.url });
    expect((await ask(server, await sign({}, rsa.pem))).status).toBe(401);
    expect((await ask(server, await enc.sign())).status).toBe(401);
    expect((await ask(server, await rsa.sign())).status).toBe(200);
  });
});

/** Writes until nobody reads any more. */
function endless(response: Parameters<RequestListener>[1]): void {
  const timer = closeAfter(
    setInterval(() => response.write(" ".repeat(64 * 1024)), 5),
    clearInterval,
  );
  response.on("close", () => clearInterval(timer));
}

import { describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import type { Answer } from "../../src/protocol/socketio-events.js";
import { rawClient, socketIoClient, type TestClient, wsClient } from "../helpers/clients.js";
import { rawFrame } from "../helpers/raw-frames.js";
import { closeAfter, type Running, startApp } from "../helpers/start-app.js";
import { inSeconds, SECRET, sign } from "../helpers/tokens.js";

const NBA = "basketball_nba";
const NHL = "icehockey_nhl";
const withTokens = (env: Record<string, string> = {}) => startApp({ AUTH_JWT_SECRET: SECRET, ...env });
const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });

interface Answered {
  readonly error: { readonly code: string };
  readonly sports: readonly { readonly key: string }[];
}

const rest = async (server: Running, path: string, token?: string) => {
  const response = await fetch(`${server.url}${path}`, { headers: token === undefined ? {} : bearer(token) });
  return { status: response.status, headers: response.headers, body: (await response.json()) as Answered };
};

/** A plain WebSocket that presents its token in a first message. */
async function withFirstMessage(server: Running, token: string): Promise<TestClient> {
  const client = await wsClient(server);
  client.say({ type: "auth", token });
  return client;
}

/** A plain WebSocket with a token as a subprotocol. */
async function withSubprotocol(server: Running, token: string) {
  const socket = closeAfter(new WebSocket(server.wsUrl, ["live-odds", `bearer.${token}`]), (it) =>
    it.terminate(),
  );
  const told: string[] = [];
  socket.on("message", (frame) => told.push(String(frame)));
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
  return { socket, told };
}

/** Every way to bring a token to a standing connection. */
const WAYS: readonly { way: string; connect(server: Running, token: string): Promise<TestClient> }[] = [
  { way: "Socket.IO, auth", connect: (server, token) => socketIoClient(server, { auth: { token } }) },
  {
    way: "Socket.IO, header",
    connect: (server, token) => socketIoClient(server, { extraHeaders: bearer(token) }),
  },
  {
    way: "Socket.IO over polling, header",
    connect: (server, token) =>
      socketIoClient(server, { extraHeaders: bearer(token), transports: ["polling"] }),
  },
  {
    way: "Socket.IO WebSocket, header",
    connect: (server, token) =>
      socketIoClient(server, { extraHeaders: bearer(token), transports: ["websocket"] }),
  },
  {
    way: "plain WebSocket, header",
    connect: (server, token) => wsClient(server, { headers: bearer(token) }),
  },
  { way: "plain WebSocket, first message", connect: withFirstMessage },
];

describe.concurrent("With tokens on, a client that has one", () => {
  it.for(WAYS)("gets its boards: $way", async ({ connect }, { expect }) => {
    const server = await withTokens();
    const client = await connect(server, await sign({ sub: "ann" }));
    expect(await client.inbox.first("auth_ack")).toMatchObject({ sub: "ann", expiresAt: expect.any(Number) });
    client.say({ type: "subscribe", sport: NBA });
    await client.inbox.first("odds_update");
    const connected = server.log.lines.find(({ message }) => message === "Client connected");
    expect(connected?.fields.sub).toBe("ann");
    client.close();
    await expect
      .poll(() => server.log.lines.find(({ message }) => message === "Client disconnected")?.fields.sub)
      .toBe("ann");
  });

  it("gets in with a subprotocol, of which only ours is answered", async ({ expect }) => {
    const server = await withTokens();
    const { socket, told } = await withSubprotocol(server, await sign({ sub: "ann" }));
    expect(socket.protocol).toBe("live-odds");
    await expect.poll(() => told.join()).toContain('"sub":"ann"');
  });

  it("may say the token and what it wants in one breath", async () => {
    const server = await withTokens();
    const client = await withFirstMessage(server, await sign());
    client.say({ type: "subscribe", sport: NBA });
    client.say({ type: "ping" });
    await client.inbox.first("pong");
    expect(client.inbox.messages.map(({ type }) => type)).toEqual(
      expect.arrayContaining(["auth_ack", "subscription_ack", "pong"]),
    );
    expect(client.inbox.all("error")).toEqual([]);
  });

  it("may send it in pieces, or in one packet with all that it wants", async () => {
    const server = await withTokens();
    const auth = { type: "auth", token: await sign({ sub: "ann" }) };
    const piecewise = await rawClient(server, "plain WebSocket", "");
    piecewise.raw.socket.setNoDelay();
    const frame = rawFrame(JSON.stringify(auth));
    for (let i = 0; i < frame.length; i += 7) {
      piecewise.raw.write(frame.subarray(i, i + 7));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await piecewise.inbox.first("auth_ack");
    const atOnce = await rawClient(server, "plain WebSocket");
    atOnce.sayAll([auth, { type: "subscribe", sport: NBA }, { type: "ping" }]);
    await atOnce.inbox.first("pong");
    await atOnce.inbox.first("odds_update");
    expect(atOnce.inbox.messages.slice(0, 2).map(({ type }) => type)).toEqual([
      "auth_ack",
      "subscription_ack",
    ]);
    expect(atOnce.inbox.all("error")).toEqual([]);
  });

  it("is served over REST", async () => {
    const server = await withTokens();
    expect(await rest(server, "/api/odds/live", await sign())).toMatchObject({ status: 200 });
  });
});

describe.concurrent("With tokens on, a client without one", () => {
  it("gets 401 over REST, and is told how to present it", async () => {
    const { status, headers, body } = await rest(await withTokens(), "/api/odds/live");
    expect(status).toBe(401);
    expect(body.error.code).toBe("UNAUTHORIZED");
    expect(headers.get("www-authenticate")).toBe('Bearer realm="live-odds"');
  });

  it("is not let into the namespace, and is told why", async () => {
    const refused = socketIoClient(await withTokens());
    await expect(refused).rejects.toMatchObject({ data: { code: "UNAUTHORIZED" } });
  });

  it("is closed with 3000 when it says anything else first", async () => {
    const client = await wsClient(await withTokens());
    client.say({ type: "subscribe", sport: NBA });
    expect(await client.closed).toBe(3000);
    expect(client.inbox.messages).toMatchObject([{ type: "error", code: "UNAUTHORIZED" }]);
  });

  it("is closed with 3000 when it says nothing for 5 s", async () => {
    const client = await wsClient(await withTokens());
    const began = performance.now();
    expect(await client.closed).toBe(3000);
    expect(performance.now() - began).toBeGreaterThan(4000);
  });

  it("may still ask how the server is", async () => {
    const server = await withTokens();
    for (const path of ["/health", "/ready", "/status"]) expect((await rest(server, path)).status).toBe(200);
  });
});

describe.concurrent("When a token ends", () => {
  it("a plain WebSocket is told and closed with 3000", async () => {
    const server = await withTokens();
    const client = await wsClient(server, { headers: bearer(await sign({ exp: inSeconds(2) })) });
    client.say({ type: "subscribe", sport: NBA });
    expect(await client.closed).toBe(3000);
    expect(client.inbox.all("error")).toMatchObject([{ code: "TOKEN_EXPIRED" }]);
  });

  it("a Socket.IO client is told, comes back with a new one by itself, and cannot with the old one", async () => {
    const server = await withTokens();
    const tokens = [
      await sign({ sub: "ann", exp: inSeconds(2) }),
      await sign({ sub: "ann", exp: inSeconds(60) }),
    ];
    const client = await socketIoClient(server, {
      reconnection: true,
      reconnectionDelay: 10,
      auth: (send) => send({ token: tokens.shift() ?? "" }),
    });
    await client.inbox.first("error", ({ code }) => code === "TOKEN_EXPIRED");
    expect(await client.gone).toBe("transport close");
    await client.inbox.next("auth_ack");
    const old = socketIoClient(server, { auth: { token: await sign({ exp: inSeconds(-1) }) } });
    await expect(old).rejects.toMatchObject({ data: { code: "TOKEN_EXPIRED" } });
  });
});

describe.concurrent.each(WAYS)("A token renewed on the connection ($way)", ({ connect }) => {
  it("keeps it, and its subscriptions", async () => {
    const server = await withTokens();
    const client = await connect(server, await sign({ sub: "ann", exp: inSeconds(3) }));
    client.say({ type: "subscribe", sport: NBA });
    await client.inbox.first("odds_update");
    client.say({ type: "auth", token: await sign({ sub: "ann", exp: inSeconds(3600) }) });
    const renewed = await client.inbox.first(
      "auth_ack",
      ({ expiresAt }) => (expiresAt ?? 0) > Date.now() + 10_000,
    );
    expect(renewed.sub).toBe("ann");
    await client.inbox.next("odds_update", ({ timestamp }) => timestamp > renewed.timestamp + 3500);
    expect(client.inbox.all("error")).toEqual([]);
    expect(client.inbox.all("subscription_ack")).toHaveLength(1);
  });

  it("takes away what the new one does not allow, and nothing else", async () => {
    const server = await withTokens();
    const client = await connect(server, await sign({ sub: "ann" }));
    for (const sport of [NBA, NHL]) {
      client.say({ type: "subscribe", sport });
      await client.inbox.first("odds_update", (update) => update.sport === sport);
    }
    client.say({ type: "auth", token: await sign({ sub: "ann", sports: [NHL] }) });
    await client.inbox.first("error", ({ code, sport }) => code === "SPORT_NOT_ALLOWED" && sport === NBA);
    for (let i = 0; i < 3; i += 1) expect((await client.inbox.next("odds_update")).sport).toBe(NHL);
    client.say({ type: "subscribe", sport: NBA });
    await client.inbox.next("error", ({ code, sport }) => code === "SPORT_NOT_ALLOWED" && sport === NBA);
  });

  it("changes nothing where it is refused, or another client's", async () => {
    const server = await withTokens();
    const client = await connect(server, await sign({ sub: "ann" }));
    client.say({ type: "subscribe", sport: NBA });
    await client.inbox.first("odds_update");
    for (const token of [
      "nonsense",
      await sign({ sub: "bob" }),
      await sign({ sub: "ann", exp: inSeconds(-9) }),
    ]) {
      client.say({ type: "auth", token });
      await client.inbox.next("error");
    }
    await client.inbox.next("odds_update");
    const codes = client.inbox.all("error").map(({ code }) => code);
    expect(codes).toEqual(["UNAUTHORIZED", "UNAUTHORIZED", "TOKEN_EXPIRED"]);
  });
});

describe.concurrent("What a token says", () => {
  it("of sports bounds REST and its list", async () => {
    const server = await withTokens();
    const token = await sign({ sports: [NHL] });
    expect(await rest(server, `/api/odds/live?sport=${NHL}`, token)).toMatchObject({ status: 200 });
    expect(await rest(server, `/api/odds/live?sport=${NBA}`, token)).toMatchObject({
      status: 403,
      body: { error: { code: "SPORT_NOT_ALLOWED" } },
    });
    const { body } = await rest(server, "/api/odds/sports", token);
    expect(body.sports.map(({ key }) => key)).toEqual([NHL]);
  });

  it("of scope opens what is the operator's", async () => {
    const server = await withTokens();
    for (const path of ["/api/cluster", "/api/odds/credits"]) {
      expect((await rest(server, path)).status).toBe(401);
      const refused = await rest(server, path, await sign({ scope: "read" }));
      expect(refused).toMatchObject({ status: 403, body: { error: { code: "UNAUTHORIZED" } } });
      expect(refused.headers.get("www-authenticate")).toContain("insufficient_scope");
      expect((await rest(server, path, await sign({ scope: "read admin" }))).status).toBe(200);
    }
    const status = async (headers: Record<string, string>) =>
      (
        await fetch(`${server.url}/status`, { headers: { "X-Forwarded-For": "192.0.2.1", ...headers } })
      ).json();
    expect(await status(bearer(await sign({ scope: "admin" })))).toHaveProperty("advice");
    expect(await status(bearer(await sign()))).not.toHaveProperty("advice");
    expect(await status(bearer("nonsense"))).not.toHaveProperty("advice");
  });

  it("of sub names the client in the limits, wherever it comes from", async ({ expect }) => {
    const server = await withTokens({ RATE_LIMIT_MAX: "2", MAX_CONNECTIONS_PER_IP: "2" });
    const [ann, bob] = [await sign({ sub: "ann" }), await sign({ sub: "bob" })];
    for (let i = 0; i < 2; i += 1) expect((await rest(server, "/api/odds/sports", ann)).status).toBe(200);
    expect((await rest(server, "/api/odds/sports", ann)).status).toBe(429);
    expect((await rest(server, "/api/odds/sports", bob)).status).toBe(200);
    // At all doors together, and a place that was left is free again.
    const held = [
      await socketIoClient(server, { auth: { token: ann } }),
      await withFirstMessage(server, ann),
    ];
    await held[1]?.inbox.first("auth_ack");
    await expect(socketIoClient(server, { auth: { token: ann } })).rejects.toMatchObject({
      data: { code: "RATE_LIMITED" },
    });
    const third = await wsClient(server);
    third.say({ type: "auth", token: ann });
    expect(await third.closed).toBe(1008);
    await expect(wsClient(server, { headers: bearer(ann) })).rejects.toThrow("429");
    held[0]?.close();
    await expect
      .poll(() =>
        wsClient(server, { headers: bearer(ann) }).then(
          () => "in",
          () => "refused",
        ),
      )
      .toBe("in");
    await wsClient(server, { headers: bearer(bob) });
  });

  it("does not open a foreign page's way in", async () => {
    const server = await withTokens();
    const headers = { ...bearer(await sign()), Origin: "https://evil.example" };
    await expect(wsClient(server, { headers })).rejects.toThrow("403");
  });
});

describe.concurrent("With tokens off", () => {
  it("one that comes all the same is ignored, and an auth is answered", async () => {
    const server = await startApp();
    const plain = await wsClient(server, { headers: bearer("nonsense") });
    plain.say({ type: "auth", token: "nonsense" });
    expect(await plain.inbox.first("auth_ack")).toMatchObject({ sub: null, expiresAt: null });
    const { socket } = await socketIoClient(server, { auth: { token: "nonsense" } });
    const answer = await new Promise<Answer>((resolve) =>
      socket.emit("auth", { token: "nonsense" }, resolve),
    );
    expect(answer).toMatchObject({ ok: true, type: "auth_ack" });
    expect((await rest(server, "/api/odds/credits", "nonsense")).status).toBe(200);
    const { socket: browser } = await withSubprotocol(server, "nonsense");
    expect(browser.protocol).toBe("live-odds");
  });
});

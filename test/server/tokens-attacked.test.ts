import { beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { socketIoClient, wsClient } from "../helpers/clients.js";
import { closeAfter, type Running, startApp } from "../helpers/start-app.js";
import { inSeconds, keyPair, sign, unsigned } from "../helpers/tokens.js";

const ISSUER = "https://login.example";
const AUDIENCE = "odds";
const RIGHT = { iss: ISSUER, aud: AUDIENCE };
const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });
let ours: Awaited<ReturnType<typeof keyPair>>;
let theirs: typeof ours;

beforeAll(async () => {
  ours = await keyPair("RS256");
  theirs = await keyPair("RS256");
});

const start = () =>
  startApp({
    AUTH_JWT_PUBLIC_KEY: ours.pem.replaceAll("\n", "\\n"),
    AUTH_JWT_ISSUER: ISSUER,
    AUTH_JWT_AUDIENCE: AUDIENCE,
  });

/** Each of them is refused with this code; the message says why. */
const ATTACKS: readonly { name: string; code: string; why: RegExp; token(): string | Promise<string> }[] = [
  { name: "nonsense", code: "UNAUTHORIZED", why: /no JSON Web Token/, token: () => "a.b.c" },
  {
    name: "alg none",
    code: "UNAUTHORIZED",
    why: /signed by RS256/,
    token: () => unsigned({ alg: "none" }, { exp: inSeconds(60), ...RIGHT }),
  },
  {
    name: "no alg",
    code: "UNAUTHORIZED",
    why: /signed by RS256/,
    token: () => unsigned({ typ: "JWT" }, { exp: inSeconds(60), ...RIGHT }, "c2ln"),
  },
  {
    name: "HS256 signed with the public key",
    code: "UNAUTHORIZED",
    why: /signed by RS256/,
    token: () => sign(RIGHT, new TextEncoder().encode(ours.pem)),
  },
  {
    name: "another key",
    code: "UNAUTHORIZED",
    why: /signature is wrong/,
    token: () => theirs.sign(RIGHT),
  },
  {
    name: "claims changed behind the signature",
    code: "UNAUTHORIZED",
    why: /signature is wrong/,
    token: async () => {
      const [header, , signature] = (await ours.sign(RIGHT)).split(".");
      const claims = unsigned({}, { exp: inSeconds(9999), scope: "admin", ...RIGHT }).split(".")[1];
      return [header, claims, signature].join(".");
    },
  },
  {
    name: "an end that is past",
    code: "TOKEN_EXPIRED",
    why: /ended/,
    token: () => ours.sign({ exp: inSeconds(-1), ...RIGHT }),
  },
  {
    name: "no end",
    code: "UNAUTHORIZED",
    why: /must end/,
    token: () => ours.sign({ exp: undefined, ...RIGHT }),
  },
  {
    name: "an end behind all time",
    code: "UNAUTHORIZED",
    why: /exp is not/,
    token: () => ours.sign({ exp: 1e308, ...RIGHT }),
  },
  {
    name: "a beginning that is to come",
    code: "UNAUTHORIZED",
    why: /not valid yet/,
    token: () => ours.sign({ nbf: inSeconds(30), ...RIGHT }),
  },
  {
    name: "another issuer",
    code: "UNAUTHORIZED",
    why: /issuer/,
    token: () => ours.sign({ ...RIGHT, iss: "https://evil.example" }),
  },
  {
    name: "another audience",
    code: "UNAUTHORIZED",
    why: /audience/,
    token: () => ours.sign({ ...RIGHT, aud: ["shop", "mail"] }),
  },
  {
    name: "sports that are no list",
    code: "UNAUTHORIZED",
    why: /sports/,
    token: () => ours.sign({ ...RIGHT, sports: "basketball_nba" }),
  },
  {
    name: "9000 characters",
    code: "UNAUTHORIZED",
    why: /longer than/,
    token: () => ours.sign({ ...RIGHT, padding: "x".repeat(6600) }),
  },
];

interface Refused {
  readonly code: string;
  readonly message: string;
}

const IN: Refused = { code: "none", message: "It was let in." };

/** What a WebSocket that is not opened is answered. */
function answerTo(socket: WebSocket): Promise<{ status: number; error: Refused }> {
  closeAfter(socket, (it) => it.terminate());
  return new Promise((resolve, reject) => {
    socket.on("error", () => {});
    socket.on("open", () => reject(new Error("It was let in.")));
    socket.on("unexpected-response", (_request, response) => {
      let body = "";
      response.on("data", (piece) => {
        body += piece;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, error: JSON.parse(body).error }));
    });
  });
}

const overHttp = async (url: string, token: string) => {
  const response = await fetch(url, { headers: bearer(token) });
  return { status: response.status, ...((await response.json()) as { error: Refused }) };
};

/** What each way in makes of a token; the status is that of HTTP, or the code of a Close. */
const WAYS: readonly {
  way: string;
  status: number | undefined;
  present(server: Running, token: string): Promise<{ status?: number; error: Refused }>;
}[] = [
  { way: "REST", status: 401, present: ({ url }, token) => overHttp(`${url}/api/odds/live`, token) },
  {
    way: "Socket.IO, polling",
    status: 401,
    present: ({ url }, token) => overHttp(`${url}/socket.io/?EIO=4&transport=polling`, token),
  },
  {
    way: "Socket.IO, WebSocket",
    status: 401,
    present: ({ port }, token) =>
      answerTo(
        new WebSocket(`ws://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket`, {
          headers: bearer(token),
        }),
      ),
  },
  {
    way: "Socket.IO, auth",
    status: undefined,
    present: async (server, token) => {
      const refusal: unknown = await socketIoClient(server, { auth: { token } }).then(
        () => IN,
        (error) => error.data,
      );
      return { error: refusal as Refused };
    },
  },
  {
    way: "plain WebSocket, header",
    status: 401,
    present: ({ wsUrl }, token) => answerTo(new WebSocket(wsUrl, { headers: bearer(token) })),
  },
  {
    way: "plain WebSocket, subprotocol",
    status: 401,
    present: ({ wsUrl }, token) => answerTo(new WebSocket(wsUrl, ["live-odds", `bearer.${token}`])),
  },
  {
    way: "plain WebSocket, first message",
    status: 3000,
    present: async (server, token) => {
      const client = await wsClient(server);
      client.say({ type: "auth", token });
      // Behind it, and not to be obeyed.
      client.say({ type: "subscribe", sport: "basketball_nba" });
      const status = await Promise.race([client.closed, client.inbox.first("auth_ack").then(() => 0)]);
      if (status === 0) return { status, error: IN };
      expect(client.inbox.all("subscription_ack")).toEqual([]);
      return { status, error: client.inbox.all("error")[0] as Refused };
    },
  },
];

describe.each(WAYS)("A token that is not valid: $way", ({ status, present }) => {
  it("is refused with why, and never told or logged; a valid one is taken", async () => {
    const server = await start();
    const got: string[] = [];
    for (const { name, code, why, token } of ATTACKS) {
      const presented = await token();
      const answer = await present(server, presented);
      expect({ name, status: answer.status, code: answer.error.code }).toEqual({ name, status, code });
      expect(answer.error.message, name).toMatch(why);
      got.push(JSON.stringify(answer));
      const all = got.join() + JSON.stringify(server.log.lines);
      for (const part of presented.split(".").filter((part) => part.length > 8)) {
        expect(all.includes(part), `${name} was told or logged`).toBe(false);
      }
    }
    expect(JSON.stringify(server.log.lines)).toContain("Refused: ");
    const valid = await present(server, await ours.sign(RIGHT)).catch((error: Error) => error.message);
    expect(JSON.stringify(valid)).not.toMatch(/UNAUTHORIZED|TOKEN_EXPIRED/);
  }, 60_000);
});

describe("A token of 1 MB", () => {
  const token = "x".repeat(1_000_000);

  it("is too long a header: 431", async () => {
    const { url, wsUrl } = await start();
    expect((await fetch(`${url}/api/odds/live`, { headers: bearer(token) })).status).toBe(431);
    const { status } = await answerTo(new WebSocket(wsUrl, { headers: bearer(token) }));
    expect(status).toBe(431);
  });

  it("is too long a message: the end", async () => {
    const server = await start();
    const client = await wsClient(server);
    client.say({ type: "auth", token });
    expect(await client.closed).toBe(1009);
    for (const transport of ["websocket", "polling"]) {
      await expect(socketIoClient(server, { auth: { token }, transports: [transport] })).rejects.toThrow(
        /Cut off|post error/,
      );
    }
  });
});

describe("A token in a query", () => {
  it.each([
    "/api/odds/live?token=",
    "/api/odds/live?sport=",
    "/api/odds/live?",
    "/socket.io/?EIO=4&transport=polling&access_token=",
    "/socket.io/?EIO=4&transport=polling&",
  ])("is refused with why, a valid header beside it or not: %s", async (path) => {
    const server = await start();
    const token = await ours.sign(RIGHT);
    for (const headers of [{}, bearer(token)]) {
      const response = await fetch(`${server.url}${path}${token}`, { headers });
      const body = await response.text();
      expect(response.status).toBe(401);
      expect(body).toContain("A token in a URL is refused");
      expect(body + JSON.stringify(server.log.lines)).not.toContain(token.split(".")[1]);
    }
  });

  it.each(["/odds?token=", "/odds?", "/socket.io/?EIO=4&transport=websocket&jwt="])(
    "is refused at a WebSocket: %s",
    async (path) => {
      const server = await start();
      const { status, error } = await answerTo(
        new WebSocket(`ws://127.0.0.1:${server.port}${path}${await ours.sign(RIGHT)}`),
      );
      expect({ status, code: error.code }).toEqual({ status: 401, code: "UNAUTHORIZED" });
      expect(error.message).toContain("A token in a URL is refused");
    },
  );
});

describe("The log and the answers", () => {
  it("never have a token that is somewhere else than it should be", async () => {
    const server = await start();
    const token = await ours.sign(RIGHT);
    const response = await fetch(`${server.url}/${token}`);
    expect(await response.text()).toContain("/[token]");
    const socket = closeAfter(new WebSocket(server.wsUrl, [`bearer.${token}`]), (it) => it.terminate());
    const upgraded = new Promise((resolve) => socket.on("upgrade", ({ headers }) => resolve(headers)));
    socket.on("error", () => {});
    expect(JSON.stringify(await upgraded)).not.toContain(token.split(".")[1]);
  });
});

describe("Whoever leaves while a token is verified", () => {
  it("leaves no connection counted behind", async () => {
    const server = await startApp({
      AUTH_JWT_PUBLIC_KEY: ours.pem,
      MAX_CONNECTIONS_PER_IP: "20",
    });
    const token = await ours.sign({ sub: "ann" });
    const bearers = { headers: bearer(token) };
    for (let round = 0; round < 5; round += 1) {
      const gone = Array.from({ length: 15 }, (_, i) => {
        const path = i % 2 === 0 ? "/odds" : "/socket.io/?EIO=4&transport=websocket";
        const socket = new WebSocket(`ws://127.0.0.1:${server.port}${path}`, bearers);
        return new Promise((resolve) => {
          socket.on("error", resolve);
          socket.on("close", resolve);
          setTimeout(() => socket.terminate(), i);
        });
      });
      await Promise.all(gone);
    }
    // All twenty places are free: of the address, and of the token's owner.
    const all = async () => {
      const sockets = await Promise.allSettled(Array.from({ length: 20 }, () => wsClient(server, bearers)));
      const failed = sockets.filter(({ status }) => status === "rejected").length;
      for (const socket of sockets) if (socket.status === "fulfilled") socket.value.close();
      return failed;
    };
    await expect.poll(all, { interval: 500 }).toBe(0);
  });
});

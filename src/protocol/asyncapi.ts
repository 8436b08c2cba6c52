import {
  ANSWER,
  CLIENT,
  CLIENT_EVENTS,
  CONNECT_ERROR,
  type Described,
  REFUSAL,
  SERVER,
  SOCKET_IO_SCHEMAS,
} from "./asyncapi-messages.js";
import { CLOSE, CLOSE_MEANS, ODDS_PATH } from "./connections.js";
import { codesTable } from "./error-codes.js";
import { type Json, jsonSchemas, reachable } from "./json-schemas.js";
import { type Limits, limitsTable, limitValues } from "./limits.js";
import { BEARER_TOKEN, tokensIn } from "./tokens.js";

/** Which messages answer a client's, beside `error`. */
const ANSWERED_BY: Readonly<Record<string, readonly string[]>> = {
  subscribe: ["subscription_ack"],
  unsubscribe: ["unsubscription_ack"],
  ping: ["pong"],
  auth: ["auth_ack"],
};

const SOCKET_IO =
  "Events are named by a message's `type`. Each event of a client's takes an optional callback, which is given an " +
  "`answer`; the answering event comes in any case. One connection holds one client in each namespace. Where the plain " +
  "WebSocket is closed with 1012 or 1013 the transport is closed, so that clients come back by themselves; where it is " +
  "closed with 1008 the server disconnects the client.";

const WEBSOCKET =
  "JSON text frames, told apart by `type`. What is no JSON object in a text frame is answered by an `error`, and the " +
  "connection goes on.";

const TOKENS =
  "At both transports `Authorization: Bearer` goes with the first request. Socket.IO clients may give it as `auth.token` " +
  "instead; without one the namespace is refused (`connect_error`). The plain WebSocket also takes it as a subprotocol " +
  "(`live-odds`, `bearer.<token>`), or in a first message, `auth`, within 5 s; else it is closed with 3000. What is taken " +
  "is answered by an `auth_ack`. An `auth` with a new token before that ends keeps the connection; when it ends there " +
  "is an `error` with TOKEN_EXPIRED, and the connection ends.";

/**
 * Where both transports are, for a client that has found the server at `host` (with the port); `asksForTokens`: whether
 * it needs a token.
 */
export function serversAt(host: string, isSecure: boolean, asksForTokens: boolean): Json {
  const security = [{ $ref: "#/components/securitySchemes/bearer" }];
  const server = { host, protocol: isSecure ? "wss" : "ws", ...(asksForTokens ? { security } : {}) };
  return {
    socketio: {
      ...server,
      pathname: "/socket.io/",
      protocolVersion: "EIO=4",
      description: "For socket.io-client 3 or later, which may begin by polling over HTTP.",
    },
    websocket: {
      ...server,
      pathname: ODDS_PATH,
      protocolVersion: "13",
      description: "For all that speaks RFC 6455: JSON text frames, told apart by `type`.",
    },
  };
}

/**
 * The AsyncAPI 3.0 document of a server: Socket.IO and the plain WebSocket. `release` is its version. `servers` are those
 * of a server on this machine; see {@link serversAt}. `asksForTokens`: whether its clients need one.
 */
export function asyncApi(limits: Limits, release: string, asksForTokens: boolean): Json {
  const ofSocketIo = [...CLIENT_EVENTS, ANSWER, ...SERVER, CONNECT_ERROR, REFUSAL];
  const ofWebSocket = [...CLIENT, ...SERVER, REFUSAL];
  const messages = byKey([...new Set([...ofSocketIo, ...ofWebSocket])], described);
  return {
    asyncapi: "3.0.0",
    info: {
      title: "Live odds over Socket.IO and WebSocket",
      version: release,
      description:
        "Live sports odds for those who listen. Both transports take and give the same messages, under the same rules. " +
        "A board comes each tick, whether or not a price moved. Fields may be added; those of a client's that are not " +
        `known are ignored.\n\n## Tokens\n\n${tokensIn(asksForTokens, TOKENS)}\n\n## Errors\n\n${codesTable()}\n\n## Limits of this server\n\n${limitsTable(limits)}`,
    },
    defaultContentType: "application/json",
    servers: serversAt("localhost:3001", false, asksForTokens),
    channels: {
      socketio: {
        address: ODDS_PATH,
        title: "Socket.IO, namespace /odds",
        description: SOCKET_IO,
        servers: [{ $ref: "#/servers/socketio" }],
        messages: byKey(ofSocketIo, ({ key }) => ({ $ref: `#/components/messages/${key}` })),
      },
      websocket: {
        address: ODDS_PATH,
        title: "Plain WebSocket",
        description: `${WEBSOCKET}\n\n${closeTable()}`,
        servers: [{ $ref: "#/servers/websocket" }],
        messages: byKey(ofWebSocket, ({ key }) => ({ $ref: `#/components/messages/${key}` })),
        "x-close-codes": closeCodes(),
      },
    },
    operations: Object.assign(
      {},
      ...CLIENT_EVENTS.map((event) => receive("socketio", event, [ANSWER.key])),
      ...[...SERVER, CONNECT_ERROR, REFUSAL].map((message) => send("socketio", message)),
      ...CLIENT.map((message) =>
        receive("websocket", message, [...(ANSWERED_BY[message.name] ?? []), "error"]),
      ),
      ...[...SERVER, REFUSAL].map((message) => send("websocket", message)),
    ),
    components: {
      messages,
      schemas: reachable(jsonSchemas("draft-7", SOCKET_IO_SCHEMAS), messages),
      ...(asksForTokens ? { securitySchemes: { bearer: BEARER_TOKEN } } : {}),
    },
    "x-limits": limitValues(limits),
  };
}

function byKey(messages: readonly Described[], tell: (message: Described) => Json): Json {
  return Object.fromEntries(messages.map((message) => [message.key, tell(message)]));
}

function described({ name, summary, payload, examples }: Described): Json {
  return {
    name,
    title: name,
    summary,
    contentType: "application/json",
    payload,
    examples: examples.map((payload) => ({ name, payload })),
  };
}

type Channel = "socketio" | "websocket";

/** What a client says, and what answers it. */
function receive(channel: Channel, { key, name, summary }: Described, answers: readonly string[]): Json {
  const at = `#/channels/${channel}`;
  const operation = {
    action: "receive",
    channel: { $ref: at },
    title: name,
    description: summary,
    messages: [{ $ref: `${at}/messages/${key}` }],
    reply: {
      channel: { $ref: at },
      messages: answers.map((answer) => ({ $ref: `${at}/messages/${answer}` })),
    },
  };
  return { [`${channel}_receive_${key}`]: operation };
}

/** What the server says. */
function send(channel: Channel, { key, name, summary }: Described): Json {
  const at = `#/channels/${channel}`;
  const messages = [{ $ref: `${at}/messages/${key}` }];
  const operation = { action: "send", channel: { $ref: at }, title: name, description: summary, messages };
  return { [`${channel}_send_${key}`]: operation };
}

function closeCodes(): Json {
  return Object.fromEntries(
    Object.entries(CLOSE).map(([why, code]) => [String(code), CLOSE_MEANS[why as keyof typeof CLOSE]]),
  );
}

function closeTable(): string {
  const rows = Object.entries(closeCodes()).map(([code, meaning]) => `| ${code} | ${meaning} |`);
  return ["| close code | |", "|---|---|", ...rows].join("\n");
}

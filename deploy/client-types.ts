/*
 * npm run client-types: writes src/client/messages.ts, the types of the wire for frontends, from the schemas of
 * src/protocol. Types that are inferred from a schema need zod where they are used; these need nothing.
 */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import {
  CLIENT_MESSAGES,
  type Json,
  jsonSchemas,
  reachable,
  SERVER_MESSAGES,
} from "../src/protocol/json-schemas.js";

const root = path.resolve(import.meta.dirname, "..");
/** The file that is written. */
export const CLIENT_TYPES = path.join(root, "src/client/messages.ts");

const HEAD = `/*
 * The wire as a frontend sees it. Written by \`npm run client-types\` from the schemas of src/protocol: change those.
 */
`;

/** The answers to what a client says: the acknowledgement's name, by the message's. */
const ACKS: Readonly<Record<string, string>> = {
  Subscribe: "SubscriptionAck",
  Unsubscribe: "UnsubscriptionAck",
  Ping: "Pong",
  Auth: "AuthAck",
};

const TAIL = `
/** All that a client is told. */
export type ServerMessage = ${SERVER_MESSAGES.map(({ name }) => name).join(" | ")};

/** All that a client may say. */
export type ClientMessage = ${CLIENT_MESSAGES.map(({ name }) => name).join(" | ")};

/** What a Socket.IO callback is given when the message was taken: the fields of the answering event. */
export type Accepted<Ack> = Ack & { ok: true };
${CLIENT_MESSAGES.map(
  ({ name, type }) => `
/** What the callback of \`${type}\` is given; \`ok\` tells which of the two. */
export type ${name}Answer = Accepted<${ACKS[name]}> | Refusal;
`,
).join("")}
/** What a Socket.IO callback is given; \`ok\`, and then \`type\`, tell which it is. */
export type Answer = ${CLIENT_MESSAGES.map(({ name }) => `${name}Answer`).join(" | ")};

/** Socket.IO's events from the server: named by \`type\`, for a typed socket.io-client. */
export type ServerToClientEvents = { [M in ServerMessage as M["type"]]: (message: M) => void };

/** Socket.IO's events from a client, each with its optional callback. */
export interface ClientToServerEvents {
${CLIENT_MESSAGES.filter(({ type }) => type !== "ping")
  .map(
    ({ name, type }) =>
      `${type}(message: Omit<${name}, "type">, callback?: (answer: ${name}Answer) => void): void;`,
  )
  .join("\n")}
  message(message: ClientMessage, callback?: (answer: Answer) => void): void;
}
`;

/** What a frontend may want besides what goes over a connection. */
const OVER_HTTP = [
  "SportsAnswer",
  "ErrorBody",
  "NotCoveredBody",
  "BoardAt",
  "HistoryAnswer",
  "HistoryEvents",
  "HistoryLines",
  "HistoryStatus",
  "Health",
  "StatusReport",
  "CreditsAnswer",
  "ClusterAnswer",
];

/** The text of the file, as the formatter leaves it. */
export function clientTypes(): string {
  const all = jsonSchemas("draft-2020-12");
  const messages = [...CLIENT_MESSAGES, ...SERVER_MESSAGES].map(({ name }) => name);
  const named = reachable(
    all,
    [...messages, "Refusal", ...OVER_HTTP].map((name) => ({ $ref: `#/components/schemas/${name}` })),
  );
  const types = Object.entries(named).map(([name, schema]) => {
    const isInterface = schema.type === "object" && schema.properties !== undefined;
    const head = isInterface ? `interface ${name} ` : `type ${name} = `;
    return `\n${comment(schema)}export ${head}${typeOf(schema)}${isInterface ? "" : ";"}\n`;
  });
  return formatted(HEAD + types.join("") + TAIL);
}

function typeOf(schema: Json): string {
  const { $ref, anyOf, oneOf, allOf, type, readOnly } = schema;
  if (typeof $ref === "string") return $ref.split("/").at(-1) ?? "unknown";
  if ("const" in schema) return JSON.stringify(schema.const);
  if (Array.isArray(schema.enum)) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (Array.isArray(type)) return type.map((one) => typeOf({ ...schema, type: one })).join(" | ");
  const options = anyOf ?? oneOf;
  if (Array.isArray(options)) return options.map((option: Json) => typeOf(option)).join(" | ");
  if (Array.isArray(allOf) && allOf.length === 1) return typeOf(allOf[0]);
  if (type === "array") return `${readOnly ? "readonly " : ""}${listOf(schema)}`;
  if (type === "object") return objectOf(schema);
  if (type === "integer") return "number";
  if (typeof type === "string") return type;
  if (Object.keys(schema).every((key) => key === "description")) return "unknown";
  throw new Error(`No type for ${JSON.stringify(schema)}`);
}

function listOf({ prefixItems, items }: Json): string {
  if (Array.isArray(prefixItems)) return `[${prefixItems.map((item: Json) => typeOf(item)).join(", ")}]`;
  return `(${typeOf(items as Json)})[]`;
}

function objectOf({ properties, required = [], additionalProperties }: Json): string {
  if (properties === undefined) return `Record<string, ${typeOf((additionalProperties ?? {}) as Json)}>`;
  const fields = Object.entries(properties as Record<string, Json>).map(([name, schema]) => {
    const isRequired = (required as string[]).includes(name);
    return `${comment(schema)}${name}${isRequired ? "" : "?"}: ${typeOf(schema)}${isRequired ? "" : " | undefined"};`;
  });
  return `{\n${fields.join("\n")}\n}`;
}

const comment = ({ description }: Json): string =>
  description === undefined ? "" : `/** ${description} */\n`;

function formatted(text: string): string {
  const biome = createRequire(import.meta.url).resolve("@biomejs/biome/bin/biome");
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [biome, "format", `--stdin-file-path=${CLIENT_TYPES}`],
    { input: text, cwd: root, encoding: "utf8" },
  );
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

if (process.argv[1] && path.resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  writeFileSync(CLIENT_TYPES, clientTypes());
}

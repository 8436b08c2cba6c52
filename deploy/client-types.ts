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

const TAIL = `
/** All that a client is told. */
export type ServerMessage = ${SERVER_MESSAGES.map(({ name }) => name).join(" | ")};

/** Socket.IO's events from the server: named by \`type\`, for a typed socket.io-client. */
export type ServerToClientEvents = { [M in ServerMessage as M["type"]]: (message: M) => void };

/** Socket.IO's events from a client, each with its optional callback. */
export interface ClientToServerEvents {
${CLIENT_MESSAGES.filter(({ type }) => type !== "ping")
  .map(
    ({ name, type }) => `${type}(message: Omit<${name}, "type">, callback?: (answer: Answer) => void): void;`,
  )
  .join("\n")}
  message(message: ClientMessage, callback?: (answer: Answer) => void): void;
}
`;

/** The text of the file, as the formatter leaves it. */
export function clientTypes(): string {
  const all = jsonSchemas("draft-2020-12");
  const roots = ["ClientMessage", "Answer", ...SERVER_MESSAGES.map(({ name }) => name)];
  const named = reachable(
    all,
    roots.map((name) => ({ $ref: `#/components/schemas/${name}` })),
  );
  const types = Object.entries(named).map(
    ([name, schema]) => `\n${comment(schema)}export type ${name} = ${typeOf(schema)};\n`,
  );
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

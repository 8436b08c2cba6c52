import { z } from "zod";
import { ERROR_STATUS, type ErrorCode } from "../errors.js";
import { type Endpoint, type EndpointAnswer, HEADERS, type HeaderName } from "./endpoint.js";
import { ENDPOINTS } from "./endpoints.js";
import { CODE_MEANS, codesTable, errorCodeSchema, errorFields } from "./error-codes.js";
import { inline, type Json, jsonSchemas, NAMED, reachable, refTo } from "./json-schemas.js";
import { type Limits, limitsTable, limitValues } from "./limits.js";
import { BEARER_TOKEN, tokensIn } from "./tokens.js";

const TARGET = "draft-2020-12";

/** What any request may get: what is no request, too slow in coming, or has too long headers; and a fault of ours. */
const ANY_REQUEST = {
  400: "INVALID_MESSAGE",
  408: "INVALID_MESSAGE",
  431: "INVALID_MESSAGE",
  500: "INTERNAL",
} as const;

const TAGS = {
  Odds: "Boards for those who ask instead of listening.",
  History: "What was on the boards, and how sure that is.",
  Client: "What a frontend loads to listen.",
  Operation: "How the server is, what it costs, and who else serves these boards.",
  Contracts: "What describes this server.",
};

const BEARER = "bearer";
const HEADER_PREFIX = "#/components/headers/";
/** Only where the server asks for tokens. */
const CHALLENGE = "WWW-Authenticate" satisfies HeaderName;

/**
 * The OpenAPI 3.1 document of a server: all that is answered over plain HTTP. `release` is its version, `asksForTokens`
 * whether its clients need one,
 * `hasHistory` whether it keeps one.
 */
export function openApi(limits: Limits, release: string, asksForTokens: boolean, hasHistory: boolean): Json {
  const paths = Object.fromEntries(
    ENDPOINTS.filter(({ tag }) => hasHistory || tag !== "History").map((endpoint) => [
      endpoint.path,
      { get: operation(endpoint, asksForTokens) },
    ]),
  );
  const told = JSON.stringify(paths);
  return {
    openapi: "3.1.1",
    jsonSchemaDialect: "https://json-schema.org/draft/2020-12/schema",
    info: {
      title: "Live odds over HTTP",
      version: release,
      description:
        "Live sports odds for those who ask. Those who listen use Socket.IO or a WebSocket: see /asyncapi.json. " +
        `An error is always \`{"error": {"code", "message"}}\`; branch on \`code\`. Paths that are not listed answer 404; below /api/ a parameter that is not listed is refused by its name (400). Fields may be added.\n\n` +
        `## Tokens\n\n${tokensIn(asksForTokens, "Below /api/ it goes into `Authorization: Bearer`; the others need none.")}\n\n` +
        `## Errors\n\n${codesTable()}\n\n## Limits of this server\n\n${limitsTable(limits)}`,
    },
    servers: [{ url: "/", description: "This server." }],
    security: [],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      responses: Object.fromEntries(Object.values(ANY_REQUEST).map((code) => [code, failure([code], [])])),
      ...(asksForTokens ? { securitySchemes: { [BEARER]: BEARER_TOKEN } } : {}),
      headers: Object.fromEntries(
        (Object.keys(HEADERS) as HeaderName[])
          .filter((name) => told.includes(`"${HEADER_PREFIX}${name}"`))
          .map((name) => [name, header(name)]),
      ),
      schemas: reachable(jsonSchemas(TARGET), paths),
    },
    "x-elsewhere": { 404: failure(["NOT_FOUND"], []) },
    "x-limits": limitValues(limits),
  };
}

function operation(endpoint: Endpoint, asksForTokens: boolean): Json {
  const { name, tag, summary, description } = endpoint;
  const parameters = [...queryParameters(endpoint), ...headerParameters(endpoint)];
  return {
    operationId: name,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(asksForTokens && isOfApi(endpoint) ? { security: [{ [BEARER]: [] }] } : {}),
    responses: responses(endpoint, asksForTokens),
  };
}

function queryParameters({ query }: Endpoint): Json[] {
  return Object.entries(query?.shape ?? {}).map(([name, schema]) => {
    const { description, ...rest } = inline(schema, TARGET);
    const required = !schema.safeParse(undefined).success;
    return { name, in: "query", required, description, schema: rest };
  });
}

function headerParameters({ requestHeaders = {} }: Endpoint): Json[] {
  return Object.entries(requestHeaders).map(([name, description]) => ({
    name,
    in: "header",
    required: false,
    description,
    schema: { type: "string" },
  }));
}

/** Every answer of an endpoint, those with an error put together by their status. */
function responses(endpoint: Endpoint, asksForTokens: boolean): Json {
  const isLimited = isOfApi(endpoint);
  const limit: readonly HeaderName[] = isLimited ? ["RateLimit", "RateLimit-Policy"] : [];
  const byStatus = new Map<number, ErrorCode[]>();
  const add = (status: number, code: ErrorCode) =>
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  const told = Object.keys(endpoint.answers).map(Number);
  // Where it is told as an answer of its own, that says all there is to say.
  for (const code of endpoint.errors) if (!told.includes(ERROR_STATUS[code])) add(ERROR_STATUS[code], code);
  if (isLimited) add(ERROR_STATUS.RATE_LIMITED, "RATE_LIMITED");
  const isChallenged = asksForTokens && endpoint.isOperators === true;
  if (isChallenged) add(403, "UNAUTHORIZED");
  if (asksForTokens && isLimited) {
    add(401, "UNAUTHORIZED");
    add(401, "TOKEN_EXPIRED");
  }
  // The store cannot be asked; the keys that tokens are checked with were never had.
  if (endpoint.isStored || (asksForTokens && isLimited)) add(503, "INTERNAL");
  const errors = [...byStatus].map(([status, codes]) => {
    const headers = [...limit];
    if (status === 429 || status === 503) headers.push("Retry-After");
    if (status === 401 || (status === 403 && isChallenged)) headers.push(CHALLENGE);
    return [status, failure(codes, headers)] as const;
  });
  const any = Object.entries(ANY_REQUEST).map(
    ([status, code]) => [status, { $ref: `#/components/responses/${code}` }] as const,
  );
  const answers = Object.entries(endpoint.answers).map(
    ([status, answer]) => [status, success(answer, limit)] as const,
  );
  return Object.fromEntries([...answers, ...errors, ...any]);
}

/** Whether requests are limited there, and want a token where the server asks for one. */
function isOfApi({ path }: Endpoint): boolean {
  return path.startsWith("/api/");
}

function success({ description, headers = [], body }: EndpointAnswer, limit: readonly HeaderName[]): Json {
  const told = { description, headers: headerRefs([...headers, ...limit]) };
  if (!body) return told;
  const { type = "application/json", orType, schema, example } = body;
  const isNamed = Object.values(NAMED).includes(schema);
  const content = {
    schema: isNamed ? refTo(schema) : inline(schema, TARGET),
    ...(example === undefined ? {} : { example }),
  };
  return { ...told, content: { [type]: content, ...(orType === undefined ? {} : { [orType]: content }) } };
}

/** An error with one of these codes. */
function failure(codes: readonly ErrorCode[], headers: readonly HeaderName[]): Json {
  const [first = "INTERNAL"] = codes;
  const error = z.object({ ...errorFields, code: z.enum(codes).describe(errorCodeSchema.description ?? "") });
  const schema = inline(z.object({ error }), TARGET);
  const example = { error: { code: first, message: CODE_MEANS[first] } };
  return {
    description: codes.map((code) => `${code}: ${CODE_MEANS[code]}`).join("\n\n"),
    headers: headerRefs(headers),
    content: { "application/json": { schema, example } },
  };
}

function headerRefs(names: readonly HeaderName[]): Json {
  return Object.fromEntries(names.map((name) => [name, { $ref: HEADER_PREFIX + name }]));
}

function header(name: HeaderName): Json {
  const { description, ...schema } = inline(HEADERS[name], TARGET);
  return { description, required: true, schema };
}

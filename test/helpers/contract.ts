import { Ajv, type AnySchema, type Options } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import type { Running } from "./start-app.js";

type Json = Record<string, unknown>;

interface Operation {
  readonly action: "send" | "receive";
  readonly messages: readonly { readonly $ref: string }[];
  readonly reply?: { readonly messages: readonly { readonly $ref: string }[] };
}

interface AsyncApi {
  readonly components: {
    readonly messages: Record<string, { readonly name: string; readonly payload: Json }>;
  };
  readonly channels: Record<Channel, { readonly messages: Json; readonly "x-close-codes"?: Json }>;
  readonly operations: Record<string, Operation>;
}

interface Answer {
  readonly $ref?: string;
  readonly headers?: Record<string, { readonly $ref: string }>;
  readonly content?: Record<string, { readonly schema: Json }>;
}

interface OpenApi {
  readonly paths: Record<string, { readonly get: { readonly responses: Record<string, Answer> } }>;
  readonly "x-elsewhere": Record<string, Answer>;
  readonly components: {
    readonly responses: Record<string, Answer>;
    readonly headers: Record<string, { readonly required: boolean; readonly schema: Json }>;
  };
}

/** One of the two doors for messages. */
export type Channel = "socketio" | "websocket";

/** Answers that any request may get are one, whatever the path. */
const OF_ANY = ["400", "408", "431", "500"];

/** What of a contract was seen, over several servers. */
export class Seen {
  readonly described = { messages: new Set<string>(), answers: new Set<string>(), codes: new Set<string>() };
  readonly messages = new Set<string>();
  readonly answers = new Set<string>();
  readonly codes = new Set<string>();
  readonly violations: string[] = [];

  /** What is described and was not seen. */
  unseen(of: "messages" | "answers" | "codes"): string[] {
    return [...this.described[of]].filter((it) => !this[of].has(it)).sort();
  }

  /** How much was seen, in a line. */
  summary(): string {
    const of = (what: "messages" | "answers" | "codes") =>
      `${this[what].size} of ${this.described[what].size} ${what}`;
    return `seen: ${of("messages")}, ${of("answers")}, ${of("codes")}`;
  }
}

/**
 * The contracts that a server serves, and what is checked against them, by a validator that knows nothing of zod. Fields
 * that are not described are violations here, although the contracts leave objects open for fields to come.
 */
export class Contract {
  private readonly ofMessages: Ajv;
  private readonly ofAnswers: Ajv2020;

  private constructor(
    private readonly server: Pick<Running, "url">,
    private readonly asyncApi: AsyncApi,
    private readonly openApi: OpenApi,
    private readonly seen: Seen,
  ) {
    this.ofMessages = validatorOf(Ajv, asyncApi);
    this.ofAnswers = validatorOf(Ajv2020, openApi);
    this.describe();
  }

  /** Fetches a server's contracts. */
  static async of(server: Pick<Running, "url">, seen: Seen): Promise<Contract> {
    const get = async (name: string) => (await fetch(`${server.url}/${name}`)).json();
    const [asyncApi, openApi] = await Promise.all([get("asyncapi.json"), get("openapi.json")]);
    return new Contract(server, asyncApi as AsyncApi, openApi as OpenApi, seen);
  }

  /** Every path that is described. */
  get paths(): string[] {
    return Object.keys(this.openApi.paths);
  }

  /** Takes down a message of a client's (`receive`) or of the server's (`send`); whether the contract knows it so. */
  message(channel: Channel, action: "send" | "receive", name: string, payload: unknown): boolean {
    const key = this.keyOf(channel, action, name);
    const wrong =
      key === undefined
        ? "is not described"
        : this.wrong(this.ofMessages, ["components", "messages", key, "payload"], payload);
    if (wrong === undefined) {
      this.seen.messages.add(`${channel} ${key}`);
      if (action === "send") this.codeOf(payload);
    } else this.seen.violations.push(`${channel} ${action} ${name} ${wrong}: ${shown(payload)}`);
    return wrong === undefined;
  }

  /** Whether the contract refuses what the server is about to refuse as malformed. Nothing is taken down. */
  refuses(channel: Channel, name: string, payload: unknown): boolean {
    const key = this.keyOf(channel, "receive", name);
    return (
      key === undefined ||
      this.wrong(this.ofMessages, ["components", "messages", key, "payload"], payload) !== undefined
    );
  }

  /** Takes down the end of a plain WebSocket. */
  close(code: number): void {
    if (this.asyncApi.channels.websocket["x-close-codes"]?.[code] === undefined) {
      this.seen.violations.push(`close code ${code} is not described`);
    } else this.seen.codes.add(`close ${code}`);
  }

  /** Asks for a path, and takes the answer down. */
  async get(
    path: string,
    init: RequestInit = {},
  ): Promise<{ status: number; headers: Headers; body: unknown }> {
    const response = await fetch(this.server.url + path, init);
    const text = await response.text();
    const type = response.headers.get("content-type")?.split(";")[0];
    const body = type === "application/json" ? JSON.parse(text) : text;
    this.answer(path, response.status, response.headers, body);
    return { status: response.status, headers: response.headers, body };
  }

  /** Takes down an answer over HTTP. */
  answer(path: string, status: number, headers: Headers, body: unknown): void {
    const at = path.split("?")[0] ?? "";
    const { where, answer } = this.answerOf(at, String(status));
    const type = headers.get("content-type")?.split(";")[0];
    const problems = answer ? this.headersMissing(answer, headers) : ["is not described"];
    if (answer?.content) {
      if (type === undefined || !answer.content[type]) problems.push(`is ${type}`);
      else {
        const wrong = this.wrong(this.ofAnswers, [...where, "content", type, "schema"], body);
        if (wrong) problems.push(wrong);
      }
    } else if (answer && body !== "") problems.push("has a body");
    const name = `GET ${path}: ${status}`;
    if (problems.length > 0) this.seen.violations.push(`${name} ${problems.join(", ")}: ${shown(body)}`);
    else {
      this.seen.answers.add(answerName(this.openApi.paths[at] ? at : "elsewhere", String(status)));
      this.codeOf(body);
    }
  }

  /** What is described of an answer, and where in the document: there, or where a reference leads. */
  private answerOf(path: string, status: string): { where: readonly string[]; answer: Answer | undefined } {
    const { paths, components } = this.openApi;
    const its = paths[path]?.get.responses;
    const told = (its ?? this.openApi["x-elsewhere"])[status];
    const name = told?.$ref?.split("/").at(-1);
    if (name !== undefined)
      return { where: ["components", "responses", name], answer: components.responses[name] };
    return {
      where: [...(its ? ["paths", path, "get", "responses"] : ["x-elsewhere"]), status],
      answer: told,
    };
  }

  private describe(): void {
    const { messages, answers, codes } = this.seen.described;
    for (const [channel, { messages: its }] of Object.entries(this.asyncApi.channels)) {
      for (const key of Object.keys(its)) messages.add(`${channel} ${key}`);
    }
    for (const [path, { get }] of Object.entries(this.openApi.paths)) {
      for (const status of Object.keys(get.responses)) answers.add(answerName(path, status));
    }
    for (const status of Object.keys(this.openApi["x-elsewhere"]))
      answers.add(answerName("elsewhere", status));
    const { ErrorCode } = (
      this.asyncApi.components as unknown as { schemas: Record<string, { enum: string[] }> }
    ).schemas;
    for (const code of ErrorCode?.enum ?? []) codes.add(code);
    for (const code of Object.keys(this.asyncApi.channels.websocket["x-close-codes"] ?? {}))
      codes.add(`close ${code}`);
  }

  private codeOf(said: unknown): void {
    const { code, error } = (said ?? {}) as { code?: string; error?: { code?: string } };
    const told = code ?? error?.code;
    if (told !== undefined) this.seen.codes.add(told);
  }

  /** Which of a channel's messages goes by this name, in this direction. */
  private keyOf(channel: Channel, action: "send" | "receive", name: string): string | undefined {
    const all = Object.values(this.asyncApi.operations);
    const spoken = all.filter((operation) => operation.action === action).flatMap(({ messages }) => messages);
    const replied = action === "send" ? all.flatMap(({ reply }) => reply?.messages ?? []) : [];
    const prefix = `#/channels/${channel}/messages/`;
    return [...spoken, ...replied]
      .filter(({ $ref }) => $ref.startsWith(prefix))
      .map(({ $ref }) => $ref.slice(prefix.length))
      .find((key) => this.asyncApi.components.messages[key]?.name === name);
  }

  private headersMissing({ headers = {} }: Answer, given: Headers): string[] {
    return Object.keys(headers).flatMap((name) => {
      const value = given.get(name);
      if (value === null) return [`lacks ${name}`];
      const wrong = this.wrong(this.ofAnswers, ["components", "headers", name, "schema"], value);
      return wrong ? [`${name} ${wrong}`] : [];
    });
  }

  private wrong(ajv: Ajv | Ajv2020, at: readonly string[], said: unknown): string | undefined {
    const pointer = at
      .map((step) => encodeURIComponent(step.replaceAll("~", "~0").replaceAll("/", "~1")))
      .join("/");
    const validate = ajv.getSchema(`contract#/${pointer}`);
    if (!validate) throw new Error(`The contract has no ${pointer}`);
    return validate(said) ? undefined : ajv.errorsText(validate.errors);
  }
}

const answerName = (path: string, status: string) => `${OF_ANY.includes(status) ? "any" : path} ${status}`;
const shown = (said: unknown) => JSON.stringify(said)?.slice(0, 300);

const validators = new Map<string, Ajv | Ajv2020>();

/** A validator of a document, one for all servers that differ in their address alone: compiling it is most of the work. */
function validatorOf<A extends Ajv | Ajv2020>(
  Kind: new (options: Options) => A,
  document: AsyncApi | OpenApi,
): A {
  const { servers: _, ...rest } = document as unknown as Json;
  const text = JSON.stringify(rest);
  const validator =
    validators.get(text) ??
    new Kind({ strict: false, allErrors: true, validateSchema: false }).addSchema(
      closed(rest) as AnySchema,
      "contract",
    );
  validators.set(text, validator);
  return validator as A;
}

/** The same document with every object that lists its fields closed to others. */
function closed(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(closed);
  if (part === null || typeof part !== "object") return part;
  const copy: Json = Object.fromEntries(Object.entries(part).map(([name, value]) => [name, closed(value)]));
  const isObject = copy.type === "object" && copy.properties !== undefined;
  return isObject && !("additionalProperties" in copy) ? { ...copy, additionalProperties: false } : copy;
}

import http from "node:http";
import https from "node:https";
import type { Socket } from "node:net";
import type { Readable } from "node:stream";
import { setTimeout } from "node:timers/promises";
import axios, { type AxiosInstance, type AxiosResponse } from "axios";
import type { Config } from "../config.js";
import { type Quota, SourceError } from "../source-error.js";
import { textOf } from "./answer-body.js";
import { errorOfAnswer, garbled } from "./upstream-errors.js";

/** How long one call may take from its start to the last byte of its answer, in ms. */
const CALL_TIMEOUT_MS = 10_000;
/** A timer that is this late (ms) tells that the process was held up: what came meanwhile is paid for, and gets as long to be read. */
const HELD_UP_MS = 1000;
/** Calls start this far apart (ms): 20 a second, where the guide allows 30 and they come earlier at times. */
const CALL_SPACING_MS = 50;
/** The largest answer taken, unpacked, in characters: twenty times the largest board seen (800 KB). */
const MAX_ANSWER_LENGTH = 16 * 1024 * 1024;

/** Where calls go, and with which key. */
export type CallOptions = Pick<Config, "ODDS_API_BASE_URL"> & {
  readonly key: string;
  readonly timeoutMs?: number;
};

/**
 * Calls to The Odds API over HTTP, a little apart from one another. The key goes in the query of every call, so every URL
 * is a secret: no axios error leaves this file.
 */
export class UpstreamCalls {
  private readonly http: AxiosInstance;
  private readonly agents: readonly http.Agent[];
  private readonly calls = new Set<AbortController>();
  private place: Promise<unknown> = Promise.resolve();
  private closed = false;

  constructor(private readonly options: CallOptions) {
    const httpAgent = new http.Agent({ keepAlive: true });
    const httpsAgent = new https.Agent({ keepAlive: true });
    this.agents = [httpAgent, httpsAgent];
    this.http = axios.create({
      baseURL: options.ODDS_API_BASE_URL,
      httpAgent,
      httpsAgent,
      headers: { Accept: "application/json", "Accept-Encoding": "gzip" },
      // A redirect would carry the key to another host.
      maxRedirects: 0,
      responseType: "stream",
      validateStatus: () => true,
    });
  }

  /** What a call answered, and what that said of the credits. `cost`: what it may cost, whatever becomes of it. */
  async get(
    path: string,
    params: Record<string, string>,
    cost = 0,
  ): Promise<{ body: unknown; quota: Quota | undefined }> {
    await this.turn();
    // Its answer, paid for, would come to nothing.
    if (this.closed) throw new SourceError("UPSTREAM_FAILED", "The Odds API is not asked any more.", "retry");
    const call = new AbortController();
    const timeoutMs = this.options.timeoutMs ?? CALL_TIMEOUT_MS;
    const due = performance.now() + timeoutMs;
    let timer = globalThis.setTimeout(() => {
      const isHeldUp = performance.now() - due >= HELD_UP_MS;
      if (isHeldUp) timer = globalThis.setTimeout(() => call.abort(), HELD_UP_MS);
      else call.abort();
    }, timeoutMs);
    this.calls.add(call);
    let isReached = false;
    const transport = transportThatTells(() => {
      isReached = true;
    });
    let response: AxiosResponse<Readable> | undefined;
    let text: string;
    try {
      response = await this.http.get<Readable>(path, {
        params: { ...params, apiKey: this.options.key },
        signal: call.signal,
        transport,
      });
      text = await textOf(response.data, MAX_ANSWER_LENGTH);
    } catch (error) {
      // A refusal says by its status and headers what it is, whatever becomes of its body.
      if (!response || response.status === 200) {
        throw unreachable(error, call.signal.aborted, response, isReached ? cost : 0);
      }
      text = "";
    } finally {
      clearTimeout(timer);
      this.calls.delete(call);
    }
    const quota = quotaOf(response.headers);
    const body = parse(text);
    if (response.status !== 200) {
      const error = errorOfAnswer(response.status, body, response.headers["retry-after"]);
      throw error.billed({ quota, charged: chargeOf(response.status, quota, cost) });
    }
    if (body === undefined) throw garbled("its answer is not JSON", { quota, charged: quota?.last ?? cost });
    return { body, quota };
  }

  /** Gives up the calls that are under way or wait for their turn, and lets go of all connections. */
  close(): void {
    this.closed = true;
    for (const call of this.calls) call.abort();
    for (const agent of this.agents) agent.destroy();
  }

  /**
   * Waits for a place in the line of calls. It is counted from when the one before did start: after a second in which
   * nothing ran, all calls of that second would else start at once.
   */
  private async turn(): Promise<void> {
    const before = this.place;
    this.place = before.then(() => setTimeout(CALL_SPACING_MS));
    await before;
  }
}

/** What an answer's headers say of the credits; undefined where they say nothing. */
function quotaOf(headers: AxiosResponse["headers"]): Quota | undefined {
  const remaining = credits(headers["x-requests-remaining"]);
  const used = credits(headers["x-requests-used"]);
  const last = credits(headers["x-requests-last"]);
  return remaining === null && used === null && last === null ? undefined : { remaining, used, last };
}

/** What an answer other than 200 may have cost: a refusal nothing, a fault of the upstream's what it says. */
function chargeOf(status: number, quota: Quota | undefined, cost: number): number {
  if (status < 500) return 0;
  // 504: a proxy in between did not wait for an answer that may have come, and been charged.
  return Math.min(cost, quota?.last ?? (status === 504 ? cost : 0));
}

/** A count of credits from a header; null where it is missing or no count. */
function credits(header: unknown): number | null {
  const count = typeof header === "string" && header.trim() !== "" ? Number(header) : Number.NaN;
  return Number.isSafeInteger(count) && count >= 0 ? count : null;
}

function parse(text: string): unknown {
  try {
    // A byte order mark is no JSON (RFC 8259, section 8.1), and may be passed over.
    return JSON.parse(text.startsWith("\ufeff") ? text.slice(1) : text);
  } catch {
    return undefined;
  }
}

/**
 * Sends calls as usual, and tells when one has a connection to the upstream: before that nothing can have been charged,
 * whatever became of it.
 */
function transportThatTells(reached: () => void) {
  return {
    request(options: https.RequestOptions, answer: (response: http.IncomingMessage) => void) {
      const isSecure = options.protocol === "https:";
      const request = isSecure ? https.request(options, answer) : http.request(options, answer);
      request.once("socket", (socket: Socket & { readonly secureConnecting?: boolean }) => {
        // One that was kept, or that a proxy was asked for.
        if (!socket.connecting && !socket.secureConnecting) reached();
        else socket.once(isSecure ? "secureConnect" : "connect", reached);
      });
      return request;
    },
  };
}

/**
 * A call without an answer to use, or with only the beginning of one, as it was given up or broke. Only axios's code is
 * kept of the error: its config holds the key.
 */
function unreachable(
  error: unknown,
  givenUp: boolean,
  answer: AxiosResponse<unknown> | undefined,
  cost: number,
): SourceError {
  const code = axios.isAxiosError(error) && error.code ? error.code : "UNKNOWN";
  const what = givenUp
    ? "did not answer in time"
    : answer || code === "ERR_BAD_RESPONSE"
      ? "sent an answer that is too large or broken"
      : `could not be reached (${code})`;
  const quota = answer && quotaOf(answer.headers);
  const bill = { quota, charged: quota?.last ?? cost };
  return new SourceError("UPSTREAM_FAILED", `The Odds API ${what}.`, "retry").billed(bill);
}

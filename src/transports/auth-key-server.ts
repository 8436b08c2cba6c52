import { type CryptoKey, createLocalJWKSet, errors, type LocalJWKSet } from "jose";
import { z } from "zod";
import { AppError } from "../errors.js";
import type { Logger } from "../logger.js";
import type { KeySource, TokenHeader } from "./auth-keys.js";

/** A key that is not known has the server asked once in this time (ms), whoever names it. */
const UNKNOWN_KEY_MS = 60_000;
/** Without any key it is asked this often, in ms. */
const NO_KEYS_MS = 5000;
/** Keys are fetched anew after this time (ms), so that one that was taken back is not taken for ever. */
const REFRESH_MS = 10 * 60_000;
/** The server must have answered by then, in ms, in so many bytes. */
const TIMEOUT_MS = 3000;
const MAX_BYTES = 256 * 1024;
const MAX_KEYS = 100;

const keySetSchema = z.object({ keys: z.array(z.looseObject({ kty: z.string() })) });

/**
 * The public keys that a key server lists (RFC 7517). They are kept: while it is slow, down or talks nonsense, those that
 * are known go on. A secret in its list is no key: everybody can read it there.
 */
export class KeyServer implements KeySource {
  readonly algorithms = ["RS256", "ES256", "EdDSA"];
  private keys: LocalJWKSet | undefined;
  private triedAt = Number.NEGATIVE_INFINITY;
  /** When it was last asked for a key that is not known. */
  private unknownAt = Number.NEGATIVE_INFINITY;
  private loading: Promise<void> | undefined;
  private failing = false;
  private refresh: NodeJS.Timeout | undefined;

  constructor(
    private readonly url: string,
    private readonly log: Logger,
  ) {}

  /** Whether any key is known. */
  get hasKeys(): boolean {
    return this.keys !== undefined;
  }

  open(): void {
    void this.load();
    this.refresh = setInterval(() => void this.load(), REFRESH_MS).unref();
  }

  close(): void {
    clearInterval(this.refresh);
  }

  async find(header: TokenHeader): Promise<CryptoKey | undefined> {
    const known = await this.known(header);
    if (known) return known;
    if (!this.mayAsk()) return this.none();
    await this.load();
    return (await this.known(header)) ?? this.none();
  }

  /** Asks the server; whoever wants the same meanwhile waits for the same answer. Never rejects. */
  load(): Promise<void> {
    this.loading ??= this.fetch().finally(() => {
      this.loading = undefined;
    });
    return this.loading;
  }

  /** Whether the server may be asked for a key that is not known, or is being asked. */
  private mayAsk(): boolean {
    if (this.loading !== undefined) return true;
    const now = performance.now();
    if (!this.keys) return now - this.triedAt >= NO_KEYS_MS;
    if (now - this.unknownAt < UNKNOWN_KEY_MS) return false;
    this.unknownAt = now;
    return true;
  }

  private none(): undefined {
    if (this.keys) return undefined;
    throw new AppError("INTERNAL", "Tokens cannot be checked at the moment. Try again soon.", 503);
  }

  private async known({ alg, kid }: TokenHeader): Promise<CryptoKey | undefined> {
    try {
      return await this.keys?.({ alg, ...(kid === undefined ? {} : { kid }) });
    } catch (error) {
      // None that fits, several that do, or one that is none.
      if (error instanceof errors.JOSEError || error instanceof DOMException || error instanceof TypeError) {
        return undefined;
      }
      throw error;
    }
  }

  private async fetch(): Promise<void> {
    this.triedAt = performance.now();
    try {
      const response = await fetch(this.url, {
        headers: { Accept: "application/json" },
        // It could lead to one that is not to be trusted.
        redirect: "error",
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const text = await bodyOf(response);
      if (response.status !== 200) throw new Error(`it answered with status ${response.status}`);
      this.keys = createLocalJWKSet({ keys: keysIn(text) });
      if (this.failing) this.log.info("The key server answers again");
      this.failing = false;
    } catch (error) {
      if (this.failing) return;
      this.failing = true;
      const say = this.keys ? "warn" : "error";
      this.log[say](
        this.keys
          ? "The key server (AUTH_JWKS_URL) does not answer as it should; the keys that are known go on"
          : "The key server (AUTH_JWKS_URL) does not answer as it should, and no token can be checked until it does",
        { reason: reasonOf(error) },
      );
    }
  }
}

async function bodyOf(response: Response): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of response.body ?? []) {
    bytes += piece.length;
    if (bytes > MAX_BYTES) throw new Error(`its answer is longer than ${MAX_BYTES / 1024} KB`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString();
}

/** The public keys in an answer. Throws where it is no list of keys, or has none: one that is known is worth more. */
function keysIn(text: string): { kty: string }[] {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    throw new Error("its answer is not JSON");
  }
  const parsed = keySetSchema.safeParse(answer);
  if (!parsed.success) throw new Error("its answer is no list of keys");
  const keys = parsed.data.keys.filter(({ kty }) => kty !== "oct").slice(0, MAX_KEYS);
  if (keys.length === 0) throw new Error("it lists no public key");
  return keys;
}

/** Never the URL, which may hold a secret of its own. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  if (error.name === "TimeoutError") return `it took longer than ${TIMEOUT_MS / 1000} s`;
  const { cause } = error;
  if (cause instanceof Error && "code" in cause) return String(cause.code);
  return error instanceof TypeError ? "it cannot be reached, or redirects" : error.message;
}

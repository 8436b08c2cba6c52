import { createPublicKey, type KeyObject, webcrypto } from "node:crypto";
import type { CryptoKey } from "jose";
import { algorithmOf } from "../config.js";

/** What a token says of how it was signed, as far as a key is looked for by it. */
export interface TokenHeader {
  readonly alg: string;
  readonly kid?: string | undefined;
}

/** Where the keys come from that tokens are checked with. */
export interface KeySource {
  /** The only algorithms that a token may be signed by. */
  readonly algorithms: readonly string[];
  /** The key for a token, whose algorithm is one of these; undefined where there is none for it. Rejects with an `AppError` while no key can be had. */
  find(header: TokenHeader): Promise<CryptoKey | KeyObject | undefined>;
  /** Fetches what has to be fetched, so that the first client need not wait for it. */
  open(): void;
  close(): void;
}

/** The one key of the configuration, a secret or a public key. */
export class FixedKey implements KeySource {
  private constructor(
    readonly algorithms: readonly string[],
    private readonly key: Promise<CryptoKey | KeyObject>,
  ) {}

  /** A secret shared with whoever signs: HS256. */
  static secret(secret: string): FixedKey {
    const hmac = { name: "HMAC", hash: "SHA-256" };
    // Ready-made: jose would import a secret anew for each token.
    const key = webcrypto.subtle.importKey("raw", Buffer.from(secret), hmac, false, ["verify"]);
    return new FixedKey(["HS256"], key);
  }

  /** A public key as PEM: the one algorithm that it is for. */
  static publicKey(pem: string): FixedKey {
    const algorithm = algorithmOf(pem);
    return new FixedKey(algorithm ? [algorithm] : [], Promise.resolve(createPublicKey(pem)));
  }

  find(): Promise<CryptoKey | KeyObject> {
    return this.key;
  }

  open(): void {}
  close(): void {}
}

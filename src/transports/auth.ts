import type { IncomingMessage } from "node:http";
import type { Config } from "../config.js";
import type { Claims, Verify } from "../delivery/claims.js";
import { AppError } from "../errors.js";
import type { Logger } from "../logger.js";
import { KeyServer } from "./auth-key-server.js";
import { FixedKey, type KeySource } from "./auth-keys.js";
import { hasTokenInQuery, takeToken } from "./auth-presented.js";
import { TokenVerifier } from "./auth-verifier.js";

/** The variables that say what tokens are checked with. */
export type AuthConfig = Pick<
  Config,
  "AUTH_JWT_SECRET" | "AUTH_JWT_PUBLIC_KEY" | "AUTH_JWKS_URL" | "AUTH_JWT_ISSUER" | "AUTH_JWT_AUDIENCE"
>;

/** Who a request comes from, by the token that it presents. Off where no key is configured: then nobody needs one. */
export class Auth {
  /** Verifies a token that comes otherwise than with a request; undefined where tokens are off. */
  readonly verify: Verify | undefined;
  private readonly keys: KeySource | undefined;
  private readonly claims = new WeakMap<IncomingMessage, Claims>();

  constructor(config: AuthConfig, log: Logger) {
    const keys = keySource(config, log);
    this.keys = keys;
    if (!keys) return;
    const verifier = new TokenVerifier(keys, config);
    this.verify = (token) => verifier.verify(token);
  }

  /** Whether clients need a token. */
  get isOn(): boolean {
    return this.verify !== undefined;
  }

  /** Fetches the keys, where they have to be. */
  open(): void {
    this.keys?.open();
  }

  close(): void {
    this.keys?.close();
  }

  /** Why a request cannot be served whatever token it brings: it has one in its URL. Undefined where it has none. */
  refusalOfUrl({ url }: IncomingMessage): AppError | undefined {
    if (!this.isOn || !hasTokenInQuery(url)) return undefined;
    return new AppError(
      "UNAUTHORIZED",
      "A token in a URL is refused: URLs are kept in logs and histories. Replace this one, and send it as " +
        "`Authorization: Bearer`, as Socket.IO's auth, as a subprotocol, or in a first message.",
    ).challenging("invalid_token");
  }

  /** Whether a request brings a token, or something in its place. */
  brings({ headers }: IncomingMessage): boolean {
    return (
      this.isOn &&
      (headers.authorization !== undefined || /\bbearer\./i.test(headers["sec-websocket-protocol"] ?? ""))
    );
  }

  /** Verifies the token of a request, and remembers its claims. Resolves with why it may not come in; undefined when it may. */
  async admit(request: IncomingMessage): Promise<AppError | undefined> {
    const { verify } = this;
    if (!verify) return undefined;
    const token = takeToken(request);
    if (token === undefined) return noToken();
    try {
      this.claims.set(request, await verify(token));
      return undefined;
    } catch (error) {
      if (error instanceof AppError) return error;
      throw error;
    }
  }

  /** What the token of a request said; undefined where none was verified. */
  of(request: IncomingMessage): Claims | undefined {
    return this.claims.get(request);
  }
}

/** A request, or a connection, without a token. */
export function noToken(): AppError {
  return new AppError(
    "UNAUTHORIZED",
    "This server asks for a token, such as `Authorization: Bearer <token>`.",
  ).challenging();
}

function keySource(config: AuthConfig, log: Logger): KeySource | undefined {
  if (config.AUTH_JWT_SECRET !== undefined) return FixedKey.secret(config.AUTH_JWT_SECRET);
  if (config.AUTH_JWT_PUBLIC_KEY !== undefined) return FixedKey.publicKey(config.AUTH_JWT_PUBLIC_KEY);
  return config.AUTH_JWKS_URL === undefined ? undefined : new KeyServer(config.AUTH_JWKS_URL, log);
}

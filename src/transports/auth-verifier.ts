import { decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from "jose";
import { z } from "zod";
import type { Config } from "../config.js";
import { type Claims, tokenExpired } from "../delivery/claims.js";
import { AppError } from "../errors.js";
import type { KeySource, TokenHeader } from "./auth-keys.js";

/** A longer one (characters) is not looked at. */
const MAX_TOKEN_LENGTH = 8192;
/** So far (seconds) the clock of whoever makes tokens may be ahead of ours. */
const AHEAD_S = 5;
/** There is no later moment (seconds since the epoch; ECMA-262, section 21.4.1.1). */
const LAST_MOMENT_S = 8.64e12;
/** So many signatures are checked at a time: each takes a thread that compresses boards, and some of the loop. */
const AT_A_TIME = 8;

const sport = z.string().min(1).max(100);
const claimsSchema = z.object({
  exp: z.number().max(LAST_MOMENT_S),
  sub: z.string().min(1).max(200).optional(),
  sports: z.array(sport).optional(),
  scope: z.union([z.string(), z.array(z.string())]).optional(),
});

/** Turns tokens (RFC 7519) into claims: those that were signed by a key of the source, for this server, and are valid now. */
export class TokenVerifier {
  private checking = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(
    private readonly keys: KeySource,
    private readonly expected: Pick<Config, "AUTH_JWT_ISSUER" | "AUTH_JWT_AUDIENCE">,
  ) {}

  /** What a token says. Rejects with an `AppError` that holds nothing of it. */
  async verify(token: string): Promise<Claims> {
    const header = this.header(token);
    // Outside of the queue: a key server that is slow must not hold up those whose keys are known.
    const key = await this.keys.find(header);
    if (!key) throw invalid("It is signed by a key that is not known here.");
    await this.turn();
    try {
      const { payload } = await jwtVerify(token, key, {
        algorithms: [header.alg],
        requiredClaims: ["exp"],
        clockTolerance: AHEAD_S,
        ...(this.expected.AUTH_JWT_ISSUER ? { issuer: this.expected.AUTH_JWT_ISSUER } : {}),
        ...(this.expected.AUTH_JWT_AUDIENCE ? { audience: this.expected.AUTH_JWT_AUDIENCE } : {}),
      });
      return claimsOf(payload);
    } catch (error) {
      throw refusalFor(error);
    } finally {
      this.done();
    }
  }

  /** How a token is signed, before anything is computed. */
  private header(token: string): TokenHeader {
    if (token.length > MAX_TOKEN_LENGTH) throw invalid(`It is longer than ${MAX_TOKEN_LENGTH} characters.`);
    try {
      const { alg, kid } = decodeProtectedHeader(token);
      if (alg !== undefined && this.keys.algorithms.includes(alg)) return { alg, kid };
    } catch {
      throw invalid("It is no JSON Web Token.");
    }
    throw invalid(`It must be signed by ${this.keys.algorithms.join(" or ")}.`);
  }

  private turn(): Promise<void> | undefined {
    if (this.checking < AT_A_TIME) {
      this.checking += 1;
      return undefined;
    }
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  private done(): void {
    const next = this.waiting.shift();
    if (next) next();
    else this.checking -= 1;
  }
}

function claimsOf(payload: JWTPayload): Claims {
  const parsed = claimsSchema.safeParse(payload);
  if (!parsed.success) {
    throw invalid(`Its claim ${String(parsed.error.issues[0]?.path[0])} is not of the documented form.`);
  }
  const { exp, sub, sports, scope = [] } = parsed.data;
  const expiresAt = exp * 1000;
  // What jose allows a clock to be off is for tokens that are too new.
  if (expiresAt <= Date.now()) throw tokenExpired();
  const scopes = typeof scope === "string" ? scope.split(" ") : scope;
  return { sub, sports: sports && new Set(sports), isAdmin: scopes.includes("admin"), expiresAt };
}

function invalid(why: string): AppError {
  return new AppError("UNAUTHORIZED", `The token is not valid here. ${why}`).challenging("invalid_token");
}

/** What was wrong, in our own words: jose's may quote the token. Of claims only the owner of an authentic one hears. */
function refusalFor(error: unknown): unknown {
  if (error instanceof AppError) return error;
  if (error instanceof errors.JWTExpired) return tokenExpired();
  if (error instanceof errors.JWTClaimValidationFailed) return invalid(aboutClaim(error.claim));
  if (error instanceof errors.JWSSignatureVerificationFailed) return invalid("Its signature is wrong.");
  if (error instanceof errors.JOSEError || error instanceof TypeError) return invalid("It is malformed.");
  return error;
}

const ABOUT: Readonly<Record<string, string>> = {
  exp: "It has no exp: a token must end.",
  nbf: "It is not valid yet (nbf).",
  iss: "It is another issuer's (iss).",
  aud: "It is for another audience (aud).",
};

function aboutClaim(claim: string): string {
  return ABOUT[claim] ?? "A claim of it is not of the documented form.";
}

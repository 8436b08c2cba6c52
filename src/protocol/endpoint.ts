import { z } from "zod";
import type { ErrorCode } from "../errors.js";

/* What the contract says of one path. */

/** Headers that answers have, each with its form and meaning. */
export const HEADERS = {
  ETag: z
    .string()
    .regex(/^W\/".+"$/)
    .describe(
      "Weak. A live board's moves with `epoch`, `version` and `status` only, a view's with what is in it instead of " +
        "`version`. Send it back as If-None-Match.",
    ),
  "X-Odds-Fetched-At": z
    .string()
    .regex(/^\d+$/)
    .describe("When the upstream was last read, in ms since the epoch: the board's age, on a 304 as well."),
  "Cache-Control": z
    .string()
    .describe("`immutable` where the answer can never be another one, however much is read after it."),
  "Retry-After": z.string().regex(/^\d+$/).describe("When to ask again, in seconds from now."),
  "WWW-Authenticate": z
    .string()
    .regex(/^Bearer realm="live-odds"/)
    .describe("How a token is to be presented, and what was wrong with the one that was (RFC 6750)."),
  RateLimit: z
    .string()
    .describe("What is left of the limit, and for how long (draft-ietf-httpapi-ratelimit-headers-08)."),
  "RateLimit-Policy": z
    .string()
    .describe("The limit on requests of one client: the `sub` of its token, or its address."),
} as const;

/** The name of one of {@link HEADERS}. */
export type HeaderName = keyof typeof HEADERS;

/** An answer other than an error. */
export interface EndpointAnswer {
  readonly description: string;
  readonly headers?: readonly HeaderName[];
  /** Absent where there is no body. */
  readonly body?: {
    readonly type?: string;
    readonly orType?: string;
    readonly schema: z.ZodType;
    readonly example?: unknown;
  };
}

/** What can be asked for over HTTP, all of it by GET. */
export interface Endpoint {
  readonly path: string;
  readonly name: string;
  readonly tag: "Odds" | "History" | "Client" | "Operation" | "Contracts";
  readonly summary: string;
  readonly description?: string;
  /** Other parameters are refused; absent where any are ignored. */
  readonly query?: z.ZodObject;
  /** Headers of the request that mean something here. */
  readonly requestHeaders?: Readonly<Record<string, string>>;
  readonly answers: Readonly<Record<number, EndpointAnswer>>;
  /** Beside those that any request may get. */
  readonly errors: readonly ErrorCode[];
  /** Where the server asks for tokens, one with the scope `admin` opens it. */
  readonly isOperators?: true;
  /** It is read from the store: 503 `INTERNAL` while that cannot be asked. */
  readonly isStored?: true;
}

import { type OddsError, oddsError } from "./errors.js";
import { isError } from "./readable.js";

/** What socket.io-client says of a connection that did not come about. */
export interface Failure {
  readonly message: string;
  /** What the server gave with its refusal, inside Socket.IO. */
  readonly data?: unknown;
  /** Set where the transport failed; `context` is the request, where it was one. */
  readonly type?: string;
  readonly context?: { readonly responseText?: unknown };
}

/** The server goes down, or has gone down, in good order. */
export const restarting = (): OddsError => oddsError("SHUTTING_DOWN", "The server is restarting.");

/** Why there is no connection to the server at an origin, from the moment that it was lost. */
export class Troubles {
  /** What the server last said was wrong with the connection. */
  lastWord: OddsError | undefined;
  private since = Date.now();
  /** The code that the application has been told of. */
  private told: string | undefined;

  constructor(private readonly origin: string) {}

  /** There is a connection. */
  over(): void {
    this.lastWord = undefined;
    this.told = undefined;
  }

  /** A connection is lost; by `reason`, socket.io-client's, and whether that is for good. */
  lost(reason: string, forGood: boolean): OddsError {
    this.since = Date.now();
    if (this.lastWord && (forGood || this.lastWord.code === "TOKEN_EXPIRED")) return this.lastWord;
    return oddsError("NO_ANSWER", `The connection was lost: ${reason}.`);
  }

  /** A connection did not come about. */
  failed(failure: Failure): OddsError {
    const at = this.since;
    const { message, data, type } = failure;
    if (isError(data)) return oddsError(data.code, message, { at });
    const refused = answerIn(failure);
    if (refused) {
      const hint = / origin /.test(refused.message) ? originHint() : undefined;
      return oddsError(refused.code, refused.message, { at, hint });
    }
    // Where the server itself said no, these are its words.
    const isOurs = type === "TransportError" || message === "timeout";
    return oddsError("NO_ANSWER", isOurs ? `No connection to ${this.origin}: ${message}.` : message, { at });
  }

  /** Whether the application has not been told of it yet; it is then. */
  isNews({ code }: OddsError): boolean {
    const before = this.told;
    this.told = code;
    return before !== code;
  }
}

/** The server's refusal, where the request that it refused may be read. */
function answerIn({ context }: Failure): Pick<OddsError, "code" | "message"> | undefined {
  try {
    const { error } = JSON.parse(String(context?.responseText));
    return isError(error) ? error : undefined;
  } catch {
    return undefined;
  }
}

/** By `origin`: `location.origin` of a file or a sandboxed frame is not what its browser tells the server. */
function originHint(): string {
  const { origin } = globalThis as { origin?: string };
  return `Add ${origin ?? "this origin"} to the server's ALLOWED_ORIGINS, and restart it.`;
}

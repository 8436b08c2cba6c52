import { useEffect, useState } from "preact/hooks";
import type { ErrorBody } from "../client/index.js";

/** What a question over HTTP gave: an answer, or why there is none. */
export interface Asked<T> {
  /** The latest answer; undefined before the first. */
  readonly answer: T | undefined;
  /** What is wrong with the last question; null where it was answered. */
  readonly problem: { readonly code: string; readonly message: string; readonly status: number } | null;
}

/** Asks a path of this server, and again every `everyMs` where that is given, while the page can be seen. */
export function useAsked<T>(path: string | null, token: string | null, everyMs?: number): Asked<T> {
  const [asked, setAsked] = useState<Asked<T>>(NOTHING);
  useEffect(() => {
    if (path === null) return;
    const stop = new AbortController();
    const look = async () => {
      if (document.visibilityState === "hidden") return;
      const now = await ask<T>(path, token, stop.signal);
      if (!stop.signal.aborted) setAsked(({ answer }) => ({ answer, ...now }));
    };
    void look();
    const clock = everyMs === undefined ? undefined : setInterval(look, everyMs);
    document.addEventListener("visibilitychange", look);
    return () => {
      stop.abort();
      clearInterval(clock);
      document.removeEventListener("visibilitychange", look);
    };
  }, [path, token, everyMs]);
  return asked;
}

const NOTHING = { answer: undefined, problem: null } as const;

async function ask<T>(
  path: string,
  token: string | null,
  signal: AbortSignal,
): Promise<Partial<Asked<T>> & Pick<Asked<T>, "problem">> {
  const headers = token === null ? {} : { Authorization: `Bearer ${token}` };
  try {
    const response = await fetch(path, { headers, signal });
    const body: unknown = await response.json();
    // /status answers 503 with all that it has to say.
    if (response.ok || !isErrorBody(body)) return { answer: body as T, problem: null };
    return { problem: { ...body.error, status: response.status } };
  } catch {
    return { problem: { code: "NO_ANSWER", message: "The server did not answer.", status: 0 } };
  }
}

function isErrorBody(body: unknown): body is ErrorBody {
  return typeof body === "object" && body !== null && "error" in body;
}

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { ErrorBody } from "../client/index.js";

/** Why a question has no answer: the server's words, or `NO_ANSWER` with status 0 where it said nothing. */
export interface Problem {
  readonly code: string;
  readonly message: string;
  readonly status: number;
}

/** What a question over HTTP gave: an answer, or why there is none. */
export interface Asked<T> {
  /** The latest answer; undefined before the first. */
  readonly answer: T | undefined;
  /** When that came, in ms by `performance.now()`; undefined before the first. */
  readonly answeredAt: number | undefined;
  /** What is wrong with the last question; null where it was answered. */
  readonly problem: Problem | null;
  /** Asks now, whenever it was asked before. */
  readonly again: () => void;
}

/**
 * Asks a path of this server (none while it is null), and again `everyMs` after each answer where that is given, while
 * the page can be seen. Coming back to the page asks only what is due, or what failed.
 */
export function useAsked<T>(path: string | null, token: string | null, everyMs?: number): Asked<T> {
  const [asked, setAsked] = useState<Omit<Asked<T>, "again">>(NOTHING);
  const look = useRef(() => {});
  useEffect(() => {
    if (path === null) return;
    const stop = new AbortController();
    let clock: ReturnType<typeof setTimeout> | undefined;
    let isAsking = false;
    let isDue = true;
    look.current = async () => {
      if (isAsking) return;
      clearTimeout(clock);
      isAsking = true;
      const now = await ask<T>(path, token, stop.signal);
      isAsking = false;
      if (stop.signal.aborted) return;
      setAsked((before) => ({ ...before, ...now }));
      isDue = now.problem !== null;
      if (everyMs === undefined) return;
      clock = setTimeout(() => {
        isDue = true;
        lookIfDue();
      }, everyMs);
    };
    const lookIfDue = () => {
      if (isDue && document.visibilityState !== "hidden") look.current();
    };
    lookIfDue();
    document.addEventListener("visibilitychange", lookIfDue);
    return () => {
      stop.abort();
      clearTimeout(clock);
      look.current = () => {};
      document.removeEventListener("visibilitychange", lookIfDue);
    };
  }, [path, token, everyMs]);
  const again = useCallback(() => look.current(), []);
  return { ...asked, again };
}

const NOTHING = { answer: undefined, answeredAt: undefined, problem: null } as const;

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
    if (response.ok || !isErrorBody(body)) {
      return { answer: body as T, answeredAt: performance.now(), problem: null };
    }
    return { problem: { ...body.error, status: response.status } };
  } catch {
    return { problem: { code: "NO_ANSWER", message: "The server did not answer.", status: 0 } };
  }
}

function isErrorBody(body: unknown): body is ErrorBody {
  return typeof body === "object" && body !== null && "error" in body;
}

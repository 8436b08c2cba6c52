import { useCallback, useEffect, useRef, useState } from "preact/hooks";

/** Says something to who listens to the page; the latest of several within a tick is said. */
export type Announce = (words: string) => void;

/** A screen reader is told something at most once in this time (ms): a tick of the usual length. */
const AT_MOST_EVERY_MS = 5000;

/** What is to be said now, politely, and what says something. */
export function useAnnouncements(): [string, Announce] {
  const [words, setWords] = useState("");
  const waiting = useRef<string | null>(null);
  const clock = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const announce = useCallback((next: string) => {
    waiting.current = next;
    if (clock.current !== undefined) return;
    const say = () => {
      clock.current = undefined;
      if (waiting.current === null) return;
      setWords(waiting.current);
      waiting.current = null;
      clock.current = setTimeout(say, AT_MOST_EVERY_MS);
    };
    say();
  }, []);
  useEffect(() => () => clearTimeout(clock.current), []);
  return [words, announce];
}

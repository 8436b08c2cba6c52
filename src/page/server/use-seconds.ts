import { useEffect, useState } from "preact/hooks";

/** What `performance.now()` said at the last second: for ages that count by themselves. */
export function useSeconds(): number {
  const [nowMs, setNow] = useState(() => performance.now());
  useEffect(() => {
    const clock = setInterval(() => setNow(performance.now()), 1000);
    return () => clearInterval(clock);
  }, []);
  return nowMs;
}

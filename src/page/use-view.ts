import { useCallback, useEffect, useState } from "preact/hooks";
import { queryOf, type View, viewOf } from "./view.js";

/** Changes what is looked at. Somewhere else is a step of the browser's history; another filter is not. */
export type ShowView = (change: Partial<View>) => void;

/** What the address asks for, and what changes it. */
export function useView(): [View, ShowView] {
  const [view, setView] = useState(() => viewOf(location.search));
  useEffect(() => {
    const back = () => setView(viewOf(location.search));
    addEventListener("popstate", back);
    return () => removeEventListener("popstate", back);
  }, []);
  const show = useCallback((change: Partial<View>) => {
    const before = viewOf(location.search);
    const now = { ...before, ...change };
    const isElsewhere = before.of !== now.of || before.sport !== now.sport || before.event !== now.event;
    const address = `${location.pathname}${queryOf(now)}`;
    history[isElsewhere && before.sport !== null ? "pushState" : "replaceState"](null, "", address);
    setView(now);
  }, []);
  return [view, show];
}

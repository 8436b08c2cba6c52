import { useEffect, useRef } from "preact/hooks";
import type { SportState } from "../client/index.js";
import type { Announce } from "./announcer.js";
import { reasonInWords } from "./words.js";

/** Says loudly that the prices below may not be relied on, and why; nothing while they may. */
export function NotLive({ state }: { readonly state: SportState | undefined }) {
  if (!state?.stale || !state.board) return null;
  return (
    <p class="banner">
      <strong>Do not rely on these prices.</strong> {state.error?.message ?? reasonInWords(state.reason)}{" "}
      {state.error?.hint}
    </p>
  );
}

/** Tells a screen reader when a board cannot be relied on any more, and when it can again. */
export function useSpokenStatus(state: SportState | undefined, announce: Announce): void {
  const status = state?.board ? state.status : null;
  const before = useRef(status);
  useEffect(() => {
    if (status === before.current) return;
    const had = before.current;
    before.current = status;
    if (status === "live" && had !== null) announce("The board is live again.");
    else if (status !== null && status !== "live")
      announce(`The board is ${status}. ${state?.error?.message ?? reasonInWords(state?.reason ?? null)}`);
  }, [status]);
}

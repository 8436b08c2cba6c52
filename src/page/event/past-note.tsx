import type { EventSeen } from "./use-event.js";

/** What is wrong with the history, where something is; and that there is more of it than is shown. */
export function PastNote({ past, isThinned }: Pick<EventSeen, "past" | "isThinned">) {
  const { isKept, problem, again } = past;
  if (!isKept)
    return (
      <p class="past-note">This server keeps no history: what you see came since you opened this event.</p>
    );
  if (problem) {
    return (
      <p class="past-note">
        {problem.code === "NOT_FOUND"
          ? "The history knows nothing of this event: what you see came since you opened it."
          : `The history gave no answer: ${problem.message} What you see came since you opened this event.`}{" "}
        <button type="button" onClick={again}>
          Ask again
        </button>
      </p>
    );
  }
  if (!isThinned) return null;
  return (
    <p class="past-note muted">
      There are more changes than the chart shows: those that differ least are left out.
    </p>
  );
}

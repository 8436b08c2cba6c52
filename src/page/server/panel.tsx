import type { ComponentChildren } from "preact";
import type { Asked } from "../ask.js";
import { duration } from "../words.js";
import { problemInWords } from "./server-words.js";

interface PanelProps<T> {
  readonly id: string;
  readonly title: string;
  readonly asked: Asked<T>;
  /** By `performance.now()`. */
  readonly nowMs: number;
  /** Whether it has an age and troubles of its own; else those of the server's state are its own. */
  readonly isAskedApart?: boolean;
  readonly children: (answer: T, sinceMs: number) => ComponentChildren;
}

/** One thing to know of the server: what was answered and how old that is, or why there is no answer. */
export function Panel<T>({ id, title, asked, nowMs, isAskedApart = false, children }: PanelProps<T>) {
  const { answer, answeredAt, problem } = asked;
  const sinceMs = Math.max(0, nowMs - (answeredAt ?? nowMs));
  const told = isAskedApart ? problem : null;
  return (
    <section class={`panel ${id}`} aria-labelledby={`${id}-title`}>
      <div class="panel-head">
        <h2 id={`${id}-title`}>{title}</h2>
        {isAskedApart && answeredAt !== undefined && <p class="as-of">{`as of ${duration(sinceMs)} ago`}</p>}
      </div>
      {told && <p class={told.status === 403 ? "muted" : "problem"}>{problemInWords(told)}</p>}
      {answer !== undefined && children(answer, sinceMs)}
      {answer === undefined && !told && <p class="muted">Not known yet.</p>}
    </section>
  );
}

/** A table that scrolls within itself, by keys too, where it is wider than its place. */
export function Scrolling({
  label,
  children,
}: {
  readonly label: string;
  readonly children: ComponentChildren;
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: without it no key scrolls it.
    <section class="scrolling" aria-label={`${label}, as a table`} tabIndex={0}>
      {children}
    </section>
  );
}

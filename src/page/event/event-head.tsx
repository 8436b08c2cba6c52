import { useEffect, useRef } from "preact/hooks";
import { queryOf, type View } from "../view.js";
import { duration, moment } from "../words.js";

interface EventHeadProps {
  readonly view: View;
  readonly name: string;
  /** In ms since the epoch; NaN where it is not known. */
  readonly start: number;
  readonly now: number;
  readonly isOnBoard: boolean;
  readonly goBack: () => void;
}

/** The way back, the event's name, when it starts, and whether it is in play. */
export function EventHead({ view, name, start, now, isOnBoard, goBack }: EventHeadProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  // Who came here by a link goes on reading here.
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  return (
    <header class="event-head">
      <a
        class="back"
        href={`/${queryOf({ ...view, event: null })}`}
        onClick={(click) => {
          if (click.metaKey || click.ctrlKey || click.shiftKey || click.button !== 0) return;
          click.preventDefault();
          goBack();
        }}
      >
        <span aria-hidden="true">←</span> Board
      </a>
      <h2 ref={heading} tabIndex={-1}>
        {name}
      </h2>
      <p class="event-time">{whenOf(start, now, isOnBoard)}</p>
    </header>
  );
}

function whenOf(start: number, now: number, isOnBoard: boolean) {
  const time = (
    <time dateTime={Number.isNaN(start) ? undefined : new Date(start).toISOString()}>
      {moment(start, now)}
    </time>
  );
  if (!isOnBoard)
    return (
      <>
        <strong>Not on the board.</strong> Start {time}
      </>
    );
  if (start <= now)
    return (
      <>
        <span class="in-play">In play</span> since {time} ({duration(now - start)})
      </>
    );
  return (
    <>
      Starts {time}
      {Number.isNaN(start) ? "" : `, in ${duration(start - now)}`}
    </>
  );
}

import { useEffect, useRef } from "preact/hooks";
import type { Age, SportState } from "../../client/index.js";
import type { Announce } from "../announcer.js";
import { NotLive, useSpokenStatus } from "../not-live.js";
import type { ShowView } from "../use-view.js";
import type { View } from "../view.js";
import { MARKET_NAMES } from "../words.js";
import { EventChoices } from "./event-choices.js";
import { EventHead } from "./event-head.js";
import { Movement } from "./movement.js";
import { PastNote } from "./past-note.js";
import { useEvent } from "./use-event.js";
import "./event.css";

interface EventViewProps {
  readonly view: View;
  readonly show: ShowView;
  readonly sport: string;
  readonly eventId: string;
  readonly state: SportState | undefined;
  readonly age: Age;
  readonly token: string | null;
  readonly announce: Announce;
}

/** One event: how its prices moved, as a chart and as a table. */
export function EventView(props: EventViewProps) {
  return <OneEvent key={`${props.sport} ${props.eventId}`} {...props} />;
}

function OneEvent(props: EventViewProps) {
  const { view, show, eventId, state, announce } = props;
  const seen = useEvent(props);
  useSpokenStatus(state, announce);
  const goBack = () => {
    show({ event: null, outcome: null });
    requestAnimationFrame(() => focusEventOf(eventId));
  };
  useEscape(goBack);
  const { name, start, now, isOnBoard, market, markets, outcome, outcomes, hidden, past } = seen;
  return (
    <>
      <EventHead {...{ view, name, start, now, isOnBoard, goBack }} />
      {market !== null && (
        <EventChoices {...{ view, show, market, markets, outcome, outcomes }} hiddenBookmakers={hidden} />
      )}
      <PastNote past={past} isThinned={seen.isThinned} />
      {market !== null && outcome !== null && !past.isAsking ? (
        <Movement seen={seen} view={view} market={market} outcome={outcome} />
      ) : (
        <p class="empty">
          {past.isAsking
            ? "Asking the history…"
            : market === null
              ? "Nothing is known of this event (yet)."
              : `No bookmaker offers this market (${MARKET_NAMES[market]}).`}
        </p>
      )}
      <NotLive state={state} />
    </>
  );
}

/** Escape goes back, unless something nearer to it took the key. */
function useEscape(goBack: () => void): void {
  const latest = useRef(goBack);
  latest.current = goBack;
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open]")) return;
      latest.current();
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, []);
}

/** Who comes back to the board goes on where they left it. */
function focusEventOf(eventId: string): void {
  const links = [...document.querySelectorAll<HTMLElement>(".board a[href]")];
  const link = links.find((each) => each.getAttribute("href")?.includes(`event=${eventId}`));
  (link ?? document.getElementById("main"))?.focus();
}

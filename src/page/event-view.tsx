import type { SportState } from "../client/index.js";
import type { Announce } from "./announcer.js";
import type { ShowView } from "./use-view.js";
import type { View } from "./view.js";

interface EventViewProps {
  readonly view: View;
  readonly show: ShowView;
  readonly sport: string;
  readonly eventId: string;
  readonly state: SportState | undefined;
  readonly token: string | null;
  readonly announce: Announce;
}

/** One event: how its prices moved. */
export function EventView({ eventId }: EventViewProps) {
  return <p class="empty">{eventId}</p>;
}

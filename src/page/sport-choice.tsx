import { useEffect, useRef, useState } from "preact/hooks";
import type { Sport, SportsAnswer } from "../client/index.js";
import type { Asked } from "./ask.js";
import type { ShowView } from "./use-view.js";
import { CONSENSUS } from "./view.js";

/** Somebody who goes down the list by arrow keys chooses each on the way: what stays so long (ms) is meant. */
const MEANT_MS = 400;

interface SportChoiceProps {
  readonly show: ShowView;
  readonly sport: string | null;
  readonly sports: Asked<SportsAnswer>;
}

/** Which sport is looked at. One that is only passed by is not read: that would cost credits. */
export function SportChoice({ show, sport, sports }: SportChoiceProps) {
  const [chosen, choose] = useState<string | null>(null);
  const isByKeys = useRef(false);
  useEffect(() => choose(null), [sport]);
  useEffect(() => {
    if (chosen === null || chosen === sport) return;
    const meant = () =>
      show({ of: "board", sport: chosen, event: null, market: null, by: CONSENSUS, hidden: [] });
    const clock = setTimeout(meant, isByKeys.current ? MEANT_MS : 0);
    return () => clearTimeout(clock);
  }, [chosen]);
  const listed = sports.answer?.sports ?? [];
  return (
    <label class="field">
      <span>Sport</span>
      <select
        id="sport"
        value={chosen ?? sport ?? ""}
        onKeyDown={() => {
          isByKeys.current = true;
        }}
        onPointerDown={() => {
          isByKeys.current = false;
        }}
        onChange={({ currentTarget }) => choose(currentTarget.value)}
      >
        {sport === null && <option value="">Choose a sport</option>}
        {sport !== null && !listed.some(({ key }) => key === sport) && <option value={sport}>{sport}</option>}
        {groupsOf(listed).map(([group, ofGroup]) => (
          <optgroup key={group} label={group}>
            {ofGroup.map(({ key, title }) => (
              <option key={key} value={key}>
                {title}
              </option>
            ))}
          </optgroup>
        ))}
      </select>
    </label>
  );
}

function groupsOf(sports: readonly Sport[]): [string, Sport[]][] {
  const groups = new Map<string, Sport[]>();
  for (const sport of sports) {
    const group = sport.group || "Other";
    groups.set(group, [...(groups.get(group) ?? []), sport]);
  }
  return [...groups].sort(([one], [other]) => (one < other ? -1 : 1));
}

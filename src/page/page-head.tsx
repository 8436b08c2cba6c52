import type { Sport, SportsAnswer } from "../client/index.js";
import type { Asked } from "./ask.js";
import { ThemeChoice } from "./theme-choice.js";
import type { ShowView } from "./use-view.js";
import { queryOf, type View } from "./view.js";

interface PageHeadProps {
  readonly view: View;
  readonly show: ShowView;
  readonly sport: string | null;
  readonly sports: Asked<SportsAnswer>;
}

/** Where one can go: a sport's board, the server, the contracts. */
export function PageHead({ view, show, sport, sports }: PageHeadProps) {
  const go = (change: Partial<View>) => ({
    href: `/${queryOf({ ...view, ...change })}`,
    onClick: (event: MouseEvent) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
      event.preventDefault();
      show(change);
    },
  });
  const isBoard = view.of === "board";
  return (
    <section class="page-head" aria-label="Where to go">
      <h1>Live odds</h1>
      <nav aria-label="Page">
        <a {...go({ of: "board", event: null })} aria-current={isBoard ? "page" : undefined}>
          Board
        </a>
        <a {...go({ of: "server", event: null })} aria-current={isBoard ? undefined : "page"}>
          Server
        </a>
        <a href="/docs">API</a>
      </nav>
      <label class="field">
        <span>Sport</span>
        <select
          id="sport"
          value={sport ?? ""}
          onChange={({ currentTarget }) =>
            show({
              of: "board",
              sport: currentTarget.value,
              event: null,
              market: null,
              by: "consensus",
              hidden: [],
            })
          }
        >
          {sport === null && <option value="">Choose a sport</option>}
          {sport !== null && !sports.answer?.sports.some(({ key }) => key === sport) && (
            <option value={sport}>{sport}</option>
          )}
          {groupsOf(sports.answer?.sports ?? []).map(([group, ofGroup]) => (
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
      <ThemeChoice />
    </section>
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

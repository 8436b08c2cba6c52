import type { SportsAnswer } from "../client/index.js";
import type { Asked } from "./ask.js";
import { SportChoice } from "./sport-choice.js";
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
      <SportChoice show={show} sport={sport} sports={sports} />
      <ThemeChoice />
    </section>
  );
}

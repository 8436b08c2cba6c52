import type { MarketKey } from "../../prices/index.js";
import { Choice, SideBySide } from "../choice.js";
import type { ShowView } from "../use-view.js";
import { FORMATS, type View } from "../view.js";
import { FORMAT_NAMES, MARKET_NAMES } from "../words.js";

/** More outcomes than this are a list that folds out. */
const FEW = 3;

interface EventChoicesProps {
  readonly view: View;
  readonly show: ShowView;
  readonly market: MarketKey;
  readonly markets: readonly MarketKey[];
  readonly outcome: string | null;
  readonly outcomes: readonly string[];
  readonly hiddenBookmakers: number;
}

/** What can be chosen of an event: its market, one of its outcomes, how prices are written. */
export function EventChoices(props: EventChoicesProps) {
  const { view, show, market, markets, outcome, outcomes, hiddenBookmakers } = props;
  const offered = markets.includes(market) ? markets : [market, ...markets];
  const Outcome = outcomes.length <= FEW ? SideBySide : Choice;
  return (
    <form
      class="toolbar"
      aria-label="What the chart shows"
      data-open=""
      onSubmit={(event) => event.preventDefault()}
    >
      <SideBySide
        name="Market"
        value={market}
        options={offered.map((key) => [key, MARKET_NAMES[key]])}
        choose={(key) => show({ market: key, outcome: null })}
      />
      {outcome !== null && (
        <Outcome
          name="Outcome"
          value={outcome}
          options={outcomes.map((name) => [name, name])}
          choose={(name) => show({ outcome: name })}
        />
      )}
      <Choice
        name="Prices"
        value={view.format}
        options={FORMATS.map((format) => [format, FORMAT_NAMES[format]])}
        choose={(format) => show({ format })}
      />
      {hiddenBookmakers > 0 && (
        <span class="field">
          <span>
            {hiddenBookmakers === 1 ? "1 bookmaker is hidden" : `${hiddenBookmakers} bookmakers are hidden`}
          </span>
          <button type="button" onClick={() => show({ hidden: [] })}>
            Show all
          </button>
        </span>
      )}
    </form>
  );
}

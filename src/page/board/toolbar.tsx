import { useState } from "preact/hooks";
import { FAIR_METHODS, MARKETS, type MarketKey } from "../../prices/index.js";
import { Choice, SideBySide } from "../choice.js";
import type { ShowView } from "../use-view.js";
import { CONSENSUS, FORMATS, type View } from "../view.js";
import { FORMAT_NAMES, MARKET_NAMES, METHOD_NAMES } from "../words.js";
import type { Column } from "./board-model.js";

interface ToolbarProps {
  readonly view: View;
  readonly show: ShowView;
  readonly market: MarketKey;
  /** The markets that the board has; the one that is looked at is always among them. */
  readonly markets: ReadonlySet<string>;
  readonly bookmakers: readonly Column[];
}

/** What can be chosen of a board: all of it goes into the address. */
export function Toolbar({ view, show, market, markets, bookmakers }: ToolbarProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <form
      class="toolbar"
      aria-label="What the board shows"
      data-open={isOpen ? "" : undefined}
      onSubmit={(event) => event.preventDefault()}
    >
      <SideBySide
        name="Market"
        value={market}
        options={MARKETS.filter((key) => key === market || markets.has(key)).map((key) => [
          key,
          MARKET_NAMES[key],
        ])}
        choose={(key) => show({ market: key })}
      />
      <button type="button" class="more" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        Filters
      </button>
      <label class="field">
        <span>Find</span>
        <input
          id="find"
          type="search"
          placeholder="Team"
          value={view.find}
          onInput={({ currentTarget }) => show({ find: currentTarget.value })}
        />
      </label>
      <label class="check">
        <input
          type="checkbox"
          checked={view.inPlay}
          onChange={({ currentTarget }) => show({ inPlay: currentTarget.checked })}
        />
        <span>Only in play</span>
      </label>
      <Choice
        name="Prices"
        value={view.format}
        options={FORMATS.map((format) => [format, FORMAT_NAMES[format]])}
        choose={(format) => show({ format })}
      />
      <Choice
        name="Fair by"
        value={view.by}
        options={[
          [CONSENSUS, "consensus"],
          ...bookmakers.map(({ key, title }): [string, string] => [key, title]),
          ...(view.by === CONSENSUS || bookmakers.some(({ key }) => key === view.by)
            ? []
            : [[view.by, view.by] as [string, string]]),
        ]}
        choose={(by) => show({ by })}
      />
      <Choice
        name="Method"
        value={view.method}
        options={FAIR_METHODS.map((method) => [method, METHOD_NAMES[method]])}
        choose={(method) => show({ method })}
      />
      <Bookmakers view={view} show={show} bookmakers={bookmakers} />
    </form>
  );
}

function Bookmakers({ view, show, bookmakers }: Pick<ToolbarProps, "view" | "show" | "bookmakers">) {
  const hidden = new Set(view.hidden);
  const shown = bookmakers.filter(({ key }) => !hidden.has(key)).length;
  return (
    <details
      class="bookmakers"
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.currentTarget.open = false;
        event.currentTarget.querySelector("summary")?.focus();
      }}
    >
      <summary>
        Bookmakers <span class="muted">{`${shown} of ${bookmakers.length}`}</span>
      </summary>
      <fieldset>
        <legend class="visually-hidden">Bookmakers that are shown</legend>
        <div class="buttons">
          <button type="button" onClick={() => show({ hidden: [] })}>
            All
          </button>
          <button type="button" onClick={() => show({ hidden: bookmakers.map(({ key }) => key).sort() })}>
            None
          </button>
        </div>
        {bookmakers.map(({ key, title }) => (
          <label class="check" key={key}>
            <input
              type="checkbox"
              checked={!hidden.has(key)}
              onChange={({ currentTarget }) => {
                const others = view.hidden.filter((each) => each !== key);
                show({ hidden: currentTarget.checked ? others : [...others, key].sort() });
              }}
            />
            <span>{title}</span>
          </label>
        ))}
      </fieldset>
    </details>
  );
}

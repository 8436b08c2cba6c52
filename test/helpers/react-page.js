import { createElement as h, memo, StrictMode, useState } from "react";
import { createRoot } from "react-dom/client";
import { connectOdds } from "../../src/client/index.js";
import { OddsProvider, useAge, useConnection, useOdds } from "../../src/client/react.js";

/*
 * A page for test/client/react.test.ts. It counts how often each row is drawn in `kept.drawn`, keeps the boards that it
 * drew in `kept.boards`, what it said above them in `kept.heads`, and lets the test choose by `kept.show`: a sport, or null for nothing at all.
 * With `parts` it shows the games of each, of a connection of its own: `kept.games` tells what each drew, `kept.showParts`
 * changes them, `kept.subscribed` counts calls of `subscribe`.
 */

const { server, lastUpdate } = globalThis.settings;
const kept = {
  drawn: {},
  boards: [],
  heads: [],
  games: {},
  subscribed: 0,
  show: undefined,
  showParts: undefined,
};
globalThis.kept = kept;

const Row = memo(function Row({ event }) {
  kept.drawn[event.id] = (kept.drawn[event.id] ?? 0) + 1;
  return h("li", null, event.home_team);
});

function Board({ sport }) {
  const { board, status, error } = useOdds(sport);
  if (board && kept.boards.at(-1) !== board) kept.boards.push(board);
  const head = `${sport} ${status ?? "waiting"} ${error?.code ?? ""}`;
  kept.heads.push(head);
  return h(
    "section",
    null,
    h("h1", null, head),
    h(
      "ul",
      null,
      board?.odds.map((event) => h(Row, { key: event.id, event })),
    ),
  );
}

function Clock({ sport }) {
  const { ageMs, stale } = useAge(sport);
  const { state, trouble, transport } = useConnection();
  return h(
    "p",
    null,
    `${state} ${transport ?? trouble?.code ?? ""} ${ageMs === null ? "none" : Math.floor(ageMs / 1000)} ${stale}`,
  );
}

function Part({ name, sport, events }) {
  // Another object each time that it is drawn.
  const { board } = useOdds(sport, events ? { only: { events: [...events] } } : undefined);
  kept.games[name] ??= [];
  kept.games[name].push(board ? board.odds.map(({ id }) => id).join(" ") : "waiting");
  return null;
}

const own = globalThis.settings.parts && connectOdds(server, { lastUpdate });
if (own) {
  const { subscribe } = own;
  own.subscribe = (...args) => {
    kept.subscribed += 1;
    return subscribe.apply(own, args);
  };
}

function Parts() {
  const { sport } = globalThis.settings;
  const [parts, showParts] = useState(globalThis.settings.parts);
  kept.showParts = showParts;
  return h(
    OddsProvider,
    { connection: own },
    Object.entries(parts).map(([name, events]) => h(Part, { key: name, name, sport, events })),
  );
}

function Page() {
  const [sport, show] = useState(globalThis.settings.sport);
  kept.show = show;
  if (sport === null) return h("h1", null, "nothing");
  return h(
    OddsProvider,
    { url: server, options: { lastUpdate } },
    h(Board, { key: sport, sport }),
    h(Clock, { sport }),
  );
}

createRoot(document.getElementById("root")).render(h(StrictMode, null, h(own ? Parts : Page)));

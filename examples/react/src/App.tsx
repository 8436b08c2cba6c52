import type { BoardEvent } from "live-odds-client";
import { OddsProvider, useAge, useOdds } from "live-odds-client/react";
import { memo, useState } from "react";

/** The server's origin: VITE_ODDS_SERVER in the environment of Vite. */
const SERVER: string = import.meta.env.VITE_ODDS_SERVER ?? "http://localhost:3001";
const SPORTS = ["basketball_nba", "americanfootball_nfl", "icehockey_nhl"];

export function App() {
  const [sport, setSport] = useState("basketball_nba");
  return (
    // Without last_update an event stays the same object until one of its prices moves: only that row is drawn anew.
    <OddsProvider url={SERVER} options={{ lastUpdate: false }}>
      <select value={sport} onChange={(event) => setSport(event.target.value)}>
        {SPORTS.map((key) => (
          <option key={key}>{key}</option>
        ))}
      </select>
      <Trust sport={sport} />
      <Board sport={sport} />
    </OddsProvider>
  );
}

/** How far the prices can be relied on, and what is wrong: it alone is drawn anew each second. */
function Trust({ sport }: { sport: string }) {
  const { status, reason, error } = useOdds(sport);
  const { ageMs, stale } = useAge(sport);
  return (
    <p role="status" style={{ color: stale ? "crimson" : "inherit" }}>
      {ageMs === null ? "no prices yet" : `${status}, ${Math.floor(ageMs / 1000)} s old`}{" "}
      <small>{error ? `${error.message} ${error.hint}` : reason}</small>
    </p>
  );
}

function Board({ sport }: { sport: string }) {
  const { board, stale } = useOdds(sport);
  return (
    <table style={{ opacity: stale ? 0.5 : 1 }}>
      <tbody>
        {board?.odds.map((event) => (
          <Game key={event.id} event={event} />
        ))}
      </tbody>
    </table>
  );
}

/** The best moneyline price of each side. */
const Game = memo(function Game({ event }: { event: BoardEvent }) {
  const best = new Map<string, number>();
  for (const { markets } of event.bookmakers) {
    for (const { name, price } of markets.find(({ key }) => key === "h2h")?.outcomes ?? []) {
      best.set(name, Math.max(price, best.get(name) ?? 0));
    }
  }
  return (
    <tr>
      {[...best].map(([name, price]) => (
        <td key={name}>
          {name} <b>{price}</b>
        </td>
      ))}
    </tr>
  );
});

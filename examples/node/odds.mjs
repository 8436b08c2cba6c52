// Best prices of one sport in a terminal, with the client library of the server that serves them.
// Usage: node odds.mjs [http://localhost:3001 [basketball_nba]]
import { connectOdds } from "live-odds-client";

const [server = "http://localhost:3001", sport = "basketball_nba"] = process.argv.slice(2);

// Without `last_update`s, which this does not show.
const odds = connectOdds(server, { lastUpdate: false });
odds.subscribe(sport, () => {});

// Each second, and at each change: how old the prices are, whether they may be relied on, and what is wrong.
odds.onAge(sport, ({ ageMs }) => {
  const { board, status, reason, error } = odds.peek(sport) ?? {};
  if (process.stdout.isTTY) console.clear();
  const age =
    ageMs === null ? "no prices yet." : `${status?.toUpperCase()}, ${Math.round(ageMs / 1000)} s old.`;
  const why = error ? `${error.message} ${error.hint}` : reason;
  console.log(`${sport}: ${age} ${why ?? ""}`);
  for (const event of board?.odds.slice(0, 10) ?? []) console.log(`  ${bestPrices(event)}`);
});

/** The best price of each side, with who offers it. */
function bestPrices({ bookmakers }) {
  const best = new Map();
  for (const { key, title, markets } of bookmakers) {
    for (const { name, price } of markets.find((market) => market.key === "h2h")?.outcomes ?? []) {
      if (price > (best.get(name)?.price ?? -Infinity)) best.set(name, { price, by: title ?? key });
    }
  }
  return [...best].map(([name, { price, by }]) => `${name} ${price} (${by})`).join(", ");
}

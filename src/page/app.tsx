import { useEffect, useState } from "preact/hooks";
import {
  type ClientBoard,
  connectOdds,
  type Health,
  type OddsConnection,
  type SportsAnswer,
} from "../client/index.js";
import { useAnnouncements } from "./announcer.js";
import { useAsked } from "./ask.js";
import { BoardView } from "./board/board-view.js";
import { Later } from "./later.js";
import { PageHead } from "./page-head.js";
import { Rail } from "./rail.js";
import { keepToken, keptToken, TokenDialog } from "./token-dialog.js";
import { useAge, useConnection, useSport } from "./use-odds.js";
import { useView } from "./use-view.js";
import type { View } from "./view.js";
import { nameOfEvent } from "./words.js";

/** How often the page asks how the server is, in ms. */
const HEALTH_MS = 15_000;

/** The whole page: one connection, with the token that this tab was given, where the server asks for one. */
export function App() {
  const [token, setToken] = useState(keptToken);
  const odds = useOpened(token);
  return odds && <Page key={token ?? ""} odds={odds} token={token} setToken={setToken} />;
}

function useOpened(token: string | null): OddsConnection | null {
  const [odds, setOdds] = useState<OddsConnection | null>(null);
  useEffect(() => {
    const opened = connectOdds(location.origin, token === null ? {} : { token: () => token });
    setOdds(opened);
    return () => opened.close();
  }, [token]);
  return odds;
}

interface PageProps {
  readonly odds: OddsConnection;
  readonly token: string | null;
  readonly setToken: (token: string) => void;
}

function Page({ odds, token, setToken }: PageProps) {
  const [view, show] = useView();
  const connection = useConnection(odds);
  const health = useAsked<Health>("/health", null, HEALTH_MS);
  const sports = useAsked<SportsAnswer>("/api/odds/sports", token);
  const sport = view.sport ?? sportToBegin(health.answer, sports.answer);
  // Looking at the server has no sport read: that would cost credits.
  const wanted = view.of === "server" ? null : sport;
  const state = useSport(odds, wanted);
  const age = useAge(odds, wanted);
  const [announcement, announce] = useAnnouncements();
  const refusal = refusalOf(connection.trouble) ?? refusalOf(state?.error) ?? refusalOf(sports.problem);
  useTitle(view, sport, sports.answer, state?.board);

  return (
    <>
      <a class="skip" href="#main">
        Skip to the odds
      </a>
      <Rail state={state} age={age} connection={connection} health={health.answer} sport={wanted} />
      <PageHead view={view} show={show} sport={sport} sports={sports} />
      <main id="main" tabIndex={-1}>
        {view.of === "server" ? (
          <Later
            key="server"
            load={() => import("./server/server-view.js").then(({ ServerView }) => ServerView)}
            props={{ token }}
          />
        ) : view.event !== null && sport !== null ? (
          <Later
            key="event"
            load={() => import("./event/event-view.js").then(({ EventView }) => EventView)}
            props={{ view, show, sport, eventId: view.event, state, age, token, announce }}
          />
        ) : (
          <BoardView
            view={view}
            show={show}
            state={state}
            age={age}
            sport={sport}
            sports={sports}
            announce={announce}
          />
        )}
      </main>
      <p class="visually-hidden" role="status">
        {announcement}
      </p>
      {refusal && (
        <TokenDialog
          refusal={refusal}
          had={token !== null}
          give={(given) => {
            keepToken(given);
            setToken(given);
          }}
        />
      )}
    </>
  );
}

/**
 * The sport of an address that names none: one that is being read already; else any, where that costs nothing. With a
 * paid source somebody must choose.
 */
function sportToBegin(health: Health | undefined, sports: SportsAnswer | undefined): string | null {
  if (!health || !sports) return null;
  const [wanted] = health.wanted;
  if (wanted !== undefined) return wanted;
  if (health.source === "the-odds-api") return null;
  const listed = sports.sports.filter(({ has_outrights }) => !has_outrights);
  return (listed.find(({ key }) => key === "basketball_nba") ?? listed[0] ?? sports.sports[0])?.key ?? null;
}

/** Whether something is wrong that a token mends. */
function refusalOf<T extends { readonly code: string }>(problem: T | null | undefined): T | undefined {
  return problem && (problem.code === "UNAUTHORIZED" || problem.code === "TOKEN_EXPIRED")
    ? problem
    : undefined;
}

function useTitle(
  view: View,
  sport: string | null,
  sports: SportsAnswer | undefined,
  board: ClientBoard | null | undefined,
): void {
  const title = sports?.sports.find(({ key }) => key === sport)?.title ?? sport;
  const event = view.event === null ? undefined : board?.odds.find(({ id }) => id === view.event);
  const of = view.of === "server" ? ["The server"] : [event && nameOfEvent(event), title];
  const named = [...of, "Live odds"].filter(Boolean).join(" · ");
  useEffect(() => {
    document.title = named;
  }, [named]);
}

import { useEffect, useState } from "preact/hooks";
import type { Age, ConnectionState, OddsConnection, OddsError, SportState } from "../client/index.js";

/*
 * The client library in Preact's hooks; for React it has its own (live-odds-client/react).
 */

/** The state of a sport, drawn anew with each change; undefined before the first word. */
export function useSport(odds: OddsConnection, sport: string | null): SportState | undefined {
  const [state, setState] = useState<SportState | undefined>(undefined);
  useEffect(() => {
    setState(undefined);
    return sport === null ? undefined : odds.subscribe(sport, setState);
  }, [odds, sport]);
  return state?.sport === sport ? state : undefined;
}

/** How old a sport's board is, counting each second. */
export function useAge(odds: OddsConnection, sport: string | null): Age {
  const [age, setAge] = useState(UNKNOWN);
  useEffect(() => {
    setAge(UNKNOWN);
    return sport === null ? undefined : odds.onAge(sport, setAge);
  }, [odds, sport]);
  return age;
}
const UNKNOWN: Age = { ageMs: null, stale: true };

/** How the connection stands, and why there is none. */
export function useConnection(odds: OddsConnection): {
  readonly state: ConnectionState;
  readonly trouble: OddsError | null;
  readonly transport: OddsConnection["transport"];
} {
  const of = ({ state, trouble, transport }: OddsConnection) => ({ state, trouble, transport });
  const [standing, setStanding] = useState(() => of(odds));
  useEffect(() => {
    const look = () => setStanding(of(odds));
    look();
    return odds.onConnection(look);
  }, [odds]);
  return standing;
}

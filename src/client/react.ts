"use client";

import {
  createContext,
  createElement,
  type ReactElement,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from "react";
import type { Age } from "./ages.js";
import type { OddsError } from "./errors.js";
import { connectOdds } from "./index.js";
import type { OddsConnection, OddsOptions, SubscribeOptions } from "./odds-connection.js";
import type { ConnectionState, ConnectionTransport, SportState } from "./state.js";
import { type GivenOnly, sieveOf } from "./views.js";

export type {
  Age,
  ConnectionState,
  ConnectionTransport,
  OddsConnection,
  OddsError,
  OddsOptions,
  SportState,
  SubscribeOptions,
};

/** A sport is kept this long (ms) after the last component left: one that comes in its place finds the board there. */
const LINGER_MS = 1000;

const Connection = createContext<OddsConnection | null>(null);

/** What {@link OddsProvider} is given: where to connect, or a connection that the application opens and closes itself. */
export type OddsProviderProps = { readonly children?: ReactNode } & (
  | {
      /** The server's origin; another one makes another connection. */
      readonly url: string;
      /** As `connectOdds` takes them, read when it connects; `token` is always the latest one's. */
      readonly options?: OddsOptions;
    }
  | { readonly connection: OddsConnection }
);

/**
 * Gives a connection to the components below. By `url` it is opened once this is on the page, and closed when it leaves:
 * nothing connects while a server renders, and neither StrictMode nor a hot reload leaves a connection behind.
 */
export function OddsProvider(props: OddsProviderProps): ReactElement {
  const { children } = props;
  const opened = useOpened(
    "url" in props ? props.url : undefined,
    "url" in props ? props.options : undefined,
  );
  const value = "connection" in props ? props.connection : opened;
  return createElement(Connection.Provider, { value }, children);
}

function useOpened(url: string | undefined, options: OddsOptions | undefined): OddsConnection | null {
  const [connection, setConnection] = useState<OddsConnection | null>(null);
  const latest = useRef(options);
  useEffect(() => {
    latest.current = options;
  });
  useEffect(() => {
    if (url === undefined) return;
    const { token, ...rest } = latest.current ?? {};
    const renewed = token && { token: () => (latest.current?.token ?? token)() };
    const odds = connectOdds(url, { ...rest, ...renewed });
    setConnection(odds);
    return () => {
      setConnection(null);
      odds.close();
    };
  }, [url]);
  return connection;
}

/** The connection of the {@link OddsProvider} above; null before it is on the page. */
export function useOddsConnection(): OddsConnection | null {
  return useContext(Connection);
}

/**
 * The state of a sport, or of what `only` lists of it, of the provider's connection or of one's own; the component is
 * drawn anew at each change of it. Before the first board, and where a server renders, its `board` is null. An `only`
 * that lists the same as the one before is the same, be it another object.
 */
export function useOdds(sport: string, options?: SubscribeOptions | undefined): SportState;
export function useOdds(
  odds: OddsConnection | null,
  sport: string,
  options?: SubscribeOptions | undefined,
): SportState;
export function useOdds(...args: Args): SportState {
  const [odds, sport, given] = useChoice(args);
  const options = useSame(given);
  const nothing = useMemo(() => nothingOf(sport), [sport]);
  const subscribe = useCallback(
    (changed: () => void) => follow(odds, sport, options, changed),
    [odds, sport, options],
  );
  return useSyncExternalStore(
    subscribe,
    () => odds?.peek(sport, options) ?? nothing,
    () => nothing,
  );
}

/** The age of a sport's board, which counts by itself: only who uses this is drawn anew each second. */
export function useAge(sport: string): Age;
export function useAge(odds: OddsConnection | null, sport: string): Age;
export function useAge(...args: [sport: string] | [odds: OddsConnection | null, sport: string]): Age {
  const [odds, sport] = useChoice(args);
  const [age, setAge] = useState(UNKNOWN);
  useEffect(() => {
    setAge(UNKNOWN);
    return odds?.onAge(sport, setAge);
  }, [odds, sport]);
  return age;
}

const UNKNOWN: Age = { ageMs: null, stale: true };

/** How the connection stands, why there is none, and what it speaks over. */
export function useConnection(
  given?: OddsConnection | null,
): Pick<OddsConnection, "state" | "trouble" | "transport"> {
  const above = useContext(Connection);
  const odds = given === undefined ? above : given;
  const subscribe = useCallback((changed: () => void) => odds?.onConnection(changed) ?? (() => {}), [odds]);
  const state = useSyncExternalStore(
    subscribe,
    () => odds?.state ?? "connecting",
    () => "connecting" as const,
  );
  const trouble = useSyncExternalStore(
    subscribe,
    () => odds?.trouble ?? null,
    () => null,
  );
  const transport = useSyncExternalStore(
    subscribe,
    () => odds?.transport ?? null,
    () => null,
  );
  return { state, trouble, transport };
}

/** What a hook is given, behind a connection of one's own or without one. */
type OwnArgs = [odds: OddsConnection | null, sport: string, options?: SubscribeOptions | undefined];
type Args = [sport: string, options?: SubscribeOptions | undefined] | OwnArgs;

function useChoice(args: Args): OwnArgs {
  const above = useContext(Connection);
  return isOwn(args) ? args : [above, ...args];
}

function isOwn(args: Args): args is OwnArgs {
  return typeof args[0] !== "string";
}

/** The same object as long as it lists the same. */
function useSame({ only }: SubscribeOptions = {}): SubscribeOptions {
  const words = JSON.stringify(sieveOf(only) ?? null);
  return useMemo(() => {
    const same: GivenOnly | null = JSON.parse(words);
    return { only: same ?? undefined };
  }, [words]);
}

function follow(
  odds: OddsConnection | null,
  sport: string,
  options: SubscribeOptions,
  changed: () => void,
): () => void {
  if (!odds) return () => {};
  const stop = odds.subscribe(sport, changed, options);
  return () => {
    const letGo = odds.subscribe(sport, () => {}, options);
    stop();
    setTimeout(letGo, LINGER_MS);
  };
}

function nothingOf(sport: string): SportState {
  return {
    sport,
    board: null,
    connection: "connecting",
    status: null,
    reason: null,
    stale: true,
    error: null,
    ageMs: () => null,
  };
}

import type { ErrorCode } from "./messages.js";

/** What this library says by itself: there is no connection. */
export type ClientCode = "NO_ANSWER";

/** Something that did not work. */
export interface OddsError {
  /** To branch on: the server's codes, and `NO_ANSWER` where there is no connection. */
  readonly code: ErrorCode | ClientCode;
  /** What is wrong: a sentence for people. */
  readonly message: string;
  /** What a developer or operator does about it: a sentence. */
  readonly hint: string;
  /** When it began, in ms since the epoch, by this device's clock. */
  readonly at: number;
  /** The sport that it concerns, where it concerns one. */
  readonly sport?: string;
}

/** What is to be done where nothing else is said. */
const WAIT = "Wait: it is tried again. The server's /health and log say more.";

const HINTS: Readonly<Partial<Record<OddsError["code"], string>>> = {
  NO_ANSWER:
    "Does the server run at this address, and does its ALLOWED_ORIGINS hold this page's origin? It is tried again.",
  INVALID_MESSAGE: "Update server and client to the same release.",
  UNAUTHORIZED: "Give connectOdds a function `token` that gets a valid token.",
  TOKEN_EXPIRED: "Have `token` get a new token each time that it is called.",
  SPORT_NOT_ALLOWED:
    "Take a sport that GET /api/odds/sports lists, or add this one to the server's ODDS_SPORTS.",
  UNKNOWN_SPORT: "Take the `key` of a sport that GET /api/odds/sports lists.",
  NOT_COVERED: "Nothing: show that there is nothing. `gap` says from when to when nobody looked, and why.",
  TOO_MANY_SUBSCRIPTIONS: "Unsubscribe from a sport first, or raise the server's MAX_SUBSCRIPTIONS.",
  RATE_LIMITED: "Wait: the server takes no more from this client or address for now.",
  INTERNAL: "Look in the server's log.",
  OUT_OF_USAGE_CREDITS: "Wait until the credits come back, or take a larger plan.",
  INVALID_KEY: "Give the server a valid THE_ODDS_API_KEY.",
  SHUTTING_DOWN: "Nothing: it connects again by itself.",
};

/** The same code is told of views, where its message speaks of them. */
const VIEW_HINTS: readonly { code: OddsError["code"]; speaks: RegExp; hint: string }[] = [
  {
    code: "INVALID_MESSAGE",
    speaks: /`only\b/,
    hint:
      "Give each list in `only` 1 to 100 words of 1 to 100 characters, or leave it out. " +
      "Where there is nothing to show, do not subscribe.",
  },
  {
    code: "TOO_MANY_SUBSCRIPTIONS",
    speaks: /\bviews?\b/,
    hint:
      "The whole board comes instead, in more bytes. " +
      "Leave `only` out, or list what others list, too: the game, not the user's bookmakers. " +
      "Stop listening to what is not shown.",
  },
];

function hintFor(code: OddsError["code"], message: string): string {
  const ofView = VIEW_HINTS.find((hint) => hint.code === code && hint.speaks.test(message));
  // Own ones only: a server may send any word, such as `constructor`.
  return ofView?.hint ?? (Object.hasOwn(HINTS, code) ? HINTS[code] : undefined) ?? WAIT;
}

/** Whether two errors say the same. */
export function isSame(one: OddsError | null | undefined, other: OddsError | null): boolean {
  return one?.code === other?.code && one?.message === other?.message;
}

/** An error with what is to be done about it. It began now, unless told otherwise. */
export function oddsError(
  code: OddsError["code"],
  message: string,
  more: {
    readonly sport?: string | undefined;
    readonly hint?: string | undefined;
    readonly at?: number;
  } = {},
): OddsError {
  const { sport, hint = hintFor(code, message), at = Date.now() } = more;
  return { code, message, hint, at, ...(sport === undefined ? {} : { sport }) };
}

import { isSame, type OddsError } from "./errors.js";
import { keyOf, type Sieve } from "./views.js";

/** What the server sends of a sport at one client, and what it has said no to. */
export class AgreedView {
  /** What it sends, once that is known: what comes before was sent to one whose place this has taken. */
  sent: { readonly view: Sieve; hasEnded?: true } | undefined;
  /** Why it does not send all that is watched. Boards of the rest of it do not end that. */
  refusal: OddsError | null = null;
  /** The view that it has no room for on this connection, as a word. */
  private refused: string | undefined;
  /** What it last said no with, until it sends just what is watched. */
  private heard: OddsError | null = null;

  /** There is a new connection: nothing is sent yet, and there may be room. */
  begin(): void {
    this.sent = undefined;
    this.refused = undefined;
  }

  /** What to ask for where this is watched: the whole board where there is no room for a view. */
  asked(watched: Sieve): Sieve {
    return keyOf(watched) === this.refused ? undefined : watched;
  }

  /** Takes in that the server sends a view from here on, and what is watched by now. */
  agree(view: Sieve, watched: Sieve): void {
    this.sent = { view };
    this.refusal = null;
    if (keyOf(view) !== keyOf(watched)) return;
    this.refused = undefined;
    this.heard = null;
  }

  /** The view that an error is the end of, once. */
  endedBy(error: OddsError): Sieve {
    const { sent } = this;
    if (!sent || sent.hasEnded || !isOneTooMany(sent.view, error)) return undefined;
    sent.hasEnded = true;
    return sent.view;
  }

  /** Takes in that it does not send a view, or the whole board, and why. False when that has been heard already. */
  refuse(view: Sieve, error: OddsError): boolean {
    // Where there is no room for the whole board either, it is not the view that is one too many.
    this.refused = isOneTooMany(view, error) ? keyOf(view) : undefined;
    this.refusal = error;
    const isNews = !isSame(this.heard, error);
    this.heard = error;
    return isNews;
  }
}

/** Whether an error says that the server has no room for a view. The whole board may be had in its place. */
export function isOneTooMany(view: Sieve, { code }: OddsError): boolean {
  return view !== undefined && code === "TOO_MANY_SUBSCRIPTIONS";
}

import { useEffect, useRef } from "preact/hooks";

const KEPT_AS = "live-odds-token";

/** The token that this tab was given; null where it was given none. */
export function keptToken(): string | null {
  try {
    return sessionStorage.getItem(KEPT_AS);
  } catch {
    return null;
  }
}

/** Keeps a token until the tab is closed: in nothing that other tabs or the next visit can read. */
export function keepToken(token: string): void {
  try {
    sessionStorage.setItem(KEPT_AS, token);
  } catch {
    // Storage may be forbidden: then a reload asks again.
  }
}

interface TokenDialogProps {
  /** Why there is none, or why the one that was given does not do. */
  readonly refusal: { readonly code: string; readonly message: string };
  readonly had: boolean;
  readonly give: (token: string) => void;
}

/** Asks for a token. */
export function TokenDialog({ refusal, had, give }: TokenDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const heading = !had
    ? "This server asks for a token"
    : refusal.code === "TOKEN_EXPIRED"
      ? "The token has ended"
      : "The token was refused";
  return (
    <dialog
      ref={dialog}
      class="token"
      aria-labelledby="token-heading"
      onCancel={(event) => event.preventDefault()}
    >
      <form
        method="dialog"
        onSubmit={(event) => {
          event.preventDefault();
          const token = new FormData(event.currentTarget).get("token");
          if (typeof token === "string" && token.trim() !== "") give(token.trim().replace(/^Bearer\s+/i, ""));
        }}
      >
        <h2 id="token-heading">{heading}</h2>
        <p>{refusal.message}</p>
        <label for="token">Token</label>
        <input id="token" name="token" type="password" autocomplete="off" spellcheck={false} required />
        <p class="muted">
          It is kept until this tab is closed. Whoever runs the server has it from its backend.
        </p>
        <button type="submit">Use it</button>
      </form>
    </dialog>
  );
}

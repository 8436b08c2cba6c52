interface Page {
  readonly document?: { readonly visibilityState: string } & Listening;
}
interface Listening {
  addEventListener?(event: string, listener: () => void): void;
  removeEventListener?(event: string, listener: () => void): void;
}

/** Where there is a page: calls `back` when it comes to the foreground and when the network returns. */
export function onReturn(back: () => void): () => void {
  const page = globalThis as unknown as Page & Listening;
  const visible = () => {
    if (page.document?.visibilityState === "visible") back();
  };
  page.document?.addEventListener?.("visibilitychange", visible);
  page.addEventListener?.("online", back);
  return () => {
    page.document?.removeEventListener?.("visibilitychange", visible);
    page.removeEventListener?.("online", back);
  };
}

/** How the server is. */
export function ServerView({ token }: { readonly token: string | null }) {
  return <p class="empty">{token}</p>;
}

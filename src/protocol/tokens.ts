/** How a token is presented in a header, for both contracts. */
export const BEARER_TOKEN = {
  type: "http",
  scheme: "bearer",
  bearerFormat: "JWT",
  description:
    "A JSON Web Token of whoever runs the server. Needed where the server asks for tokens, ignored elsewhere. `exp` is " +
    "required; `sub` names the client in the limits, `sports` lists those that it may have, and the word `admin` in " +
    "`scope` opens what is the operator's.",
} as const;

/** What a contract says of tokens: whether this server asks for them, and `how` they are presented. */
export function tokensIn(asksForTokens: boolean, how: string): string {
  const whether = asksForTokens
    ? "This server asks for a JSON Web Token."
    : "This server asks for no token, and ignores those that come. One that does would want it as follows.";
  return `${whether} ${how} Never put it into a URL: that is refused.`;
}

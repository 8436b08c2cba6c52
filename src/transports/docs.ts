import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { type Request, type Response, Router } from "express";
import { contentSecurityPolicy } from "helmet";
import { ABUSE_FACTOR, MAX_UNREAD_BYTES } from "../delivery/session-limits.js";
import { asyncApi, serversAt } from "../protocol/asyncapi.js";
import type { Json } from "../protocol/json-schemas.js";
import type { ConfiguredLimits } from "../protocol/limits.js";
import { openApi } from "../protocol/openapi.js";
import { builtFile, sendFile } from "./built-file.js";

/** Where the build puts the reader that the page loads; and where npm puts it, for a server that runs from source. */
const BUILT_READER = fileURLToPath(new URL("../reader.js", import.meta.url));
const READER_IN_NPM = "@redocly/cli/lib/chunks/redoc.standalone.js";
/** Where the page finds it. */
const READER_PATH = "/docs/reader.js";
/** What it would load from elsewhere: its maker's logo, and icons that no document of ours names. */
const OUTSIDE = /https:\/\/cdn\.(redoc\.ly|redocly\.com)\//g;
/** A page may keep it for a day, in s. */
const READER_AGE_S = 86_400;

/** What the page may do: nothing that is not ours. The reader writes styles into the page; it knows no other way. */
const PAGE_POLICY = contentSecurityPolicy({
  useDefaults: false,
  directives: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'", "'unsafe-inline'"],
    imgSrc: ["'self'", "data:"],
    fontSrc: ["data:"],
    connectSrc: ["'self'"],
    baseUri: ["'none'"],
    formAction: ["'none'"],
    frameAncestors: ["'none'"],
  },
});

/** What describes this server: both contracts, with its own limits and its release, and a page to read them on. */
export function docsRouter(
  config: ConfiguredLimits,
  release: string,
  asksForTokens: boolean,
  hasHistory: () => boolean,
): Router {
  const limits = { ...config, abuseFactor: ABUSE_FACTOR, maxUnreadBytes: MAX_UNREAD_BYTES };
  const ofHttp = once(() => openApi(limits, release, asksForTokens, false));
  const withHistory = once(() => openApi(limits, release, asksForTokens, true));
  const ofMessages = once(() => asyncApi(limits, release, asksForTokens));
  const reader = builtFile(readReader);
  const router = Router();
  router.get("/openapi.json", (_request: Request, response: Response<Json>) => {
    response.set("Cache-Control", "no-cache").json(hasHistory() ? withHistory() : ofHttp());
  });
  router.get("/asyncapi.json", (request: Request, response: Response<Json>) => {
    const servers = serversAt(hostOf(request), request.secure, asksForTokens);
    response.set("Cache-Control", "no-cache").json({ ...ofMessages(), servers });
  });
  router.get("/docs", PAGE_POLICY, (request: Request, response: Response) => {
    const shown = request.query.of === "asyncapi" ? "asyncapi" : "openapi";
    response.set("Cache-Control", "no-cache").type("html").send(page(shown));
  });
  router.get(READER_PATH, async (request: Request, response: Response) => {
    const file = await reader();
    sendFile(request, response.type("js").set("Cache-Control", `public, max-age=${READER_AGE_S}`), file);
  });
  return router;
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** What shows a document on the page: 2 MB. */
async function readReader(): Promise<Buffer> {
  const text = await readFile(BUILT_READER, "utf8").catch(() =>
    readFile(createRequire(import.meta.url).resolve(READER_IN_NPM), "utf8"),
  );
  return Buffer.from(text.replaceAll(OUTSIDE, "data:,"));
}

/** Where the client has found us, port included; what is no host is not given back. */
function hostOf({ host }: Request): string {
  return /^([\w.-]+|\[[\da-f:.]+\])(:\d+)?$/i.test(host ?? "") ? host : "localhost";
}

/** The page with one of the documents. The reader finds the `redoc` element by itself. */
function page(shown: "openapi" | "asyncapi"): string {
  const link = (of: typeof shown, name: string) =>
    `<a href="/docs${of === "openapi" ? "" : `?of=${of}`}"${of === shown ? ' aria-current="page"' : ""}>${name}</a>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Live odds: the contracts</title>
<link rel="icon" href="data:,">
<style>
body { margin: 0 }
nav { display: flex; gap: 1.5rem; padding: .75rem 1.5rem; font: 1rem system-ui, sans-serif; border-bottom: 1px solid #ccc }
nav a { color: inherit }
nav a[aria-current] { font-weight: bold; text-decoration: none }
nav a:last-child { margin-left: auto }
</style>
</head>
<body>
<nav aria-label="Contracts">
${link("openapi", "HTTP")}
${link("asyncapi", "Socket.IO and WebSocket")}
<a href="/${shown}.json">${shown}.json</a>
</nav>
<redoc spec-url="/${shown}.json" disable-telemetry="true"></redoc>
<script type="module" src="${READER_PATH}"></script>
</body>
</html>
`;
}

import { isIPv6 } from "node:net";
import path from "node:path";
import { type Request, type Response, Router } from "express";
import { contentSecurityPolicy } from "helmet";
import type { Config } from "../config.js";
import { ASK_AGAIN, type BuiltFile, FOR_GOOD, sendFile } from "./built-file.js";
import type { PageFiles } from "./page-files.js";

/** Where the page finds what it loads. */
const ASSET_PATH = "/assets/:file";

/**
 * What the page may do: load what is ours, and talk to the server that it came from; `'self'` holds its WebSockets, too.
 * It writes no markup from texts, which Trusted Types have browsers hold it to. Nothing has it turn to TLS: it has to
 * work at an address of a local network.
 */
const PAGE_POLICY = contentSecurityPolicy({
  useDefaults: false,
  directives: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'", "data:"],
    connectSrc: ["'self'"],
    baseUri: ["'none'"],
    formAction: ["'none'"],
    frameAncestors: ["'none'"],
    requireTrustedTypesFor: ["'script'"],
  },
});

/** What a browser could offer the page that it has no use for. */
const NO_FEATURES = ["camera", "display-capture", "geolocation", "microphone", "payment", "usb"]
  .map((feature) => `${feature}=()`)
  .join(", ");

/** The web page at `/`, and its assets. It holds no prices, so it is there without a token, and asks for one itself. */
export function pageRouter(files: PageFiles): Router {
  const router = Router();
  const send = (request: Request, response: Response, file: BuiltFile, caching: string) => {
    response.set({ "Cache-Control": caching, ETag: `W/"${file.hash}"` });
    sendFile(request, response, file);
  };
  router.get("/", PAGE_POLICY, async (request, response) => {
    const file = await files.index();
    response.set("Permissions-Policy", NO_FEATURES).type("html");
    send(request, response, file, ASK_AGAIN);
  });
  router.get(ASSET_PATH, PAGE_POLICY, async (request, response, next) => {
    const { file: name } = request.params;
    const file = await files.asset(name);
    if (file) {
      send(request, response.type(path.extname(name)), file, FOR_GOOD);
      return;
    }
    // Another process may have it, and some caches keep a 404.
    response.set("Cache-Control", "no-store");
    next();
  });
  return router;
}

/** Where a browser on this machine finds the page of a server at this port. */
export function pageAddress({ HOST = "" }: Pick<Config, "HOST">, port: number): string {
  const isHere = ["", "0.0.0.0", "127.0.0.1", "::", "::1"].includes(HOST);
  const host = isIPv6(HOST) ? `[${HOST}]` : HOST;
  return `http://${isHere ? "localhost" : host}:${port}/`;
}

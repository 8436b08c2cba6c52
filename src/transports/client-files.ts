import { fileURLToPath } from "node:url";
import { type Request, type Response, Router } from "express";
import { ASK_AGAIN, type BuiltFile, builtFile, FOR_GOOD, readBuilt, sendFile } from "./built-file.js";

/**
 * The client library that fits this server: `/client.js` is one ES module for a page without a build, and
 * `/live-odds-client.tgz` a package to install. Both hold no prices, so that pages of every origin may load them, and
 * hear then from the library what is wrong.
 */
export function clientFilesRouter(): Router {
  const script = builtFile(() => read("client.js"));
  const archive = builtFile(() => read("live-odds-client.tgz"));
  // Read at the start already: what the next build puts there fits the next server. Who asks hears what failed.
  for (const file of [script, archive]) file().catch(() => {});
  const router = Router();
  router.get("/client.js", async (request: Request, response: Response) => {
    const file = await script();
    openToAll(response, file, request.query.v === file.hash ? FOR_GOOD : ASK_AGAIN);
    sendFile(request, response.type("js"), file);
  });
  router.get("/live-odds-client.tgz", async (_request: Request, response: Response) => {
    const file = await archive();
    openToAll(response, file, ASK_AGAIN);
    // It is compressed already.
    response.type("application/gzip").send(file.plain);
  });
  return router;
}

function openToAll(response: Response, { hash }: BuiltFile, caching: string): void {
  response.set({ "Access-Control-Allow-Origin": "*", "Cache-Control": caching, ETag: `W/"${hash}"` });
}

/** A file that the build put beside the compiled server. */
function read(name: string): Promise<Buffer> {
  return readBuilt(fileURLToPath(new URL(`../${name}`, import.meta.url)), name);
}

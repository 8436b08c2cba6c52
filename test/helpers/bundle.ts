import path from "node:path";
import { build } from "vite";

const source = path.resolve(import.meta.dirname, "../../src/client/index.ts");

/** The client library as a frontend's bundler makes it for browsers: one ES module, and the files that are in it. */
export async function browserBundle(entry = source): Promise<{ code: string; modules: string[] }> {
  const built = await build({
    configFile: false,
    logLevel: "silent",
    // React asks for it; in development StrictMode mounts everything twice.
    define: { "process.env.NODE_ENV": '"development"' },
    build: { write: false, target: "es2022", lib: { entry, formats: ["es"], fileName: "client" } },
  });
  const [output] = Array.isArray(built) ? built : [built];
  if (!output || !("output" in output)) throw new Error("vite built nothing");
  const scripts = output.output.filter((part) => part.type === "chunk");
  const [script, ...more] = scripts;
  if (!script || more.length > 0) throw new Error(`vite made ${scripts.length} scripts of the client`);
  return { code: script.code, modules: Object.keys(script.modules) };
}

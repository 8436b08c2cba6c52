import { readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { builtPage } from "../helpers/built-page.js";
import { rawHttp } from "../helpers/hostile.js";
import { startApp } from "../helpers/start-app.js";
import { SECRET } from "../helpers/tokens.js";

const ASSETS = {
  "index-D4f_-x1.js": `// ${"A script. ".repeat(100)}`,
  "index-a1.css": "p { color: red }",
  "icon-b2.svg": '<svg xmlns="http://www.w3.org/2000/svg"/>',
  "mark-c3.png": "no picture",
};
const SCRIPT = "/assets/index-D4f_-x1.js";

const start = (env: Record<string, string> = {}, page = builtPage(ASSETS)) => startApp(env, { page });
const codeOf = async (response: Response) => {
  const { error } = (await response.json()) as { error: { code: string; message: string } };
  return { status: response.status, ...error };
};

describe("GET /", () => {
  it("is the page, compressed, and asked for anew each time, for free", async () => {
    const page = builtPage(ASSETS);
    const { url } = await start({}, page);
    const response = await fetch(url);
    expect(response.status).toBe(200);
    expect(await response.text()).toBe(readFileSync(path.join(page, "index.html"), "utf8"));
    expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(response.headers.get("content-encoding")).toBe("gzip");
    expect(response.headers.get("cache-control")).toBe("no-cache");
    const headers = { "if-none-match": response.headers.get("etag") ?? "", "cache-control": "max-age=0" };
    expect((await fetch(url, { headers })).status).toBe(304);
    const another = await start({}, builtPage());
    expect((await fetch(another.url, { headers })).status).toBe(200);
  });

  it("lets the page load and ask nothing but what is ours, over plain HTTP as well", async () => {
    const { url } = await start();
    const { headers } = await fetch(url);
    expect(headers.get("content-security-policy")?.split(";")).toEqual([
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "img-src 'self' data:",
      "connect-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
    ]);
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    expect(headers.get("permissions-policy")).toMatch(/^([a-z-]+=\(\)(, |$))+$/);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("access-control-allow-origin")).toBeNull();
    expect(headers.get("strict-transport-security")).toBeNull();
  });

  it("is there without a token where prices need one", async () => {
    const { url } = await start({ AUTH_JWT_SECRET: SECRET });
    expect((await fetch(url)).status).toBe(200);
    expect((await fetch(url + SCRIPT)).status).toBe(200);
    expect((await fetch(`${url}/api/odds/live`)).status).toBe(401);
  });

  it("says what makes it, where a server runs from source", async () => {
    const server = await startApp();
    const told = await codeOf(await fetch(server.url));
    expect(told).toMatchObject({
      status: 404,
      code: "NOT_FOUND",
      message: expect.stringContaining("npm start"),
    });
    expect((await fetch(server.url + SCRIPT)).status).toBe(404);
    expect(server.log.lines.filter(({ level }) => level === "error")).toEqual([]);
  });

  it("is not there with PAGE=off, nor is what it loads", async () => {
    const { url } = await start({ PAGE: "off" });
    for (const at of ["/", SCRIPT]) {
      const response = await fetch(url + at);
      expect(response.headers.get("content-security-policy")).toContain("default-src 'self'");
      expect(await codeOf(response)).toEqual({
        status: 404,
        code: "NOT_FOUND",
        message: `There is nothing at GET ${at}. Odds are at /api/odds/live, and for WebSockets at /odds; src/protocol/PROTOCOL.md lists all there is.`,
      });
    }
  });

  it("is named where there is nothing", async () => {
    const { url } = await start();
    expect((await codeOf(await fetch(`${url}/nothing`))).message).toContain("as a page at /;");
  });
});

describe("GET /assets/…", () => {
  it.each([
    ["index-D4f_-x1.js", "text/javascript; charset=utf-8"],
    ["index-a1.css", "text/css; charset=utf-8"],
    ["icon-b2.svg", "image/svg+xml"],
    ["mark-c3.png", "image/png"],
  ] as const)("%s is %s, for good", async (name, type) => {
    const { url } = await start();
    const response = await fetch(`${url}/assets/${name}`);
    expect(response.headers.get("content-type")).toBe(type);
    expect(response.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    expect(response.headers.get("content-encoding")).toBe("gzip");
    expect(await response.text()).toBe(ASSETS[name]);
    const plain = await fetch(`${url}/assets/${name}`, { headers: { "accept-encoding": "identity" } });
    expect(plain.headers.get("content-encoding")).toBeNull();
    expect(await plain.text()).toBe(ASSETS[name]);
  });

  it("is answered to HEAD by headers alone, as the page is", async () => {
    const { url } = await start();
    for (const at of ["/", SCRIPT]) {
      const response = await fetch(url + at, { method: "HEAD" });
      expect(response.status).toBe(200);
      const whole = await fetch(url + at);
      for (const name of ["content-type", "content-length", "cache-control", "etag"]) {
        expect(response.headers.get(name), name).toBe(whole.headers.get(name));
      }
      expect(await response.text()).toBe("");
    }
  });

  it("is nothing but what is listed there, however it is named; and no cache keeps that", async () => {
    const page = builtPage(ASSETS);
    writeFileSync(path.join(page, "../secret.txt"), "not for everybody");
    const server = await start({}, page);
    for (const at of [
      "/assets/",
      "/assets/.",
      "/assets/..",
      "/assets/../index.html",
      "/assets/..%2findex.html",
      "/assets/%2e%2e%2f%2e%2e%2fsecret.txt",
      "/assets/..%5cindex.html",
      `/assets/${encodeURIComponent(path.join(page, "index.html"))}`,
      "/assets/index-a1.css%00",
      "/assets/INDEX-A1.CSS",
      "/assets/index-zz.js",
      "/assets/__proto__",
      `/assets/${"x".repeat(5000)}`,
    ]) {
      const answer = await rawHttp(server, `GET ${at} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
      expect(answer, at).toMatch(/^HTTP\/1\.1 404 /);
      expect(answer, at).toContain('"code":"NOT_FOUND"');
      expect(answer, at).not.toMatch(/not for everybody|cache-control: public/i);
    }
    const response = await fetch(`${server.url}/assets/index-zz.js`);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(server.log.lines.filter(({ level }) => level === "error")).toEqual([]);
  });

  it("is the own build's from memory, when its files are gone", async () => {
    const page = builtPage(ASSETS);
    const { url } = await start({}, page);
    renameSync(path.dirname(page), `${path.dirname(page)}.elsewhere`);
    expect((await fetch(url)).status).toBe(200);
    for (const name of Object.keys(ASSETS)) {
      expect((await fetch(`${url}/assets/${name}`)).status, name).toBe(200);
    }
  });
});

describe("The line of the log that tells where the server is", () => {
  const told = ({ log }: Awaited<ReturnType<typeof start>>) =>
    log.lines.map(({ message }) => message).filter((message) => message.startsWith("Listening on port "));

  it("says where to look, for each address that it may listen on", async () => {
    const server = await start();
    expect(told(server)).toEqual([
      `Listening on port ${server.port}: http://localhost:${server.port}/ shows the odds`,
    ]);
    const other = await start({ HOST: "127.0.0.2" });
    expect(told(other)[0]).toContain(`: http://127.0.0.2:${other.port}/ shows`);
    const six = await start({ HOST: "::1" });
    expect(told(six)[0]).toContain(`: http://localhost:${six.port}/ shows`);
  });

  it("does not where there is no page, or it is off", async () => {
    for (const server of [await startApp(), await start({ PAGE: "off" })]) {
      expect(told(server)).toEqual([`Listening on port ${server.port}`]);
    }
  });
});

import { execFileSync } from "node:child_process";
import path from "node:path";
import { describe, it } from "vitest";
import { EngineError } from "../../src/history/engine.js";
import { describeWithPostgres, POSTGRES_PASSWORD, startPostgres } from "../helpers/postgres.js";
import { temporaryFolder } from "../helpers/process.js";
import { engineAt, failure, large, NFL } from "./postgres-engines.js";

/** All that is in an error, hidden or not. */
const wholeOf = (error: object): string =>
  Object.getOwnPropertyNames(error)
    .map((name) => String(Reflect.get(error, name)))
    .join("\n");

describeWithPostgres("A PostgreSQL that refuses", () => {
  describe.concurrent("", { timeout: 120_000 }, () => {
    it("says so when the server has no connection left, and comes in when it has", async ({ expect }) => {
      const server = await startPostgres(["max_connections=5", "superuser_reserved_connections=2"]);
      const url = await server.database();
      const others = Array.from({ length: 3 }, () => engineAt(url));
      for (const other of others) await other.open();
      const engine = engineAt(url);
      const { message } = await failure(engine.open());
      expect(message).toContain("it has no connection left: raise its max_connections");
      await Promise.all(others.map((other) => other.close()));
      await expect
        .poll(() =>
          engine.open().then(
            () => true,
            () => false,
          ),
        )
        .toBe(true);
    });

    it("holds no password in an error, whatever is wrong with it or the address", async ({ expect }) => {
      const server = await startPostgres();
      const url = await server.database();
      const tries = [
        [url.replace(/odds:[^@]+@/, "odds:wr0ng%2Cs3cr3t@"), "it refuses the user odds"],
        [url.replace("//odds:", "//nobody:"), "it refuses the user nobody"],
        [url.replace(/odds_1$/, "nowhere"), "there is no database nowhere"],
        [url.replace(String(server.port), "1"), "it does not answer"],
        [url.replace("127.0.0.1", "nowhere.invalid"), "it does not answer"],
        [`${url}?sslmode=require`, "It offers no TLS"],
      ] as const;
      for (const [address, reason] of tries) {
        const error = await failure(engineAt(address).open());
        expect(error).toBeInstanceOf(EngineError);
        expect(error.message).toContain(reason);
        for (const secret of [POSTGRES_PASSWORD, encodeURIComponent(POSTGRES_PASSWORD), "s3cr3t", "p@ss"])
          expect(wholeOf(error)).not.toContain(secret);
      }
      for (const address of [
        "postgres://odds:s3cr3t%@here/db",
        "odds:s3cr3t@here",
        "postgres://odds:s3cr3t/x@[here",
      ]) {
        const error = await failure(Promise.resolve().then(() => engineAt(address)));
        expect(error).toBeInstanceOf(EngineError);
        expect(wholeOf(error)).not.toContain("s3cr3t");
      }
      const engine = engineAt(url);
      await engine.open();
      const error = await failure(engine.all("select 1 from nowhere where 's3cr3t' = ?1", ["s3cr3t"]));
      expect(wholeOf(error)).not.toContain("s3cr3t");
    });

    it("wants a certificate that can be verified, says what to do, and does without where it is told to", async ({
      expect,
    }) => {
      const folder = temporaryFolder();
      const [key, certificate] = ["key.pem", "certificate.pem"].map((name) => path.join(folder, name)) as [
        string,
        string,
      ];
      execFileSync(
        "openssl",
        [
          ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=postgres"],
          ...["-keyout", key, "-out", certificate],
        ],
        { stdio: "ignore" },
      );
      const server = await startPostgres(["ssl=on"], { "server.key": key, "server.crt": certificate });
      const url = `${await server.database()}?sslmode=require`;
      const { message } = await failure(engineAt(url).open());
      expect(message).toContain("its certificate cannot be verified");
      expect(message).toContain("DATABASE_TLS_VERIFY=false");
      const engine = engineAt(url, false);
      await engine.open();
      await engine.write([large(100)]);
      expect(
        await engine.all("select ssl as is_secure from pg_stat_ssl where pid = pg_backend_pid()", []),
      ).toEqual([{ is_secure: 1 }]);
      await server.kill();
      await server.start();
      expect((await engine.last(NFL))?.series).toHaveLength(100);
    });

    it("calls anew where a server takes no writes, as the address may lead to another one by now", async ({
      expect,
    }) => {
      const server = await startPostgres();
      const url = await server.database();
      const engine = engineAt(url);
      await server.query(url, "alter database odds_1 set default_transaction_read_only = on");
      expect((await failure(engine.open())).message).toContain("give the primary's address");
      await server.query(
        url.replace("odds_1", "postgres"),
        "alter database odds_1 reset default_transaction_read_only",
      );
      await engine.open();
      expect(await engine.write([large(1)])).toEqual(new Set());
    });

    it("migrates once when several processes start at once", async ({ expect }) => {
      const server = await startPostgres();
      const url = await server.database();
      const engines = Array.from({ length: 6 }, () => engineAt(url));
      await Promise.all(engines.map((engine) => engine.open()));
      const refused = await Promise.all(
        engines.map((engine, i) => engine.write([{ ...large(5), at: large(5).at + i }])),
      );
      expect(refused.filter(({ size }) => size === 0)).toHaveLength(1);
      expect(await engines[0]?.all("select count(*) as n from series", [])).toEqual([{ n: 5 }]);
    });

    it("leaves tables of a newer release alone, and an application's own", async ({ expect }) => {
      const server = await startPostgres();
      const url = await server.database();
      await server.query(url, "create table public.events (mine integer)");
      const engine = engineAt(url);
      await engine.open();
      await engine.write([large(1)]);
      expect(await server.query(url, "select * from public.events")).toHaveLength(0);
      await server.query(url, "update live_odds.meta set value = 1000 where key = 'version'");
      expect((await failure(engineAt(url).open())).message).toContain("written by a newer release");
    });
  });
});

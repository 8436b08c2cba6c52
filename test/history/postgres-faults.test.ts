import { execFileSync } from "node:child_process";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import path from "node:path";
import { describe, it } from "vitest";
import { EngineError } from "../../src/history/engine.js";
import { PostgresEngine } from "../../src/history/postgres.js";
import type { ReadingRecord } from "../../src/history/records.js";
import { closeAfter } from "../helpers/closing.js";
import { describeWithPostgres, POSTGRES_PASSWORD, startPostgres } from "../helpers/postgres.js";
import { temporaryFolder } from "../helpers/process.js";
import { startTcpProxy } from "../helpers/tcp-proxy.js";
import { change, reading } from "./engine-suite.js";

const engineAt = (url: string, verify = true) =>
  closeAfter(new PostgresEngine(url, verify, "simulated:decimal"), (engine) => engine.close());

const { sport: NFL, at: START } = reading(0, null);
/** A board of so many markets at once. */
const large = (markets: number) =>
  reading(
    0,
    null,
    Array.from({ length: markets }, (_, i) =>
      change(["game-1", `bookmaker-${i}`, "h2h"], `{"of":"${i}"}`, "1.9"),
    ),
  );

const failure = async (promise: Promise<unknown>): Promise<Error> => {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error("It did not fail.");
};

/** All that is in an error, hidden or not. */
const wholeOf = (error: object): string =>
  Object.getOwnPropertyNames(error)
    .map((name) => String(Reflect.get(error, name)))
    .join("\n");

describeWithPostgres("A history in PostgreSQL, in trouble", () => {
  describe.concurrent("", { timeout: 120_000 }, () => {
    it("has all of a batch or nothing after the server was killed in the middle of it, and goes on at the first try", async ({
      expect,
    }) => {
      const server = await startPostgres();
      const engine = engineAt(await server.database());
      await engine.open();
      let stored: ReadingRecord | undefined;
      for (const ms of [0, 20, 60, 120]) {
        const next = { ...large(3000), at: large(0).at + ms + 1, follows: stored?.at ?? null };
        const writing = engine.write([next]).then(
          () => true,
          (error: unknown) => {
            expect(error).toBeInstanceOf(EngineError);
            return false;
          },
        );
        await new Promise((resolve) => setTimeout(resolve, ms));
        await server.kill();
        const saidSo = await writing;
        await server.start();
        const last = await engine.last(NFL);
        // A batch may be stored though its answer was lost; what was answered is stored.
        if (saidSo) expect(last?.at).toBe(next.at);
        expect([stored?.at, next.at]).toContain(last?.at);
        if (last?.at === next.at) stored = next;
        expect(last?.series.length ?? 0).toBe(stored ? 3000 : 0);
      }
      expect(await engine.write([reading(60, stored ? (stored.at - large(0).at) / 1000 : null)])).toEqual(
        new Set(),
      );
    });

    it("keeps a chain without a hole while the server is killed again and again, and many ask", async ({
      expect,
    }) => {
      const server = await startPostgres();
      const engine = engineAt(await server.database());
      await engine.open();
      const answered: number[] = [];
      let isOver = false;
      let failed = 0;
      const writing = async () => {
        for (let at = START + 1; !isOver; at += 1) {
          try {
            const last = await engine.last(NFL);
            const changes = [
              change(["", "", ""], `[${at}]`),
              change([`game-${at % 50}`, "", ""], `{"n":${at}}`),
            ];
            const record = { ...reading(0, null, changes), at, follows: last?.at ?? null };
            if ((await engine.write([record])).size === 0) answered.push(at);
          } catch (error) {
            if (!(error instanceof EngineError)) throw error;
            failed += 1;
            await new Promise((resolve) => setTimeout(resolve, 5));
          }
        }
      };
      const asking = async () => {
        while (!isOver) {
          await engine.all("select count(*) from changes", []).catch(async (error: unknown) => {
            if (!(error instanceof EngineError)) throw error;
            await new Promise((resolve) => setTimeout(resolve, 5));
          });
        }
      };
      const all = Promise.all([writing(), ...Array.from({ length: 8 }, asking)]);
      for (let kills = 0; kills < 8; kills += 1) {
        const before = answered.length;
        await expect.poll(() => answered.length).toBeGreaterThan(before + kills);
        await server.kill();
        await server.start();
      }
      isOver = true;
      await all;
      expect(failed).toBeGreaterThan(0);
      const rows = await engine.all("select at from readings order by at", []);
      const stored = rows.map(({ at }) => Number(at));
      expect(stored).toEqual(expect.arrayContaining(answered));
      expect(await engine.all("select count(*) as n from changes", [])).toEqual([{ n: 2 * stored.length }]);
      expect((await engine.last(NFL))?.at).toBe(stored.at(-1));
    });

    it("goes on at the first try after the server was restarted while nothing was asked", async ({
      expect,
    }) => {
      const server = await startPostgres();
      const engine = engineAt(await server.database());
      await engine.open();
      await engine.write([large(1)]);
      await engine.all("select 1", []);
      await server.kill();
      await expect(engine.alive(1)).rejects.toThrow(/PostgreSQL at 127\.0\.0\.1:\d+\/odds_1: it /);
      await expect(engine.all("select 1", [])).rejects.toThrow("it does not answer: is it running");
      await server.start();
      expect(await engine.last(NFL)).toMatchObject({ at: large(1).at });
      expect(await engine.all("select 1 as one", [])).toEqual([{ one: 1 }]);
    });

    it("waits for a server that is frozen for some seconds, and has what was written", async ({ expect }) => {
      const server = await startPostgres();
      const engine = engineAt(await server.database());
      await engine.open();
      server.freeze();
      const writing = engine.write([large(10)]);
      await new Promise((resolve) => setTimeout(resolve, 3000));
      server.thaw();
      expect(await writing).toEqual(new Set());
      expect((await engine.last(NFL))?.series).toHaveLength(10);
    });

    it("gives up a server that stays frozen, and stores nothing twice when it goes on", async ({
      expect,
    }) => {
      const server = await startPostgres();
      const url = await server.database();
      const engine = engineAt(url);
      await engine.open();
      await engine.alive(1);
      server.freeze();
      const started = performance.now();
      const [written, asked] = await Promise.all([
        failure(engine.write([large(10)])),
        failure(engine.all("select 1", [])),
      ]);
      expect(performance.now() - started).toBeLessThan(20_000);
      expect(written.message).toContain("it does not answer");
      expect(asked.message).toContain("it does not answer");
      // Another try while it is frozen ends as well.
      expect((await failure(engine.alive(2))).message).toContain("it does not answer");
      server.thaw();
      // What was sent before may still be stored, or not: then this one follows on it, or does not.
      const last = await engine.last(NFL);
      const refused = await engine.write([{ ...reading(60, null), follows: last?.at ?? null }]);
      const now = await engine.last(NFL);
      expect(now?.at).toBe(refused.size > 0 ? large(10).at : reading(60, null).at);
      expect([0, 10]).toContain(now?.series.length);
    });

    it("closes though the server is frozen", async ({ expect }) => {
      const server = await startPostgres();
      const engine = new PostgresEngine(await server.database(), true, "simulated:decimal");
      await engine.open();
      server.freeze();
      const writing = failure(engine.write([large(10)]));
      await engine.close();
      expect((await writing).message).toContain("it does not answer");
    });

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

    it("ends a statement that takes too long, and goes on", async ({ expect }) => {
      const server = await startPostgres();
      const engine = engineAt(await server.database());
      await engine.open();
      const slow = failure(engine.all("select 1 from (select pg_sleep(60)) s", []));
      // Nobody else waits for it.
      expect(await engine.write([large(1)])).toEqual(new Set());
      expect(await engine.all("select 2 as two", [])).toEqual([{ two: 2 }]);
      expect((await slow).message).toContain("it took too long");
      expect(await engine.all("select 3 as three", [])).toEqual([{ three: 3 }]);
    });

    it("gives up a wire that nothing goes through, and a server that says nothing or hangs up", async ({
      expect,
    }) => {
      const server = await startPostgres();
      const url = await server.database();
      const wire = await startTcpProxy(server.port);
      const engine = engineAt(url.replace(String(server.port), String(wire.port)));
      await engine.open();
      wire.mode = "drop";
      let calls = 0;
      const rude = createServer((socket) => {
        calls += 1;
        socket.on("error", () => {}).end();
      });
      rude.listen(0, "127.0.0.1");
      await once(rude, "listening");
      closeAfter(rude, () => rude.close());
      const { port } = rude.address() as AddressInfo;
      const elsewhere = url.replace(String(server.port), String(port));
      const messages = await Promise.all([
        failure(engine.alive(1)),
        failure(engineAt(elsewhere).open()),
        failure(engineAt(`${elsewhere}?sslmode=require`).open()),
      ]);
      for (const { message } of messages)
        expect(message).toMatch(/PostgreSQL at 127\.0\.0\.1:\d+\/odds_1: \S/);
      // Who is hung up on does not call again by itself.
      expect(calls).toBe(2);
      wire.mode = "pass";
      await engine.alive(2);
    });
  });
});

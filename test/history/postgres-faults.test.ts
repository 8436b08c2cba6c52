import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { describe, it } from "vitest";
import { EngineError } from "../../src/history/engine.js";
import { PostgresEngine } from "../../src/history/postgres.js";
import type { ReadingRecord } from "../../src/history/records.js";
import { closeAfter } from "../helpers/closing.js";
import { describeWithPostgres, startPostgres } from "../helpers/postgres.js";
import { startTcpProxy } from "../helpers/tcp-proxy.js";
import { change, reading } from "./engine-suite.js";
import { engineAt, failure, large, NFL, START } from "./postgres-engines.js";

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

/*
 * The load: thousands of clients in one process, on raw sockets. Run by load-process.ts, which tells it over IPC what
 * to do. Ends with the process that started it.
 */
import { Connection } from "./connection.js";
import { type Answer, now, type Order, pause } from "./shapes.js";
import { Tally } from "./tally.js";
import { digest } from "./witness.js";

/** New connections are begun this often (ms). */
const BATCH_MS = 10;
/** Nothing may come for this long (ms) before the witnesses decode: not while arrivals are timed. */
const CALM_MS = 100;

const tally = new Tally();
let connections: Connection[] = [];
let dropped = 0;

const say = (answer: Answer) => process.send?.(answer);

async function connectAll({ call, count, perSecond, witnesses }: Extract<Order, { do: "connect" }>) {
  const failures: string[] = [];
  let ready = 0;
  let deflate = 0;
  let upgraded = 0;
  const began = now();
  let lastUpgrade = began;
  const before = connections.length;
  const open = () => {
    const number = connections.length;
    let isReady = false;
    const isWitness = (number - before) % Math.ceil(count / witnesses) === 0;
    connections.push(
      new Connection(
        call,
        number,
        {
          upgraded: (negotiated) => {
            upgraded += 1;
            lastUpgrade = now();
            if (negotiated) deflate += 1;
          },
          ready: () => {
            isReady = true;
            ready += 1;
          },
          delivery: (bytes) => tally.take(bytes, number),
          ended: (why) => {
            if (isReady) dropped += 1;
            else failures.push(why);
            if (isReady && dropped <= 5) process.stderr.write(`a client was dropped: ${why}\n`);
          },
        },
        isWitness,
      ),
    );
  };
  while (connections.length - before < count) {
    const due = Math.min(count, Math.ceil(((now() - began) / 1000 + BATCH_MS / 1000) * perSecond));
    while (connections.length - before < due) open();
    await pause(BATCH_MS);
  }
  const deadline = now() + 30_000 + count;
  while (ready + failures.length < count && now() < deadline) await pause(BATCH_MS);
  if (upgraded < count && failures.length === 0) failures.push("no answer to the upgrade");
  say({ answers: "connect", ready, deflate, failures, ms: lastUpgrade - began });
}

async function measure({ tickMs, ticks }: Extract<Order, { do: "window" }>): Promise<void> {
  const patience = now() + 4 * tickMs;
  while (!tally.quiet(tickMs) && now() < patience) await pause(2);
  tally.begin(tickMs, ticks);
  say({ answers: "began" });
  while (!tally.over) await pause(5);
  say(tally.end(dropped));
}

const witnesses = () => connections.flatMap(({ witness }) => witness ?? []);

function testify(): void {
  const all = witnesses();
  const views = connections.flatMap(({ witness, view }) => (witness ? [view ?? null] : []));
  for (const witness of all) witness.settle();
  say({
    answers: "testify",
    digests: all.map(({ odds }) => digest(odds)),
    views,
    odds: all[0]?.odds,
    deltas: all.reduce((sum, { deltas }) => sum + deltas, 0),
    boards: all.reduce((sum, { boards }) => sum + boards, 0),
    faults: all.flatMap(({ faults }) => faults).slice(0, 5),
  });
}

function hangUp(): void {
  for (const connection of connections) connection.hangUp();
  connections = [];
  dropped = 0;
  tally.forget();
  say({ answers: "hangUp" });
}

setInterval(() => {
  if (now() - tally.lastAt > CALM_MS) for (const witness of witnesses()) witness.settle();
}, CALM_MS);

process.on("disconnect", () => process.exit(1));
process.on("message", (order: Order) => {
  if (order.do === "connect") void connectAll(order);
  else if (order.do === "window") void measure(order);
  else if (order.do === "testify") testify();
  else hangUp();
});

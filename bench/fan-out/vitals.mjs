/*
 * Loaded into a server before its own code (node --import): tells over IPC what only the process itself knows, its
 * memory after a collection and how late its event loop is. Ends the server when the bench is gone.
 */
const EVERY_MS = 10;
/** Room for half an hour, taken before anything is measured. */
const late = new Float64Array(2 * 30 * 60 * (1000 / EVERY_MS));
let samples = 0;
let sampling = false;

function sample(planned) {
  const at = performance.timeOrigin + performance.now();
  if (2 * samples + 2 <= late.length) {
    late[2 * samples] = planned;
    late[2 * samples + 1] = at;
    samples += 1;
  }
  if (sampling) setTimeout(sample, EVERY_MS, at + EVERY_MS).unref();
}

process.on("message", (asked) => {
  if (asked === "memory") {
    globalThis.gc?.();
    globalThis.gc?.();
    process.send?.({ memory: process.memoryUsage() });
  } else if (asked === "watch") {
    samples = 0;
    sampling = true;
    sample(performance.timeOrigin + performance.now());
  } else if (asked === "watched") {
    sampling = false;
    process.send?.({ late: Array.from(late.subarray(0, 2 * samples)) });
  }
});
process.on("disconnect", () => process.exit(1));
process.channel?.unref();

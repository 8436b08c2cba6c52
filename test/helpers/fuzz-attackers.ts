import { attack } from "./fuzz-attack.js";

/*
 * Attackers in a process of their own, so that they take no time from clients of good will: numbered from FIRST, AT_ONCE
 * at a time, until MESSAGES are sent or the server (SERVER_PID) is dead; with ONLY, that one by itself. Ends with a
 * line of JSON.
 */
const { PORT, SERVER_PID, SEED, FIRST, MESSAGES, AT_ONCE, ONLY } = process.env;

function isAlive(): boolean {
  try {
    return process.kill(Number(SERVER_PID), 0);
  } catch {
    return false;
  }
}

let sent = 0;
let next = Number(ONLY ?? FIRST);
const last = ONLY === undefined ? Number.POSITIVE_INFINITY : next;
/** Those that had not ended when the server did. */
const suspects = new Set<number>();
const worker = async () => {
  while (sent < Number(MESSAGES) && next <= last && isAlive()) {
    const number = next;
    next += 1;
    suspects.add(number);
    const messages = await attack(Number(PORT), Number(SEED) * 1_000_003 + number);
    sent += messages;
    if (isAlive()) suspects.delete(number);
  }
};
await Promise.all(Array.from({ length: Number(AT_ONCE) }, worker));
process.stdout.write(`${JSON.stringify({ sent, next, suspects: [...suspects] })}\n`, () => process.exit());

/**
 * Who has work in native code on a thread of its own. `process.exit()` waits for that, for ever where it comes to no
 * end, or (Node 20) aborts; so who ends the process looks here first.
 */
export const nativeWork = new Set<object>();

/*
 * Four server processes with PM2, on ports 3001 to 3004, behind nginx (deploy/nginx-site.conf). They share a Redis, so one
 * of them reads the upstream for all.
 *
 *   npm ci && npm run rollout     builds, checks, and starts or restarts them one by one (deploy/rollout.mjs)
 *
 * Not `pm2 reload`: that takes two applications down at a time, goes on where one does not come up, and exits with 0.
 *
 * An application of its own for each port. Not PM2's cluster mode: there all share one port, where a polling client's
 * requests reach now one process and now another. Not `instances` with `increment_var` either: a reload gives all of
 * them the first one's port.
 *
 * What counts, from the strongest: `env` here; the environment of the shell that the rollout is started from; `.env`
 * beside package.json. So a variable of `env` here cannot be changed in `.env`; the server says so at start, and
 * `npm run rollout` before it. Keep the key and REDIS_URL, which has a password, in .env, readable by this user only, and
 * nowhere else.
 */
const ports = [3001, 3002, 3003, 3004];

module.exports = {
  apps: ports.map((port) => ({
    name: `live-odds-${port}`,
    cwd: require("node:path").resolve(__dirname, ".."),
    script: "dist/index.js",
    exec_mode: "fork",
    env: {
      NODE_ENV: "production",
      HOST: "127.0.0.1",
      PORT: String(port),
      TRUST_PROXY: "1",
    },
    // A process counts as started when it says so (it is ready for traffic), and at the latest after this many ms.
    wait_ready: true,
    listen_timeout: 15000,
    // Above SHUTDOWN_GRACE_MS (8000): PM2 would kill after 1600 ms.
    kill_timeout: 10000,
    // A wrong configuration (78): nothing is tried again until somebody has mended it. Never put 0 here: PM2 takes a
    // process killed from outside, such as by the kernel for want of memory, for one that ended with 0.
    stop_exit_codes: [78],
    // All other ends, such as a port that is taken (69): again after 1 s, 1.5 s, 2.25 s, and so on up to 15 s...
    exp_backoff_restart_delay: 1000,
    // ...and no more after ten ends in a row, each within 30 s of its start and all within 5 minutes of the first one.
    // (Without min_uptime a process counts as stable after 1 s, which a start that fails can last: it would never end.)
    // Once given up, `pm2 list` says "waiting restart" all the same; `pm2 describe NAME` shows exit code and restarts.
    min_uptime: "30s",
    max_restarts: 10,
    // One pair of files for each application, whatever PM2's number for it: ~/.pm2/logs/live-odds-3001-out.log
    merge_logs: true,
  })),
};

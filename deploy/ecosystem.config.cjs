/*
 * Four server processes with PM2, on ports 3001 to 3004, behind nginx (deploy/nginx.conf). They share a Redis, so one
 * of them reads the upstream for all.
 *
 *   npm ci && npm run build
 *   pm2 start deploy/ecosystem.config.cjs
 *   pm2 reload deploy/ecosystem.config.cjs     a rolling restart: clients go on at another process
 *
 * An application of its own for each port. Not PM2's cluster mode: there all share one port, where a polling client's
 * requests reach now one process and now another. Not `instances` with `increment_var` either: a reload gives all of
 * them the first one's port. Keep the key in .env beside package.json, readable by this user only.
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
      REDIS_URL: "redis://127.0.0.1:6379",
    },
    // A process counts as started when it says so (it is ready for traffic), and at the latest after this many ms.
    wait_ready: true,
    listen_timeout: 15000,
    // Above SHUTDOWN_GRACE_MS (8000): PM2 would kill after 1600 ms.
    kill_timeout: 10000,
  })),
};

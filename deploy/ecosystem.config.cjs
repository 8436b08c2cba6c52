/*
 * Four server processes with PM2, on ports 3001 to 3004, behind nginx (deploy/nginx.conf). They share a Redis, so one
 * of them reads the upstream for all.
 *
 *   npm ci && npm run build
 *   pm2 start deploy/ecosystem.config.cjs
 *   pm2 reload deploy/ecosystem.config.cjs     a rolling restart: clients go on at another process
 *
 * A process of its own for each port (fork), not PM2's cluster mode: that one shares one port, where a polling client's
 * requests reach now one process and now another. Keep the key in .env beside package.json, readable by this user only.
 */
module.exports = {
  apps: [
    {
      name: "live-odds-server",
      cwd: require("node:path").resolve(__dirname, ".."),
      script: "dist/index.js",
      exec_mode: "fork",
      instances: 4,
      // PORT is counted up from process to process.
      increment_var: "PORT",
      env: {
        NODE_ENV: "production",
        HOST: "127.0.0.1",
        PORT: 3001,
        TRUST_PROXY: "1",
        REDIS_URL: "redis://127.0.0.1:6379",
      },
      // A process counts as started when it says so (it is ready for traffic), and at the latest after this many ms.
      wait_ready: true,
      listen_timeout: 15000,
      // Above SHUTDOWN_GRACE_MS (8000): PM2 would kill after 1600 ms.
      kill_timeout: 10000,
    },
  ],
};

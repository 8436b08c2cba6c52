import { execFileSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import path from "node:path";
import { descriptors, temporaryFolder } from "../child.js";

const MODULES = ["/usr/lib/nginx/modules", "/usr/lib64/nginx/modules", "/usr/local/nginx/modules"];

/** nginx's module, where it is installed. */
export function nchanModule(): string | undefined {
  try {
    execFileSync("nginx", ["-v"], { stdio: "ignore" });
  } catch {
    return undefined;
  }
  return MODULES.map((folder) => path.join(folder, "ngx_nchan_module.so")).find((file) => existsSync(file));
}

/** The command of an nginx of our own, with one worker, that keeps the newest message of each channel. */
export function nginx(module: string, port: number, deflate: boolean): readonly string[] {
  const folder = temporaryFolder();
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${folder}/${name};`)
    .join("\n  ");
  writeFileSync(
    path.join(folder, "nginx.conf"),
    `load_module ${module};
daemon off;
worker_processes 1;
worker_rlimit_nofile ${descriptors()};
${process.getuid?.() === 0 ? "user root;" : ""}
pid ${folder}/nginx.pid;
error_log stderr error;
events { worker_connections 30000; }
http {
  ${temporary}
  access_log off;
  tcp_nodelay on;
  client_max_body_size 16m;
  client_body_buffer_size 16m;
  nchan_shared_memory_size 256m;
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location ~ ^/pub/(\\w+)$ {
      nchan_publisher;
      nchan_channel_id $1;
      nchan_message_buffer_length 1;
      ${deflate ? "nchan_deflate_message_for_websocket on;" : ""}
    }
    location ~ ^/sub/(\\w+)$ {
      nchan_subscriber websocket;
      nchan_channel_id $1;
      nchan_subscriber_first_message newest;
    }
  }
}
`,
  );
  return ["nginx", "-p", folder, "-c", path.join(folder, "nginx.conf"), "-e", "stderr"];
}

/** Publishes a message; resolves when nginx has taken it. */
export function publish(port: number, channel: string, message: string): Promise<void> {
  return new Promise((resolve) => {
    const call = request({ host: "127.0.0.1", port, path: `/pub/${channel}`, method: "POST" }, (response) => {
      response.resume();
      response.on("end", resolve);
    });
    call.on("error", () => resolve());
    call.end(message);
  });
}

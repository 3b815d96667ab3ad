import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { PortTakenError } from "../../cli/common/loopback.ts";
import { startProcess } from "./deno/process.ts";
import { startOnFreePort } from "./free-port.ts";

const command = "/usr/sbin/nginx";

/** Whether Debian's package is on this machine. */
export const isNginxInstalled = existsSync(command);

/** A running nginx. */
export interface Nginx {
  readonly port: number;
  stop(): Promise<void>;
}

export interface NginxOptions {
  /** Content of the block `http`, for a free port and the folder of the server. */
  readonly write: (port: number, folder: string) => string;
  /** Other files of its folder, by name. */
  readonly files?: Readonly<Record<string, string>>;
  /** Files of dynamic modules. */
  readonly modules?: readonly string[];
}

/** The part of nginx.conf that a distribution has, for one process without rights. */
const mainConf = (modules: readonly string[]) => `
${modules.map((file) => `load_module ${file};`).join("\n")}
daemon off;
master_process off;
pid nginx.pid;
error_log stderr notice;
events {}
http {
  access_log off;
  client_body_temp_path temp/body;
  proxy_temp_path temp/proxy;
  fastcgi_temp_path temp/fastcgi;
  uwsgi_temp_path temp/uwsgi;
  scgi_temp_path temp/scgi;
  include servers.conf;
}
`;

/** Starts nginx with a configuration of its own. */
export async function startNginx({ write, files = {}, modules = [] }: NginxOptions): Promise<Nginx> {
  const folder = await mkdtemp(path.join(tmpdir(), "entra-gate-nginx-"));
  await mkdir(path.join(folder, "temp"));
  for (const [name, text] of Object.entries({ ...files, "nginx.conf": mainConf(modules) }))
    await writeFile(path.join(folder, name), text);
  return startOnFreePort(async (port) => {
    await writeFile(path.join(folder, "servers.conf"), write(port, folder));
    const started = startProcess([command, "-p", folder, "-c", "nginx.conf", "-e", "stderr"], { env: {} }, (line) =>
      line.includes("using the"),
    );
    const { stop } = await started.catch((error: Error) => {
      throw error.message.includes("Address already in use") ? new PortTakenError(port) : error;
    });
    return {
      port,
      async stop() {
        await stop();
        await rm(folder, { recursive: true });
      },
    };
  });
}

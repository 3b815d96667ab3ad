import { once } from "node:events";
import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { PortTakenError } from "../../../cli/common/loopback.ts";
import { bundleWorkerOnce } from "../../support/bundle.ts";
import { serveInDeno } from "../../support/deno/serve.ts";
import { startOnFreePort } from "../../support/free-port.ts";
import { serveByFile } from "../../support/runtimes/serve-file.ts";
import { startWorker } from "../../support/worker-process.ts";

const entry = "cli/dev/origin/worker.ts";

describe("a server whose configuration names its port", () => {
  it.each([
    [
      "workerd",
      async (port: number) => startWorker({ name: "a", code: await bundleWorkerOnce(entry), port, vars: {} }),
    ],
    ["Deno", (port: number) => serveInDeno(entry, {}, [], port)],
    ["Node", (port: number) => serveByFile("Node", entry, {}, undefined, undefined, port)],
  ])("starts on another port in %s if a process takes the first one before it listens", async (_, start) => {
    const ports: number[] = [];
    const other = createServer();
    const server = await startOnFreePort(async (port) => {
      ports.push(port);
      if (ports.length === 1) await once(other.listen(port, "127.0.0.1"), "listening");
      return start(port);
    });
    try {
      expect(ports).toHaveLength(2);
      expect(server.url).toBe(`http://127.0.0.1:${ports[1]}`);
      expect((await fetch(`${server.url}/status/204`)).status).toBe(204);
    } finally {
      await server.stop();
      other.close();
    }
  });

  it("does not start again if another port is taken, or for another reason", async () => {
    for (const error of [new PortTakenError(1), new Error("no code")]) {
      let starts = 0;
      const starting = startOnFreePort(() => {
        starts += 1;
        return Promise.reject(error);
      });
      await expect(starting).rejects.toBe(error);
      expect(starts).toBe(1);
    }
  });
});

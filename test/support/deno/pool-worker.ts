// Runs in Deno: the worker that vitest runs in Node otherwise. Messages are text, because Deno and Node cannot
// read each other's channel.
import { Buffer } from "node:buffer";
import process from "node:process";
import { deserialize, serialize } from "node:v8";
import { init, runBaseTests, setupEnvironment } from "vitest/worker";

type Listen = (message: unknown) => void;

const listeners = new Map<Listen, (text: string) => void>();

init({
  post: (message) => process.send?.(serialize(message).toString("base64")),
  on(listen) {
    const receive = (text: string) => listen(deserialize(Buffer.from(text, "base64")));
    listeners.set(listen, receive);
    process.on("message", receive);
  },
  off(listen) {
    const receive = listeners.get(listen);
    if (receive !== undefined) process.off("message", receive);
  },
  teardown: () => process.removeAllListeners("message"),
  runTests: (state, traces) => runBaseTests("run", state, traces),
  collectTests: (state, traces) => runBaseTests("collect", state, traces),
  setup: setupEnvironment,
});

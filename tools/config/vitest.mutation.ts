import { defineConfig } from "vitest/config";
import { declareTags } from "../generate/promises.ts";

/** By tools/mutate.ts; all where nobody says. */
const folder = process.env.MUTATED_FOLDER ?? "{authorities,common,guard,policy,keys,token,groups,forwarding,http}";

/** Pure unit tests in Node, for mutation testing: its runner cannot drive workerd. */
export default defineConfig({
  test: {
    include: [`test/{,base/,core/,extensions/}${folder}/**/*.test.ts`],
    exclude: [
      // Of streams, sockets and platforms: in workerd only.
      "test/forwarding/forward.test.ts",
      "test/forwarding/upload.test.ts",
      "test/base/http/platform.test.ts",
      "test/base/http/own-cookies.test.ts",
      "test/forwarding/departure.test.ts",
      "test/forwarding/web-socket.test.ts",
      "test/core/keys/planted.test.ts",
      // Hundreds of requests to whole gates, or thousands of steps.
      "test/extensions/authorities/every-route.test.ts",
      "test/core/token/reference-model.test.ts",
    ],
    setupFiles: ["test/support/mutation/platform.ts"],
    provide: { propertyCases: 0 },
    // Each mutant has a worker of its own; one for each file besides would cost more than the tests.
    isolate: false,
    environment: "node",
    // A mutant that hangs fails its test after this time. Otherwise Stryker would wait for its own limit, and start a
    // new process.
    testTimeout: 5_000,
    tags: declareTags(),
  },
});

import { startOriginServer } from "../../support/origin-server.ts";
import { startOriginStack } from "../../support/origin-stack.ts";

/**
 * Starts a gate and an origin that reads each request to its end.
 *
 * @param entry file of the gate, relative to the root of the project
 */
export async function startReadingOrigin(entry: string) {
  const origin = await startOriginServer(async ({ whole }, response) => {
    await whole;
    response.end();
  });
  const stack = await startOriginStack({ entry, vars: { ORIGIN_URL: origin.url } });
  return { origin, stack, stop: () => Promise.all([stack.stop(), origin.stop()]) };
}

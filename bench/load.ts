import type { EventEmitter } from "node:events";
import autocannon from "autocannon";

/** What a run of load came to. */
export interface LoadResult {
  readonly requestsPerSecond: number;
}

export interface LoadInput {
  readonly url: string;
  /** Values of the `Authorization` header, one after the other, over and over. Empty: none is sent. */
  readonly credentials: readonly string[];
  readonly requests: number;
  /** Status that every answer must have. */
  readonly status: number;
}

const connections = 16;

/**
 * Asks for a number of answers over kept-alive connections, as fast as they come.
 *
 * @throws Error where an answer is not as expected: a benchmark of errors says nothing
 */
export async function applyLoad({ url, credentials, requests, status }: LoadInput): Promise<LoadResult> {
  let next = 0;
  let answered = 0;
  let endMs = 0;
  const startMs = performance.now();
  const running = autocannon({
    url,
    connections,
    amount: requests,
    requests: [
      {
        method: "GET",
        setupRequest(request) {
          const credential = credentials[next % credentials.length];
          next += 1;
          return credential === undefined
            ? request
            : { ...request, headers: { ...request.headers, authorization: credential } };
        },
      },
    ],
  });
  // The tool itself looks at the clock once a second. What it returns is a promise and an emitter.
  (running as unknown as EventEmitter).on("response", () => {
    answered += 1;
    if (answered === requests) endMs = performance.now();
  });
  const result = await running;
  const seconds = (endMs - startMs) / 1_000;
  const counted = result.statusCodeStats?.[`${status}`]?.count ?? 0;
  if (result.errors > 0 || counted < requests) {
    const seen = JSON.stringify(result.statusCodeStats);
    throw new Error(`${url}: ${counted} of ${requests} answers had status ${status}; ${seen}, ${result.errors} errors`);
  }
  return { requestsPerSecond: requests / seconds };
}

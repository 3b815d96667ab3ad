import { request as requestPlain } from "node:http";
import { request as requestSecure } from "node:https";
import { describeCause } from "../../src/cli-exports/common.ts";
import { readStart } from "../common/read-start.ts";
import { type Addresses, createLookup, findAddress } from "./resolve.ts";

/** What a server answered. */
export interface Received {
  readonly status: number;
  readonly headers: Headers;
  /** The start of the body. */
  readonly body: string;
}

export interface Question {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Longer than a gate waits for its keys. */
const answerMilliseconds = 15_000;
/** More than a refusal has. */
const bodyBytes = 4_096;

/**
 * Sends a request, and follows no redirect.
 *
 * @param addresses where the host is, in place of what DNS says
 * @returns why there is no answer, if there is none
 */
export async function ask(url: URL, question: Question, addresses: Addresses): Promise<Received | string> {
  const request = url.protocol === "https:" ? requestSecure : requestPlain;
  const address = findAddress(addresses, url);
  const options = {
    method: question.method ?? "GET",
    headers: { "user-agent": "entra-gate-smoke", accept: "*/*", ...question.headers },
    agent: false,
    signal: AbortSignal.timeout(answerMilliseconds),
    ...(address !== undefined && { lookup: createLookup(address) }),
  } as const;
  const { promise, resolve } = Promise.withResolvers<Received | string>();
  const refuseUpgrade = (_: unknown, socket: { destroy(): unknown }) => {
    resolve("the server switched to another protocol, which the request did not ask for");
    socket.destroy();
  };
  const sent = request(url, options, async (incoming) => {
    const headers = new Headers();
    for (let index = 0; index < incoming.rawHeaders.length; index += 2)
      headers.append(incoming.rawHeaders[index]!, incoming.rawHeaders[index + 1]!);
    const { text } = await readStart(incoming, bodyBytes);
    resolve({ status: incoming.statusCode ?? 0, headers, body: text });
    sent.destroy();
  });
  sent.on("upgrade", refuseUpgrade);
  sent.on("error", (error) => resolve(describeCause(error)));
  sent.end();
  return promise;
}

import { setTimeout as delay } from "node:timers/promises";
import { personas } from "../../../entra/directory/personas.ts";
import { type HeaderField, sendRequest } from "../http.ts";
import type { Stack } from "../stack.ts";

/** One row of the table of runtimes. */
export interface Check {
  readonly name: string;
  /** Whether a gate must not run in a runtime that fails it. */
  readonly needed: boolean;
  holds(stack: Stack): Promise<boolean>;
}

const ambiguousPaths = ["/orders/..%2fadmin", "//orders", "/orders;x", "/orders/%252e%252e/admin", "/orders%5cadmin"];
/** The first is deep and cut in a string, the second is long. Each fits in the headers that Node accepts. */
const deadlyTexts = ["[[[[[[[[1,".repeat(1_024), `[${"1,".repeat(1_300)}`].map((text) => `${text}"`);
const cancelDeadlineMs = 30_000;

async function issue({ entraUrl }: Stack, query = ""): Promise<string> {
  return (await fetch(`${entraUrl}/local/token?persona=member${query}`)).text();
}

async function issueAs({ entraUrl }: Stack, options: object): Promise<string> {
  const body = JSON.stringify({ authority: entraUrl, ...options });
  return (await fetch(`${entraUrl}/local/access-token`, { method: "POST", body })).text();
}

async function statusOf({ gateUrl }: Stack, token?: string): Promise<number> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(`${gateUrl}/orders`, { headers });
  await response.body?.cancel();
  return response.status;
}

const bearer = async (stack: Stack) => ({ authorization: `Bearer ${await issue(stack)}` });

export const checks: readonly Check[] = [
  {
    name: "a cold gate allows 200 simultaneous requests, and fetches the keys once",
    needed: true,
    async holds(stack) {
      const token = await issue(stack);
      const statuses = await Promise.all(Array.from({ length: 200 }, () => statusOf(stack, token)));
      const counts = (await (await fetch(`${stack.entraUrl}/local/counts`)).json()) as { total: { keys: number } };
      return statuses.every((status) => status === 200) && counts.total.keys === 1;
    },
  },
  {
    name: "no token, or a forged, expired or foreign one: 401; without the scope: 403",
    needed: true,
    async holds(stack) {
      const good = await issue(stack);
      const forged = `${good.slice(0, -60)}${good.at(-60) === "A" ? "B" : "A"}${good.slice(-59)}`;
      const hourAgo = Math.floor(Date.now() / 1_000) - 3_600;
      const expired = await issueAs(stack, { claims: { iat: hourAgo - 60, nbf: hourAgo - 60, exp: hourAgo } });
      const foreign = await issueAs(stack, { tenant: "fabrikam", persona: "outsider" });
      const withoutScope = await issueAs(stack, { scopes: ["orders.read"] });
      const statuses = await Promise.all([
        statusOf(stack),
        ...[forged, expired, foreign, withoutScope].map((token) => statusOf(stack, token)),
      ]);
      return statuses.join() === "401,401,401,401,403";
    },
  },
  {
    name: "plain http under a host that is not loopback: 403",
    needed: true,
    async holds(stack) {
      const headers = [["Authorization", `Bearer ${await issue(stack)}`]] as const;
      return (await sendRequest(stack.gateUrl, { headers, host: "api.contoso.example" })).status === 403;
    },
  },
  {
    name: "tokens with JSON that ends a process of Node 26 in `JSON.parse`: 401, and the gate answers the next caller",
    needed: true,
    async holds(stack) {
      const token = await issue(stack);
      const [header, payload, signature] = token.split(".");
      const deadly = deadlyTexts.map((text) => Buffer.from(text).toString("base64url"));
      for (const part of deadly) {
        for (const hostile of [`${part}.${payload}.${signature}`, `${header}.${part}.${signature}`])
          if ((await statusOf(stack, hostile)) !== 401) return false;
      }
      return (await statusOf(stack, token)) === 200;
    },
  },
  {
    name: "paths with two readings: 404",
    needed: true,
    async holds(stack) {
      const headers = [["Authorization", `Bearer ${await issue(stack)}`]] as const;
      const answers = await Promise.all(ambiguousPaths.map((path) => sendRequest(stack.gateUrl, { path, headers })));
      return answers.every(({ status }) => status === 404);
    },
  },
  {
    name: "a transfer coding beside `chunked` is refused, also after 1,000 other headers",
    needed: true,
    async holds(stack) {
      const others = Array.from({ length: 1_000 }, (): HeaderField => ["X", ""]);
      const bearer: HeaderField = ["Authorization", `Bearer ${await issue(stack)}`];
      const coding: HeaderField = ["Transfer-Encoding", "gzip, chunked"];
      const before = await countAtOrigin(stack);
      const ask = (headers: readonly HeaderField[]) =>
        sendRequest(stack.gateUrl, { method: "POST", headers, body: "5\r\nhello\r\n0\r\n\r\n" });
      const answers = [await ask([bearer, coding]), await ask([bearer, ...others, coding])];
      // Some servers refuse the number of headers.
      return answers.every(({ status }) => [400, 431].includes(status)) && (await countAtOrigin(stack)) === before;
    },
  },
  {
    name: "a method in lower case is refused",
    needed: true,
    async holds(stack) {
      const headers = [["Authorization", `Bearer ${await issue(stack)}`]] as const;
      const before = await countAtOrigin(stack);
      // Node's server responds with 400, and Bun's closes the connection.
      const answer = await sendRequest(stack.gateUrl, { method: "post", headers }).catch(() => undefined);
      return [undefined, 400, 501].includes(answer?.status) && (await countAtOrigin(stack)) === before;
    },
  },
  {
    name: "the origin gets the caller's identity, and none that the client sends",
    needed: true,
    async holds(stack) {
      const headers = {
        ...(await bearer(stack)),
        "X-MS-CLIENT-PRINCIPAL-ID": "somebody-else",
        "X-Entra-Roles": "Admin",
      };
      await (await fetch(`${stack.gateUrl}/orders`, { headers })).text();
      const journal = (await (await fetch(`${stack.originUrl}/local/requests`)).json()) as Journal;
      const { "x-ms-client-principal-id": principal, "x-entra-roles": roles } = journal.last.headers;
      return principal === personas.member.oid && (roles ?? "") === "";
    },
  },
  {
    name: "a body of 1 MiB reaches the origin whole",
    needed: true,
    async holds(stack) {
      const body = new Uint8Array(1024 * 1024).fill(120);
      const response = await fetch(`${stack.gateUrl}/upload`, { method: "POST", headers: await bearer(stack), body });
      return ((await response.json()) as { bytes?: number }).bytes === body.byteLength;
    },
  },
  {
    name: "responses are streamed: the first event arrives before the last is sent",
    needed: false,
    async holds(stack) {
      const response = await fetch(`${stack.gateUrl}/drip`, { headers: await bearer(stack) });
      const reader = response.body?.getReader();
      const first = await reader?.read();
      await reader?.cancel();
      return first?.done === false;
    },
  },
  {
    name: "a client that disconnects cancels the request to the origin",
    needed: false,
    async holds(stack) {
      const controller = new AbortController();
      const { signal } = controller;
      const response = await fetch(`${stack.gateUrl}/drip`, { headers: await bearer(stack), signal });
      await response.body?.getReader().read();
      controller.abort();
      for (const deadlineMs = Date.now() + cancelDeadlineMs; Date.now() < deadlineMs; await delay(50)) {
        const journal = (await (await fetch(`${stack.originUrl}/local/requests`)).json()) as Journal;
        if (journal.cancelled > 0) return true;
      }
      return false;
    },
  },
  {
    name: "WebSockets are forwarded",
    needed: false,
    async holds(stack) {
      const options = { headers: await bearer(stack) };
      const socket = new WebSocket(`${stack.gateUrl.replace("http", "ws")}/ws`, options as never);
      const opened = await new Promise<boolean>((resolve) => {
        socket.onopen = () => resolve(true);
        socket.onerror = () => resolve(false);
      });
      socket.close();
      return opened;
    },
  },
];

async function countAtOrigin({ originUrl }: Stack): Promise<number> {
  return ((await (await fetch(`${originUrl}/local/requests`)).json()) as Journal).count;
}

interface Journal {
  readonly count: number;
  readonly cancelled: number;
  readonly last: { readonly headers: Readonly<Record<string, string>> };
}

/** A gate that was started without an audience. */
export async function isMisconfigured({ gateUrl }: Pick<Stack, "gateUrl">): Promise<boolean> {
  const response = await fetch(`${gateUrl}/orders`);
  return response.status === 500 && (await response.text()).includes("misconfigured");
}

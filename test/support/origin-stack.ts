import { startGateStack } from "./gate-runtime.ts";
import { exchange, openConnection, type RawConnection } from "./origin-socket.ts";
import type { Stack, StackOptions } from "./stack.ts";

export interface OriginStack extends Stack {
  /** A member's token. */
  readonly token: string;
  /** Sends a request as a member. Redirects are not followed. */
  send(path: string, init?: RequestInit): Promise<Response>;
  /** Sends a request unchanged, as a member: with `Host`, `Authorization` and `Connection: close`. */
  sendRaw(method: string, path: string, headers?: readonly string[], body?: string): Promise<string>;
  /** Begins such a request: the headers are sent, and the test writes the body. */
  begin(method: string, path: string, headers?: readonly string[], authorization?: string): Promise<RawConnection>;
}

export interface OriginStackOptions {
  readonly vars?: Readonly<Record<string, string>>;
  /** Entry file of the gate, relative to the root of the project. */
  readonly entry?: string;
  /** What the gate has beside its variables. */
  readonly more?: Pick<StackOptions, "gateBindings" | "gateNeighbors" | "onGateLog">;
}

/** Starts the gate, a local Entra and the sample origin, or another under ORIGIN_URL. */
export async function startOriginStack({ vars = {}, entry, more }: OriginStackOptions = {}): Promise<OriginStack> {
  const stack = await startGateStack({ gateVars: vars, ...(entry !== undefined && { gateEntry: entry }), ...more });
  const token = await (await fetch(`${stack.entraUrl}/local/token?persona=member`)).text();
  const authorization = `Bearer ${token}`;
  const format = (method: string, path: string, headers: readonly string[], credential = authorization) =>
    [
      `${method} ${path} HTTP/1.1`,
      `Host: ${new URL(stack.gateUrl).host}`,
      `Authorization: ${credential}`,
      ...headers,
      "",
      "",
    ].join("\r\n");
  return {
    ...stack,
    token,
    send: (path, init = {}) =>
      fetch(stack.gateUrl + path, {
        redirect: "manual",
        ...init,
        headers: { authorization, ...(init.headers as Record<string, string>) },
      }),
    sendRaw(method, path, headers = [], body = "") {
      const length = body === "" ? [] : [`Content-Length: ${body.length}`];
      const own = headers.some((line) => /^connection:/i.test(line)) ? [] : ["Connection: close"];
      return exchange(stack.gateUrl, format(method, path, [...own, ...length, ...headers]) + body);
    },
    async begin(method, path, headers = [], credential = authorization) {
      const connection = await openConnection(stack.gateUrl);
      connection.write(format(method, path, headers, credential));
      return connection;
    },
  };
}

/** Status, header lines and body of a raw answer. */
export function parseAnswer(text: string): { status: number; headers: readonly string[]; body: string } {
  const [head = "", ...rest] = text.split("\r\n\r\n");
  const [statusLine = "", ...headers] = head.split("\r\n");
  return { status: Number(statusLine.split(" ")[1]), headers, body: rest.join("\r\n\r\n") };
}

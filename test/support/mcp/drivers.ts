import * as modern from "@modelcontextprotocol/client";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { BrowserProvider } from "./provider.ts";
import type { McpWorld } from "./world.ts";

/** A client of either generation of the SDK, unmodified. */
export interface Driver {
  /** Connects. If the client requires a sign-in, passes the code to it and connects again. */
  connect(): Promise<void>;
  listTools(): Promise<readonly string[]>;
  /** Calls a tool, and again after a sign-in. @returns its text */
  callTool(name: string): Promise<string>;
  readonly sessionId: string | undefined;
  endSession(): Promise<void>;
  close(): Promise<void>;
}

interface Parts {
  /** Makes a client and its connection, and connects them. */
  readonly open: () => { readonly client: AnyClient; readonly transport: AnyTransport };
  readonly isUnauthorized: (error: unknown) => boolean;
  /** What the application passes to the client after the sign-in. */
  readonly readCallback: () => string | URLSearchParams;
}

interface AnyClient {
  connect(transport: never): Promise<void>;
  listTools(): Promise<{ readonly tools: readonly { readonly name: string }[] }>;
  callTool(call: { readonly name: string; readonly arguments: object }): Promise<unknown>;
  close(): Promise<void>;
}

interface AnyTransport {
  finishAuth(callback: string | URLSearchParams): Promise<void>;
  terminateSession(): Promise<void>;
  readonly sessionId?: string | undefined;
}

function createDriver({ open, isUnauthorized, readCallback }: Parts): Driver {
  let { client, transport } = open();

  /** A client that needs a sign-in throws. Its application then passes the code to it. */
  async function withSignIn<T>(work: () => Promise<T>, again: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!isUnauthorized(error)) throw error;
      await transport.finishAuth(readCallback());
      return again();
    }
  }

  return {
    connect: () =>
      withSignIn(
        () => client.connect(transport as never),
        () => {
          ({ client, transport } = open());
          return client.connect(transport as never);
        },
      ),
    listTools: async () => (await client.listTools()).tools.map(({ name }) => name).sort(),
    async callTool(name) {
      const call = () => client.callTool({ name, arguments: {} });
      const { content } = (await withSignIn(call, call)) as { content: readonly { text: string }[] };
      return content.map(({ text }) => text).join();
    },
    get sessionId() {
      return transport.sessionId;
    },
    endSession: () => transport.terminateSession(),
    close: () => client.close(),
  };
}

/** `@modelcontextprotocol/sdk` 1.x: protocol 2025-11-25, with sessions. */
export function createFirstGeneration(
  { url, fetch }: Pick<McpWorld, "url" | "fetch">,
  provider: BrowserProvider,
): Driver {
  return createDriver({
    open: () => ({
      client: new Client({ name: "first", version: "1.0.0" }) as AnyClient,
      transport: new StreamableHTTPClientTransport(new URL(url), { authProvider: provider, fetch }) as AnyTransport,
    }),
    // It does not read iss.
    readCallback: () => provider.code,
    isUnauthorized: (error) =>
      (error instanceof Error && error.name === "UnauthorizedError") || String(error).includes("Unauthorized"),
  });
}

/** `@modelcontextprotocol/client` 2.x with protocol 2026-07-28. */
export function createSecondGeneration(
  { url, fetch }: Pick<McpWorld, "url" | "fetch">,
  provider: BrowserProvider,
): Driver {
  return createDriver({
    open: () => ({
      client: new modern.Client(
        { name: "second", version: "1.0.0" },
        { versionNegotiation: { mode: { pin: "2026-07-28" } } },
      ) as unknown as AnyClient,
      transport: new modern.StreamableHTTPClientTransport(new URL(url), {
        authProvider: provider as never,
        fetch,
      }) as AnyTransport,
    }),
    readCallback: () => provider.callback,
    isUnauthorized: (error) => error instanceof modern.UnauthorizedError,
  });
}

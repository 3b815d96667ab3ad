/** A body that the test writes in pieces, as a client does. */
export interface ClientBody {
  readonly stream: ReadableStream<Uint8Array>;
  /** Resolves at once, without waiting for a reader. */
  write(bytes: number): void;
  end(): void;
  /** Simulates a lost connection. */
  fail(message: string): void;
  /** The reason why the gate canceled it; `undefined` if it has not. */
  readonly cancelled: () => unknown;
}

export function createClientBody(): ClientBody {
  let controller: ReadableStreamDefaultController<Uint8Array>;
  let reason: unknown;
  const stream = new ReadableStream<Uint8Array>({
    start(started) {
      controller = started;
    },
    cancel(cause) {
      reason = cause ?? "no reason";
    },
  });
  return {
    stream,
    write: (bytes) => controller.enqueue(new Uint8Array(bytes).fill(0x61)),
    end: () => controller.close(),
    fail: (message) => controller.error(new Error(message)),
    cancelled: () => reason,
  };
}

/** A client's request with such a body. */
export function requestWithBody(body: ClientBody, headers: HeadersInit = {}, method = "POST"): Request {
  return new Request("https://api.contoso.example/upload", {
    method,
    headers,
    body: body.stream,
    duplex: "half",
  } as RequestInit);
}

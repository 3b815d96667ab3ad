import { connect } from "node:net";
import fc from "fast-check";

/** The result of fuzzing a gate. Every list must be empty. */
export interface FuzzReport {
  requests: number;
  readonly statuses: Record<string, number>;
  /** Requests that got an undocumented 5xx. */
  readonly faults: string[];
  /** Requests without a response in time. */
  readonly hangs: string[];
  /** Requests that were allowed without the token. */
  readonly breaches: string[];
}

export interface FuzzOptions {
  readonly url: string;
  /** A valid token. */
  readonly token: string;
  readonly seed: number;
  /** Called before each request. */
  readonly goesOn: (report: FuzzReport) => boolean;
}

const connections = 8;
const answerDeadlineMs = 60_000;
/** The gate's status for unsupported methods. Other documented ones need a broken origin or authority. */
const documented = [501];
/** Statuses that need no token: those of a preflight. */
const open = [100, 204];

/** Sends mutated requests one after another, each over its own connection, several at a time. */
export async function fuzzGate({ url, token, seed, goesOn }: FuzzOptions): Promise<FuzzReport> {
  const report: FuzzReport = { requests: 0, statuses: {}, faults: [], hangs: [], breaches: [] };
  const { hostname, port } = new URL(url);
  const texts = fc.stream(generate(createMutants(token, `127.0.0.1:${port}`), seed));

  async function work(): Promise<void> {
    while (goesOn(report)) {
      const { value: text } = texts.next();
      report.requests += 1;
      const answer = await exchange(hostname, Number(port), text as string);
      if (answer === undefined) {
        report.hangs.push(text as string);
        continue;
      }
      const statuses = [...answer.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
      for (const status of statuses) {
        report.statuses[status] = (report.statuses[status] ?? 0) + 1;
        if (status >= 500 && !documented.includes(status)) report.faults.push(text as string);
        if (status < 400 && !open.includes(status) && !(text as string).includes(token))
          report.breaches.push(text as string);
      }
    }
  }

  await Promise.all(Array.from({ length: connections }, work));
  return report;
}

function* generate<T>(arbitrary: fc.Arbitrary<T>, seed: number): Generator<T> {
  for (let round = 0; ; round += 1) yield* fc.sample(arbitrary, { seed: seed + round, numRuns: 500 });
}

const paths = [
  "/orders",
  "/",
  "/a/../b",
  "/%2e%2e/",
  "//",
  "/orders;x",
  "*",
  "http://evil.example/x",
  "/%00",
  "/?q=%zz",
  "/a%20b",
  "/ws",
];
// Without CONNECT, to which the runtime itself responds.
const methods = ["GET", "POST", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "get", "BREW"];
const versions = ["HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "HTTP/1.1 x", ""];
const lines = [
  "Content-Length: 5",
  "Content-Length: 0",
  "Transfer-Encoding: chunked",
  "Expect: 100-continue",
  "Upgrade: websocket",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  "Connection: Upgrade",
  "Origin: https://evil.example",
  "Access-Control-Request-Method: PUT",
  "X-Entra-Roles: Orders.Admin",
  "X_MS_CLIENT_PRINCIPAL: e30=",
  "X-Original-URL: /admin",
  "X-HTTP-Method-Override: PUT",
  "Connection: X-Entra-Roles, Authorization",
  "Cookie: a=b",
  "Range: bytes=0-1",
  "Accept-Encoding: gzip",
  "X-Forwarded-For: 1.2.3.4",
  "CF-Connecting-IP: 1.2.3.4",
  "Content-Type: application/json",
  "Trailer: Authorization",
];
/** Header lines after which the runtime reads no more. */
const malformed = [" folded", "nonsense", ": x", "Content-Length: -1", "Transfer-Encoding: x", "Host: evil.example"];
const bodies = [
  "",
  "hello",
  "5\r\nhello\r\n0\r\n\r\n",
  "zz\r\n",
  "0\r\nAuthorization: Bearer x\r\n\r\n",
  "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n",
];

/** Almost valid requests, as bytes in Latin-1. */
function createMutants(token: string, host: string): fc.Arbitrary<string> {
  const [header = "", payload = "", signature = ""] = token.split(".");
  const anyBytes = fc.uint8Array({ maxLength: 12 }).map((bytes) => String.fromCharCode(...bytes));
  const segment = fc.oneof(
    fc.constantFrom(header, payload, signature, "", "e30", "W10"),
    fc.json().map((json) => Buffer.from(json).toString("base64url")),
    anyBytes.map((bytes) => Buffer.from(bytes, "latin1").toString("base64url")),
  );
  const other = fc.array(segment, { maxLength: 5 }).map((segments) => segments.join("."));
  const credential = fc.oneof(
    fc.constant(token),
    other,
    fc.tuple(fc.constant(token), anyBytes).map((parts) => parts.join("")),
  );
  const scheme = fc.constantFrom("Bearer ", "bearer ", "Bearer", "Basic ", "Bearer  ", "Bearer\t", "");
  const authorization = fc.tuple(scheme, credential).map(([name, value]) => `Authorization: ${name}${value}`);
  const mostly = <T>(usual: fc.Arbitrary<T>, others: fc.Arbitrary<T>) =>
    fc.oneof({ weight: 4, arbitrary: usual }, { weight: 1, arbitrary: others });
  const anyPath = anyBytes.map((bytes) => `/${bytes.replace(/[\r\n ]/g, "")}`);
  const request = fc
    .record({
      method: mostly(fc.constantFrom("GET", "POST"), fc.constantFrom(...methods)),
      path: mostly(fc.constantFrom("/orders", ...paths), anyPath),
      version: fc.oneof(
        { weight: 30, arbitrary: fc.constant("HTTP/1.1") },
        { weight: 1, arbitrary: fc.constantFrom(...versions) },
      ),
      credential: mostly(
        mostly(fc.constant(`Authorization: Bearer ${token}`), authorization),
        fc.constant("X-None: 1"),
      ),
      fields: fc.array(fc.constantFrom(...lines), { maxLength: 4 }),
      garbage: fc.oneof(
        { weight: 9, arbitrary: fc.constant([]) },
        { weight: 1, arbitrary: fc.tuple(fc.oneof(anyBytes, fc.constantFrom(...malformed))) },
      ),
      body: fc.constantFrom(...bodies),
    })
    .map(({ method, path, version, credential: own, fields, garbage, body }) =>
      [`${method} ${path} ${version}`, `Host: ${host}`, "Connection: close", own, ...fields, ...garbage, "", body].join(
        "\r\n",
      ),
    );
  /** A part of a request, replaced by other bytes or repeated. */
  const mutated = fc
    .tuple(request, fc.nat(), fc.nat({ max: 40 }), anyBytes, fc.boolean())
    .map(([text, place, length, bytes, repeats]) => {
      const at = place % (text.length + 1);
      const stretch = text.slice(at, at + length);
      return text.slice(0, at) + (repeats ? stretch + stretch : bytes) + text.slice(at + length);
    });
  return fc
    .oneof({ weight: 2, arbitrary: request }, { weight: 1, arbitrary: mutated })
    .filter((text) => !/^connect/i.test(text));
}

/** All received text until the connection ended; `undefined` if it did not end in time. */
function exchange(host: string, port: number, text: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, allowHalfOpen: true });
    const chunks: Buffer[] = [];
    const finish = (answer: string | undefined) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    const timer = setTimeout(() => finish(undefined), answerDeadlineMs);
    const all = () => finish(Buffer.concat(chunks).toString("latin1"));
    socket.on("data", (chunk) => chunks.push(Buffer.from(chunk)));
    socket.on("end", all);
    // A server may close the connection after its response, without reading the rest.
    socket.on("error", all);
    socket.end(text, "latin1");
  });
}

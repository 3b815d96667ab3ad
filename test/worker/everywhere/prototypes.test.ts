// Runtimes: workerd
import { afterAll, expect, it } from "vitest";
import { startAddressedStack } from "../../support/gate-runtime.ts";
import { type HeaderField, type HttpRequest, sendRequest } from "../../support/http.ts";
import { inheritedNames } from "../../support/prototypes.ts";

const stack = await startAddressedStack((gateUrl) => ({
  gateEntry: "test/gates/prototypes.ts",
  gateVars: { GATE_URL: gateUrl },
  onGateLog: () => {},
}));
afterAll(() => stack.stop());

/** A request to an entry point of `test/gates/prototypes.ts`. */
interface Sent extends HttpRequest {
  readonly entry: string;
  /** A good token if absent; empty for none. */
  readonly token?: string;
}

async function issue(changes: object = {}): Promise<string> {
  const init = { method: "POST", body: JSON.stringify({ persona: "member", ...changes }) };
  const response = await fetch(`${stack.entraUrl}/local/access-token`, init);
  if (!response.ok) throw new Error(await response.text());
  return response.text();
}

const token = await issue();
const json: HeaderField = ["Content-Type", "application/json"];
const form: HeaderField = ["Content-Type", "application/x-www-form-urlencoded"];

async function send({ entry, token: own = token, headers = [], ...request }: Sent) {
  const credential: readonly HeaderField[] = own === "" ? [] : [["Authorization", `Bearer ${own}`]];
  return sendRequest(stack.gateUrl, { ...request, headers: [["Entry", entry], ...credential, ...headers] });
}

const routed = ["gate", "app", "hono"] as const;
const all = [...routed, "daloy", "verify", "mcp"] as const;

const post = (entry: string, path: string, type: HeaderField, body: string): Sent => ({
  entry,
  method: "POST",
  path,
  headers: [type],
  body,
});
const preflight = (entry: string, path: string, method: string): Sent => ({
  entry,
  method: "OPTIONS",
  path,
  headers: [
    ["Origin", "https://app.example"],
    ["Access-Control-Request-Method", method],
    ["Access-Control-Request-Headers", method],
  ],
});
const call = (method: string, params: object, headers: readonly HeaderField[] = []): Sent => ({
  ...post("mcp", "/mcp", json, JSON.stringify({ jsonrpc: "2.0", id: 1, method, params })),
  headers: [json, ["Accept", "application/json, text/event-stream"], ...headers],
});
const part = (name: string) =>
  `--b\r\nContent-Disposition: form-data; name="note"\r\n\r\na\r\n--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\na\r\n--b--\r\n`;

/** Spellings that parsers of nested names read as a member of a prototype. */
const nested = (name: string) => [name, `${name}[a]`, `a[${name}]`, `${name}[${name}]`, `${name}.prototype.a`];

/** A request to each entry point with a token. */
const present = (changed: string): readonly Sent[] => [
  ...all.map((entry) => ({ entry, path: "/orders/1", token: changed })),
  { ...call("tools/list", {}), token: changed },
];

/** Requests with a name in each place that a caller can choose. */
const places: Readonly<Record<string, (name: string) => readonly Sent[] | Promise<readonly Sent[]>>> = {
  method: (name) => all.map((entry) => ({ entry, method: name, path: "/orders/1" })),
  "method of a preflight": (name) =>
    all.flatMap((entry) =>
      ["/orders/1", "/json", "/mcp", "/token", "/else", "/orders%2f1"].map((path) => preflight(entry, path, name)),
    ),
  "segment of a path": (name) =>
    all.flatMap((entry) =>
      [`/${name}`, `/${name}/${name}`, `/orders/1/${name}`, `/.well-known/${name}`].map((path) => ({ entry, path })),
    ),
  "path parameter": (name) => routed.map((entry) => ({ entry, path: `/orders/${name}` })),
  "name in a query": (name) =>
    all.flatMap((entry) => nested(name).map((each) => ({ entry, path: `/orders/1?${each}=1&limit=1` }))),
  "name in a forwarded query": (name) =>
    nested(name).map((each) => post("gate", `/forwarded?${each}=1`, json, '{"note":"a"}')),
  header: (name) =>
    all.flatMap((entry) => [
      { entry, path: "/orders/1", headers: [[name, name]] },
      { entry, path: "/orders/1", headers: [["Accept", name]] },
    ]),
  "scheme, host and media type": (name) => [
    ...all.map((entry) => ({ entry, path: "/orders/1", host: name })),
    ...all.map((entry) => ({ entry, path: "/orders/1", token: name })),
    ...routed.map((entry) => post(entry, "/json", ["Content-Type", `${name}/${name}; ${name}=${name}`], "{}")),
    ...routed.map((entry) => post(entry, "/forms", ["Content-Type", `${form[1]}; ${name}=${name}`], "note=a")),
  ],
  cookie: (name) =>
    all.map((entry) => ({ entry, path: "/orders/1", headers: [["Cookie", `${name}=${name}; ${name}[a]=1`]] })),
  "name in a form": (name) =>
    routed.flatMap((entry) => nested(name).map((each) => post(entry, "/forms", form, `note=a&${each}=1`))),
  "name in a multipart form": (name) =>
    routed.flatMap((entry) =>
      nested(name).map((each) =>
        post(entry, "/forms", ["Content-Type", "multipart/form-data; boundary=b"], part(each)),
      ),
    ),
  "member of JSON": (name) => {
    const bodies = [
      { note: "a", [name]: { polluted: true } },
      { note: "a", list: [{ [name]: { [name]: 1 } }] },
      { note: "a", constructor: { prototype: { [name]: 1 } } },
      { [name]: 1 },
    ].map((body) => JSON.stringify(body));
    return [
      ...routed.flatMap((entry) => bodies.map((body) => post(entry, "/json", json, body))),
      ...bodies.map((body) => post("gate", "/forwarded", json, body)),
      ...bodies.map((body) => post("app", "/open", json, body)),
    ];
  },
  "name in MCP": (name) => [
    call("tools/call", { name, arguments: { [name]: { [name]: 1 } } }),
    call("tools/call", { name: "orders_list", arguments: {}, [name]: 1, _meta: { [name]: 1 } }),
    call("prompts/get", { name }),
    call("resources/read", { uri: name }),
    call("resources/read", { uri: `file:///${name}` }),
    call("completion/complete", { ref: { type: name, name, uri: name }, argument: { name, value: name } }),
    call(name, { name }),
    call("tools/list", {}, [["MCP-Protocol-Version", name]]),
    call("tools/call", { name: "orders_list", arguments: {} }, [
      ["MCP-Protocol-Version", "2026-07-28"],
      ["Mcp-Method", name],
      ["Mcp-Name", name],
    ]),
    call("tools/list", {}, [["Mcp-Session-Id", name]]),
  ],
  "name in a request to the facade": (name) =>
    [
      { entry: "mcp", path: `/authorize?${name}=1&client_id=${name}&response_type=${name}&scope=${name}` },
      post("mcp", "/token", form, `grant_type=${name}&client_id=${name}&${name}=1`),
      post("mcp", "/register", json, JSON.stringify({ redirect_uris: [name], note: { [name]: 1 } })),
    ].map((request) => ({ ...request, token: "" })),
  "claim of a token": async (name) => {
    const changed = await issue({ claims: { [name]: { [name]: 1 }, roles: [name], xms_cc: [name] } });
    return present(changed);
  },
  "scope of a token": async (name) => {
    const changed = await issue({ scopes: [name, "access_as_user"] });
    return present(changed);
  },
  "kid and parameter of a token's header": async (name) => {
    const [kid, parameter] = await Promise.all([issue({ header: { kid: name } }), issue({ header: { [name]: {} } })]);
    return [...present(kid), ...present(parameter)];
  },
};

/** A request that every entry point allows. Those with a schema validate a body. */
const good: readonly Sent[] = [
  post("gate", "/forwarded", json, '{"note":"a"}'),
  post("gate", "/json", json, '{"note":"a"}'),
  post("gate", "/forms", form, "note=a"),
  post("app", "/json", json, '{"note":"a"}'),
  post("hono", "/json", json, '{"note":"a"}'),
  { entry: "daloy", path: "/me" },
  { entry: "verify", path: "/" },
  call("tools/call", { name: "orders_list", arguments: {} }),
  { entry: "mcp", path: "/.well-known/oauth-authorization-server" },
];

async function readPrototypes(): Promise<unknown> {
  return (await fetch(stack.gateUrl)).json();
}

async function statusesOf(requests: readonly Sent[]): Promise<readonly number[]> {
  return (await Promise.all(requests.map(send))).map(({ status }) => status);
}

it.each(inheritedNames)(
  "the name %s in any place changes no prototype, and stops no other request",
  { tags: "prototypes" },
  async (name) => {
    const before = await readPrototypes();
    for (const [place, list] of Object.entries(places)) {
      const statuses = await statusesOf(await list(name));
      // Only a method may get 501.
      const faults = statuses.filter((status) => status >= 500 && status !== 501);
      expect(faults, place).toEqual([]);
      expect(await readPrototypes(), place).toEqual(before);
    }
    expect(await statusesOf(good)).toEqual(good.map(() => 200));
  },
);

it.each(inheritedNames)("a path parameter can be %s", async (name) => {
  for (const entry of ["gate", "app"]) {
    const { body } = await send({ entry, path: `/orders/${name}` });
    expect(JSON.parse(body)).toEqual({ params: { id: name }, query: {} });
  }
});

import type { Variables } from "./answers.ts";
import { importing } from "./files.ts";
import { splitList } from "./rule.ts";

/** What a test of a gate needs to know. */
export interface TestFacts {
  readonly runner: "vitest" | "deno";
  readonly isTyped: boolean;
  /** How the test imports what has `fetch`: `worker`, or `{ app }`. */
  readonly imported: string;
  readonly module: string;
  /** Whether the module starts a server when it is loaded. */
  readonly startsServer: boolean;
  readonly variables: Variables;
  /** A path that needs a token; `undefined` if there is none. */
  readonly path: string | undefined;
  /** A path that stays public. */
  readonly open?: string | undefined;
  /** Code of a binding that the worker needs. */
  readonly binding?: string;
  /** A path below which every method is forwarded to the binding, which responds with method and body. */
  readonly forwarded?: string | undefined;
}

/** Writes a test that runs without a network, with the test kit of this package. */
export function writeTest(facts: TestFacts): string {
  const { variables, open } = facts;
  const { ENTRA_REQUIRED_SCOPE: scope, ENTRA_REQUIRED_GROUP: group, ENTRA_REQUIRED_ROLE: role = "" } = variables;
  const path = JSON.stringify(facts.path);
  const list = (text: string) =>
    `[${splitList(text)
      .map((each) => JSON.stringify(each))
      .join(", ")}]`;
  const inGroup = group === undefined ? "" : `, groups: ${list(group)}`;
  const allowed =
    scope === undefined ? `{ client: "daemon", roles: ${list(role)} }` : `{ scopes: ${list(scope)}${inGroup} }`;
  const { isEqual, isAllowed, test } = facts.runner === "vitest" ? ofVitest : ofDeno;
  const guarded = [
    ["refuses a request without a token", isEqual(`await ask(${path})`, 401)],
    [
      "refuses a token of another tenant",
      isEqual(`await ask(${path}, await entra.token({ persona: "outsider" }))`, 401),
    ],
    [
      "refuses a user without the scope",
      isEqual(`await ask(${path}, await entra.token({ scopes: ["another.scope"] }))`, 403),
    ],
    ...(inGroup === ""
      ? []
      : [
          [
            "refuses a user outside the group",
            isEqual(`await ask(${path}, await entra.token({ scopes: ${list(scope ?? "")}, groups: [] }))`, 403),
          ],
        ]),
    [
      scope === undefined ? "lets an app with the role in" : "lets a user with the scope in",
      isAllowed(`await ask(${path}, await entra.token(${allowed}))`),
    ],
  ];
  const cases = [
    ...(facts.path === undefined ? [] : guarded),
    ...(open === undefined ? [] : [[`keeps ${open} public`, isAllowed(`await ask(${JSON.stringify(open)})`)]]),
  ];
  return [
    ...writeHead(facts),
    "",
    ...writeAsk(facts),
    ...cases.flatMap(([name, statement]) => [
      "",
      `${test}(${JSON.stringify(name)}, async () => {`,
      `  ${statement};`,
      "});",
    ]),
    ...(facts.forwarded === undefined ? [] : writeForwarding(facts, facts.forwarded, allowed)),
    "",
  ].join("\n");
}

/** Writes a test for Vitest. */
function writeForwarding({ imported }: TestFacts, path: string, token: string): readonly string[] {
  // biome-ignore-start lint/suspicious/noTemplateCurlyInString: templates of the generated code
  return [
    "",
    'it.each(["GET", "POST", "PUT", "PATCH", "DELETE"])("forwards %s with its body", async (method) => {',
    `  const headers = { authorization: \`Bearer \${await entra.token(${token})}\` };`,
    '  const body = method === "GET" ? undefined : "an order";',
    `  const request = new Request("https://api.example${path}", { method, headers, body });`,
    `  const response = await ${imported}.fetch(request, env as never, { waitUntil() {} } as never);`,
    '  expect(await response.text()).toBe(`${method} ${body ?? ""}`);',
    "});",
  ];
  // biome-ignore-end lint/suspicious/noTemplateCurlyInString: as above
}

const ofVitest = {
  test: "it",
  isEqual: (code: string, status: number) => `expect(${code}).toBe(${status})`,
  isAllowed: (code: string) => `expect([401, 403]).not.toContain(${code})`,
};
const ofDeno = {
  test: "Deno.test",
  isEqual: (code: string, status: number) => `assert.equal(${code}, ${status})`,
  isAllowed: (code: string) => `assert.ok(![401, 403].includes(${code}))`,
};

const serverComment = "// The module starts a server, which the test does not need.";

function writeHead({ runner, imported, module, startsServer, variables, binding }: TestFacts): readonly string[] {
  const own = ["ENTRA_REQUIRED_SCOPE", "ENTRA_REQUIRED_GROUP", "ENTRA_REQUIRED_ROLE"]
    .map((name) => [name, variables[name]] as const)
    .filter(([, value]) => value);
  const members = own.map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
  const env = [
    "const entra = createTestEntra();",
    `const env = { ${["...entra.variables", ...members, ...(binding ? [binding] : [])].join(", ")} };`,
  ];
  const kit = importing("{ createTestEntra }", "entra-gate/testing");
  if (runner === "deno") {
    const names = imported.startsWith("{") ? imported : `{ default: ${imported} }`;
    return [
      importing("assert", "node:assert/strict"),
      kit,
      "",
      ...env,
      "entra.install();",
      ...(startsServer ? [serverComment, 'Object.defineProperty(Deno, "serve", { value() {} });'] : []),
      `const ${names} = await import(${JSON.stringify(module)});`,
    ];
  }
  return [
    kit,
    importing(`{ afterAll, beforeAll, expect, it${startsServer ? ", vi" : ""} }`, "vitest"),
    importing(imported, module),
    "",
    ...(startsServer ? [serverComment, 'vi.mock("@hono/node-server", () => ({ serve() {} }));', ""] : []),
    ...env,
    "let restore = () => {};",
    "",
    "beforeAll(() => {",
    "  restore = entra.install();",
    "});",
    "afterAll(() => restore());",
  ];
}

function writeAsk({ isTyped, imported }: TestFacts): readonly string[] {
  const typed = (type: string) => (isTyped ? type : "");
  const name = imported.replace(/[{} ]/g, "");
  // biome-ignore-start lint/suspicious/noTemplateCurlyInString: templates of the generated code
  return [
    "/** Sends a request, and returns the status of the answer. */",
    `async function ask(path${typed(": string")}, token${typed("?: string")})${typed(": Promise<number>")} {`,
    "  const headers = new Headers(token === undefined ? {} : { authorization: `Bearer ${token}` });",
    "  const request = new Request(`https://api.example${path}`, { headers });",
    `  const response = await ${name}.fetch(request, env${typed(" as never")}, { waitUntil() {} }${typed(" as never")});`,
    "  return response.status;",
    "}",
  ];
  // biome-ignore-end lint/suspicious/noTemplateCurlyInString: as above
}

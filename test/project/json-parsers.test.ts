import { describe, expect, it } from "vitest";
import { listWays, listWaysBelow } from "./support/parsers.ts";

const files = new Map(["src", "entra", "cli"].flatMap((folder) => [...listWaysBelow(folder)]));
const ways = [...files].flatMap(([file, { found }]) => found.map((way) => `${file} ${way}`));

/** Packages that parse no JSON by themselves. Hono reads a body only with `.json()`, which is a way of its own. */
const packagesWithoutParser = /^(?:hono|hono\/[a-z/]+|commander|@clack\/prompts|diff|esbuild): /;
/** Functions of jose that get bytes, keys or objects, or that write. */
const joseWithoutParser = [
  "base64url",
  "decode",
  "SignJWT",
  "CompactSign",
  "CompactEncrypt",
  "calculateJwkThumbprint",
  "createLocalJWKSet",
  "exportJWK",
  "exportPKCS8",
  "generateKeyPair",
  "importJWK",
  "importPKCS8",
  "importX509",
  "errors",
  "JOSEError",
];

/** Ways that a check in the same file precedes: the check, and the call. */
const checked: Readonly<Record<string, readonly [check: string, call: string]>> = {
  "src/base/common/json.ts JSON.parse": ["if (excess !== -1) throw", "JSON.parse(text)"],
  "src/extensions/sealing/cipher.ts jose: decodeProtectedHeader": [
    "isShallowJose(value)",
    "decodeProtectedHeader(value)",
  ],
  "src/extensions/mcp/sign-in/seals.ts jose: decodeProtectedHeader": [
    "isShallowJose(sealed)",
    "decodeProtectedHeader(sealed)",
  ],
  "src/extensions/sealing/cipher.ts jose: compactDecrypt": ["isShallowJose(value)", "compactDecrypt(value"],
  "src/origin/header.ts jose: decodeProtectedHeader": ["isShallowJose(assertion)", "decodeProtectedHeader(assertion)"],
  "entra/clients/client-assertion.ts jose: decodeJwt": ["isShallowJose(assertion)", "decodeJwt(assertion)"],
  "entra/clients/client-assertion.ts jose: decodeProtectedHeader": [
    "isShallowJose(assertion)",
    "decodeProtectedHeader(assertion)",
  ],
  "entra/clients/client-assertion.ts jose: jwtVerify": ["readClaims(assertion)", "jwtVerify(assertion"],
  "entra/endpoints/logout.ts jose: decodeJwt": ["isShallowJose(idToken)", "decodeJwt(idToken)"],
  "entra/keys/own-token.ts jose: jwtVerify": ["isShallowJose(token)", "jwtVerify(token"],
  "entra/tokens/refresh-token.ts jose: compactDecrypt": ["isShallowJose(jwe)", "compactDecrypt(jwe"],
  "cli/dev/mcp/server.ts @modelcontextprotocol/server: createMcpHandler": [
    "parseJson(await request.clone().text())",
    "handler.fetch(request)",
  ],
  "cli/dev/mcp/server.ts @modelcontextprotocol/server: isLegacyRequest": [
    "parseJson(await request.clone().text())",
    "isLegacyRequest(request)",
  ],
  "cli/dev/mcp/server.ts @modelcontextprotocol/server: WebStandardStreamableHTTPServerTransport": [
    "parseJson(await request.clone().text())",
    ".handleRequest(request)",
  ],
};

const projectFile = "a file of the user's own project";
const savedFile =
  "a file that the user passes to a command, which may be someone else's: the parser has a limit of its own";
const sdkValue = "It gets no text.";
const checkedByCaller =
  "verifyClientAssertion, the only caller, has read the assertion with readIssuer, which checks it.";

/** Other ways: what has checked their text, or whose text it is. */
const others: Readonly<Record<string, string>> = {
  "src/core/token/verify.ts jose/jws/compact/verify: compactVerify":
    "It parses the header, which decodeUnverifiedToken has parsed with countJson. The payload stays bytes.",
  "src/origin/origin.ts jose: jwtVerify":
    "It gets the assertion that readHeader has checked, and parses the payload after it has verified the signature.",
  "src/extensions/downstream/msal.ts @azure/msal-node: ConfidentialClientApplication":
    "network.ts parses the responses of Entra with parseJson and checks the JSON in them, and readClaims parses a claims request.",
  "entra/clients/federated-assertion.ts jose: decodeJwt": checkedByCaller,
  "entra/clients/federated-assertion.ts jose: decodeProtectedHeader": checkedByCaller,
  "entra/clients/federated-assertion.ts jose: jwtVerify": checkedByCaller,
  "cli/dev/mcp/server.ts @modelcontextprotocol/server: isInitializeRequest": sdkValue,
  "cli/dev/mcp/server.ts @modelcontextprotocol/server: McpServer": sdkValue,
  "cli/dev/playground/script.ts JSON.parse": "It runs in the developer's browser.",
  "cli/dev/playground/script.ts .json()": "It runs in the developer's browser.",
  "cli/project/commented-json.ts jsonc-parser: parseTree": projectFile,
  "cli/project/commented-json.ts jsonc-parser: printParseErrorCode": projectFile,
  "cli/project/wrangler-config.ts smol-toml: parse": projectFile,
  "cli/common/spelling.ts smol-toml: parse": projectFile,
  "cli/init/edit/json.ts jsonc-parser: applyEdits": projectFile,
  "cli/init/edit/json.ts jsonc-parser: modify": projectFile,
  "cli/project/setting-lines.ts jsonc-parser: findNodeAtLocation": projectFile,
  "cli/project/setting-lines.ts jsonc-parser: parseTree": projectFile,
  "cli/project/script.ts acorn: parse": projectFile,
  "cli/init/edit/toml.ts smol-toml: parse": projectFile,
  "cli/init/edit/toml.ts smol-toml: stringify": projectFile,
  "cli/init/apim.ts @rgrove/parse-xml: parseXml": projectFile,
  "cli/init/apim-claims.ts @rgrove/parse-xml: XmlElement": projectFile,
  ...Object.fromEntries(
    ["common/yaml-places.ts", "compile/parse.ts", "entra/config-file.ts"].flatMap((file) =>
      (files.get(`cli/${file}`)?.found ?? [])
        .filter((way) => way.startsWith("js-yaml: "))
        .map((way) => [`cli/${file} ${way}`, savedFile]),
    ),
  ),
};

function hasParser(way: string): boolean {
  const [, name = way] = /^\S+ (.*)$/.exec(way) ?? [];
  if (packagesWithoutParser.test(name)) return false;
  return !(/^jose(?:\/[a-z/0-9]+)?: /.test(name) && joseWithoutParser.includes(name.replace(/^\S+ /, "")));
}

describe("every way to a parser", () => {
  it("has a check of the nesting before it, or a text that is not a caller's", { tags: "deep-json" }, () => {
    expect(ways.filter(hasParser).sort()).toEqual([...Object.keys(checked), ...Object.keys(others)].sort());
  });

  it.each(Object.entries(checked))("comes after its check: %s", { tags: "deep-json" }, (way, [check, call]) => {
    const { code = "" } = files.get(way.replace(/ .*$/, "")) ?? {};
    expect(code.indexOf(check)).toBeGreaterThan(-1);
    expect(code.indexOf(call)).toBeGreaterThan(code.indexOf(check));
  });

  it("of federated assertions has one caller", () => {
    const importers = [...files].filter(([, { code }]) => /\bverifyFederatedAssertion\b/.test(code));
    expect(importers.map(([file]) => file)).toEqual([
      "entra/clients/client-assertion.ts",
      "entra/clients/federated-assertion.ts",
    ]);
  });
});

it.each([
  ["const value = JSON.parse(text);", ["JSON.parse"]],
  ['const value = JSON["parse"](text);', ["JSON.parse"]],
  ["const { parse } = JSON;", ["JSON.parse"]],
  ["texts.map(JSON.parse);", ["JSON.parse"]],
  ["const text = JSON.stringify(value);", []],
  ["const value = await response.json();", [".json()"]],
  ["const value = await c.req.json<Body>();", [".json()"]],
  ["const value = await response?.json();", [".json()"]],
  ["const response = c.json(value);", []],
  ['import { decodeJwt, type JWK } from "jose";', ["jose: decodeJwt"]],
  ['import type { JWK } from "jose";', []],
  ['import parse from "json5";', ["json5: *"]],
  ['import * as yaml from "yaml";', ["yaml: *"]],
  ['const { load } = await import("js-yaml");', ["js-yaml: *"]],
  ['import path from "node:path"; import { a } from "./a.ts";', []],
])("the search finds the ways in %s", (code, found) => {
  expect(listWays(code)).toEqual(found);
});

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readConfigFile } from "../../../cli/entra/config-file.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "config-file-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  return file;
}

/** Why a file is refused. */
function findProblem(name: string, text: string): string {
  const file = write(name, text);
  try {
    readConfigFile(file);
    return "";
  } catch (error) {
    return (error as Error).message.replaceAll(`${folder}/`, "");
  }
}

it("reads YAML, with the certificates of other files, and JSON", () => {
  const pem = "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n";
  write("client.pem", pem);
  const yaml = readConfigFile(
    write(
      "entra.yaml",
      `# yaml-language-server: $schema=./node_modules/entra-gate/dist/local-entra.schema.json
apps:
  shop:
    certificates: [client.pem]
    redirectUris:
      spa: ["http://localhost:5173/"]
`,
    ),
  );
  expect(yaml.findApp("shop")).toMatchObject({
    certificates: [pem],
    redirectUris: { spa: ["http://localhost:5173/"] },
  });
  expect(yaml.findUser("member")).toBeDefined();
  const json = readConfigFile(write("entra.json", '{ "defaults": false, "tenants": { "own": {} } }'));
  expect(json.tenants.map(({ shortName }) => shortName)).toEqual(["own"]);
});

it("reports all faults at once, in the order of the file, each with its line and column", () => {
  const text = `defaults: false
tenants:
  contoso: {}
apps:
  shop:
    clientId: 1234
    secret: x
    certificates: [nowhere.pem]
    redirectUris:
      spa:
        - http://evil.example/
    scopes: &scopes [a b]
  other: { scopes: *scopes }
"agents": { "helper": { "blueprint": "nobody" } }
consents:
  - user: nobody
    given: true
`;
  expect(findProblem("entra.yaml", text).split("\n")).toEqual([
    "the configuration has 8 faults:",
    "  entra.yaml:6:5 apps.shop.clientId: must be a text",
    expect.stringMatching(/^ {2}entra\.yaml:7:5 apps\.shop\.secret: there is no such member: use tenant, clientId, .*/),
    expect.stringMatching(
      /^ {2}entra\.yaml:8:20 apps\.shop\.certificates\.0: must be a certificate in PEM, or a file that has one: ENOENT/,
    ),
    "  entra.yaml:11:11 apps.shop.redirectUris.spa.0: must be https: http is allowed for localhost and 127.0.0.1 alone",
    "  entra.yaml:12:22 apps.shop.scopes.0: must be the short name of a scope, such as orders.read",
    "  entra.yaml:13:12 apps.other.scopes.0: must be the short name of a scope, such as orders.read",
    '  entra.yaml:14:26 agents.helper.blueprint: there is no app "nobody": use one of shop, other',
    '  entra.yaml:16:5 consents.0.user: there is no user "nobody": there is none',
  ]);
});

it.each([
  ["apps: [1\nb: 2\n", "entra.yaml:2:1: is not YAML: deficient indentation"],
  ["apps: {}\napps: {}\n", "entra.yaml:2:1: is not YAML: duplicated mapping key"],
  ["", "entra.yaml: is not YAML: expected a document, but the input is empty"],
  ["- a\n", "the configuration has 1 fault:\n  entra.yaml:1:1 the file: must be a mapping, such as {}"],
])("refuses what is no configuration: %j", (text, problem) => {
  expect(findProblem("entra.yaml", text)).toBe(problem);
});

it("names a file that it cannot read", () => {
  expect(() => readConfigFile(path.join(folder, "nowhere.yaml"))).toThrow(/nowhere\.yaml cannot be read: ENOENT/);
});

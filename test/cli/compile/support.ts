import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { readApi } from "../../../cli/compile/authority.ts";
import { type Choices, compileDocument } from "../../../cli/compile/document.ts";
import { writeRoutes } from "../../../cli/compile/write-routes.ts";
import { api, tenants } from "../../../entra/directory/directory.ts";
import { App } from "../../../src/app/app.ts";
import { origin } from "../../../src/app/build/origin.ts";
import { anyOf, requireAuth } from "../../../src/app/types/auth.ts";
import type { RouteDefinition } from "../../../src/app/types/definition.ts";

export const login = "https://login.microsoftonline.com";
export const variables = { ENTRA_TENANT_ID: tenants.contoso.id, ENTRA_API_AUDIENCE: `${api.clientId} api://orders` };

const flow = (name: string) => `${login}/organizations/oauth2/v2.0/${name}`;

/** A scheme with scopes of users, and roles of apps. */
export const entraScheme = {
  type: "oauth2",
  flows: {
    authorizationCode: {
      authorizationUrl: flow("authorize"),
      tokenUrl: flow("token"),
      scopes: { "api://orders/orders.read": "", "orders.write": "", both: "", openid: "" },
    },
    clientCredentials: {
      tokenUrl: flow("token"),
      scopes: { "Orders.Read": "", "api://orders/.default": "", both: "" },
    },
  },
};

interface Parts {
  readonly openapi?: string;
  readonly schemes?: Readonly<Record<string, unknown>>;
  readonly [member: string]: unknown;
}

/** A document with the operations of one path item or of several paths. */
export function documentOf(paths: Readonly<Record<string, unknown>>, { schemes, ...members }: Parts = {}): object {
  return {
    openapi: "3.1.0",
    info: { title: "Orders", version: "1" },
    paths,
    components: { securitySchemes: { entra: entraScheme, ...schemes } },
    ...members,
  };
}

/** A document with one operation, `GET /orders`. */
export function operationOf(operation: object, parts: Parts = {}): object {
  return documentOf({ "/orders": { get: operation } }, parts);
}

/**
 * Saves files, as text, bytes or JSON, and calls a function with their folder. The folder stays until a promise
 * settles.
 */
export function withFiles<T>(files: Readonly<Record<string, object | string>>, work: (folder: string) => T): T {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), "compile-")));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    const isText = typeof content === "string" || content instanceof Uint8Array;
    writeFileSync(path.join(folder, name), isText ? content : JSON.stringify(content));
  }
  const remove = () => rmSync(folder, { recursive: true });
  let result: T | undefined;
  try {
    result = work(folder);
    return result;
  } finally {
    if (result instanceof Promise) result.finally(remove).catch(() => {});
    else remove();
  }
}

export interface Wishes extends Partial<Omit<Choices, "api">> {
  /** Further files, and the name of the entry file if it is not `openapi.json`. */
  readonly files?: Readonly<Record<string, object | string>>;
  readonly entry?: string;
  readonly variables?: Readonly<Record<string, string>>;
}

/** Compiles a document that is saved as `openapi.json`. */
export function compile(document: object | string, { files = {}, entry = "openapi.json", ...wishes }: Wishes = {}) {
  const choices: Choices = {
    api: readApi({ ...variables, ...wishes.variables }),
    open: [],
    originChecks: [],
    domains: new Map(),
    ...wishes,
  };
  return withFiles({ [entry]: document, ...files }, (folder) => compileDocument(folder, entry, choices));
}

/** Lists the faults as `file#pointer problem`. */
export function faultsOf(document: object | string, wishes?: Wishes): readonly string[] {
  const compiled = compile(document, wishes);
  if ("document" in compiled) return [];
  for (const { repair } of compiled.faults) if (!/^[A-Z].*\.$/s.test(repair)) throw new Error(`repair: ${repair}`);
  return compiled.faults.map(({ file, pointer, problem }) => `${file}#${pointer} ${problem}`);
}

/** The module that the command writes. */
export function moduleOf(document: object | string, wishes?: Wishes): string {
  const compiled = compile(document, wishes);
  if ("faults" in compiled) throw new Error(JSON.stringify(compiled.faults));
  return writeRoutes(compiled.document) ?? "";
}

/** Runs the module that the command writes. */
export function routesOf(document: object | string, wishes?: Wishes): App {
  return run(moduleOf(document, wishes), App);
}

/** What the module declares for each route. */
export function definitionsOf(document: object | string, wishes?: Wishes): readonly RouteDefinition[] {
  class Recorder {
    readonly definitions: RouteDefinition[] = [];
    route(definition: RouteDefinition): void {
      this.definitions.push(definition);
    }
  }
  return run(moduleOf(document, wishes), Recorder).definitions;
}

function run<T>(text: string, app: new () => T): T {
  const code = text.replace(/^import .*$/gm, "").replace("export const routes", "const routes");
  const names = { App: app, anyOf, origin, requireAuth };
  return new Function(...Object.keys(names), `${code}\nreturn routes;`)(...Object.values(names));
}

/** The declarations of the routes in the module. */
export function declarationsOf(document: object | string, wishes?: Wishes): readonly string[] {
  return [...moduleOf(document, wishes).matchAll(/^routes\.route\(\{ (.*), handler: origin\(\) \}\);$/gm)].map(
    ([, declaration = ""]) => declaration,
  );
}

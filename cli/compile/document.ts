import { eraseNames, joinPaths, type Method } from "../../src/cli-exports/policy.ts";
import { isRecord } from "../../src/cli-exports/text.ts";
import type { Api } from "./authority.ts";
import type { CompiledDocument, CompiledRoute } from "./compiled.ts";
import {
  type Extensions,
  isExtension,
  noExtensions,
  originExtension,
  readExtensions,
  readOriginName,
} from "./extensions.ts";
import { type Fault, Faults, memberOf, membersOf, type Place } from "./fault.ts";
import { DocumentFiles } from "./files.ts";
import { findDifference, findOverlaps } from "./overlaps.ts";
import { readBasePath, translatePath } from "./paths.ts";
import { checkReferences } from "./references.ts";
import { createFindScheme } from "./schemes.ts";
import { readSecurity, type Security, type SecuritySources } from "./security.ts";

/** What the author of a document decides outside it. */
export interface Choices {
  readonly api: Api;
  /**
   * Operations that stay public, as `GET /health`; `any` to compare documents, where a public operation is no fault.
   */
  readonly open: readonly string[] | "any";
  /** Operations to leave out, as `GET /orders/{id}`. */
  readonly skip?: readonly string[];
  /** Names of schemes that the origin checks; `any` of those beside Entra, to compare documents. */
  readonly originChecks: readonly string[] | "any";
  /** Scopes that users need where a scheme `http` and `bearer` has an empty list, as tokens have them. */
  readonly bearerScopes?: readonly string[];
  /** Tenant IDs of domains, both in lower case. */
  readonly domains: ReadonlyMap<string, string>;
}

/** An operation that is left out. */
interface SkippedOperation {
  /** As in the document: `GET /orders/{id}`. */
  readonly title: string;
  readonly method: string;
  /** A path that matches at least its requests. */
  readonly path: string;
  /** `undefined` if it cannot be read. */
  readonly security: Security | undefined;
  /** As in the document. */
  readonly origin: unknown;
  readonly place: Place;
}

/** Operations that a route can serve. */
const methods: ReadonlyMap<string, Method> = new Map(
  (["GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH"] as const).map((method) => [
    method.toLowerCase(),
    method,
  ]),
);
/** Operations that no route can serve. */
const unsupported = ["trace", "query", "additionalOperations"];
const itemMembers = new Set([
  ...methods.keys(),
  ...unsupported,
  ...["$ref", "summary", "description", "servers", "parameters"],
]);
const operationMembers = new Set([
  ...["tags", "summary", "description", "externalDocs", "operationId", "parameters", "requestBody", "responses"],
  ...["callbacks", "deprecated", "security", "servers"],
]);
const rootMembers = new Set([
  ...["openapi", "$self", "info", "jsonSchemaDialect", "servers", "paths", "webhooks", "components", "security"],
  ...["tags", "externalDocs"],
]);

/**
 * Compiles a document into routes.
 *
 * @param folder absolute path without symbolic links
 * @param name of the document's entry file in the folder
 * @returns the routes, or every fault
 */
export function compileDocument(
  folder: string,
  name: string,
  choices: Choices,
): { readonly document: CompiledDocument } | { readonly faults: readonly Fault[] } {
  const faults = new Faults();
  const files = new DocumentFiles(folder, faults);
  const entry = files.open(name, { file: name, pointer: "" });
  const version = entry && readVersion(entry, faults);
  if (entry === undefined || version === undefined) return { faults: faults.list() };
  checkReferences(entry, files, faults);
  const reader = new DocumentReader(entry, version, files, choices, faults);
  const routes = reader.read();
  if (faults.size > 0) return { faults: faults.list() };
  const info = isRecord(entry.value) && isRecord(entry.value.info) ? entry.value.info : {};
  const text = (value: unknown) => (typeof value === "string" && value !== "" ? value : undefined);
  return {
    document: {
      title: text(info.title),
      version: text(info.version),
      routes: [...routes].sort((a, b) => compare(a.path, b.path) || compare(a.method, b.method)),
      skipped: reader.skipped.map(({ title }) => title),
      files: files.names,
      digest: files.digest,
    },
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** @returns `3.0`, `3.1` or `3.2`; `undefined` after a fault */
function readVersion(entry: Place, faults: Faults): string | undefined {
  const { value } = entry;
  const { swagger, openapi } = isRecord(value) ? value : {};
  const [, version] = /^(3\.[012])\.\d+(?:-.+)?$/.exec(String(openapi)) ?? [];
  if (version !== undefined && swagger === undefined) return version;
  if (swagger !== undefined) {
    const repair = "Convert it to OpenAPI 3, for example with the npm package swagger2openapi.";
    faults.add(entry, `is Swagger ${JSON.stringify(swagger)}, which the command does not read`, repair);
  } else {
    faults.add(entry, "is not a document of OpenAPI 3.0, 3.1 or 3.2", "Write openapi: 3.1.0 at its start.");
  }
  return undefined;
}

/** Whether a request can match both paths of routes. */
function canMatchBoth(one: string, other: string): boolean {
  const [left, right] = [one, other].map((path) => path.toLowerCase().split("/"));
  const isAlike = (a: string, b: string) => a === b || a.startsWith(":") || b.startsWith(":");
  return left?.length === right?.length && left!.every((segment, index) => isAlike(segment, right![index] ?? ""));
}

/** Reads the operations of one document. */
class DocumentReader {
  readonly #entry: Place;
  readonly #files: DocumentFiles;
  readonly #choices: Choices;
  readonly #faults: Faults;
  readonly #sources: SecuritySources;
  readonly #unusedOpen: Set<string>;
  #needsBearerScopes = false;
  /** Operations that are left out. */
  readonly skipped: SkippedOperation[] = [];
  /** Base path of the first server, and of all others. */
  #basePath: string | undefined;
  /** What operations without extensions inherit or share. */
  readonly #securities = new Map<unknown, Security | undefined>();

  constructor(entry: Place, version: string, files: DocumentFiles, choices: Choices, faults: Faults) {
    const { api, domains, originChecks, bearerScopes = [] } = choices;
    this.#entry = entry;
    this.#files = files;
    this.#choices = choices;
    this.#faults = faults;
    this.#unusedOpen = new Set(choices.open === "any" ? [] : choices.open);
    this.#sources = {
      api,
      faults,
      findScheme: createFindScheme({ entry, version, files, api, domains, faults }),
      originChecks: originChecks === "any" ? originChecks : new Set(originChecks),
      originChecksUsed: new Set(),
      bearerScopes,
      useBearerScopes: () => {
        this.#needsBearerScopes = true;
      },
    };
  }

  read(): readonly CompiledRoute[] {
    const entry = this.#entry;
    const paths = memberOf(entry, "paths");
    this.#checkMembers(entry, rootMembers, "an OpenAPI document");
    readOriginName(memberOf(entry, originExtension), this.#faults);
    this.#readServers(entry);
    if (this.#basePath === undefined) this.#basePath = "";
    if (!isRecord(paths.value) || Object.keys(paths.value).length === 0) {
      this.#faults.add(paths, "has no paths", "Describe at least one operation.");
    }
    const shapes = new Map<string, string>();
    const routes = membersOf(paths).flatMap(([template, item]) =>
      template.startsWith("x-") ? [] : this.#readItem(template, item, shapes),
    );
    if (routes.length === 0 && this.#faults.size === 0) {
      this.#faults.add(paths, "has no operations", "Describe at least one operation.");
    }
    this.#checkOverlaps(routes, paths);
    this.#checkSkipped(routes, paths);
    for (const name of this.#unusedOpen) {
      this.#faults.add(paths, `has no public operation ${name}, which --public names`, "Remove the option.");
    }
    const { originChecks, bearerScopes = [], open } = this.#choices;
    // Documents that are compared share one option.
    if (bearerScopes.length > 0 && !this.#needsBearerScopes && open !== "any") {
      const problem = "has no operation with an empty list of a bearer scheme, for which --scope is";
      this.#faults.add(paths, problem, "Remove the option.");
    }
    for (const name of originChecks === "any" ? [] : originChecks) {
      if (this.#sources.originChecksUsed.has(name)) continue;
      const problem = `has no operation that needs ${name}, which --origin-checks names, and that the gate cannot check`;
      this.#faults.add(paths, problem, "Remove the option.");
    }
    return routes;
  }

  /** The gate must not serve an operation that is left out as another one, whose requirement or origin differs. */
  #checkSkipped(routes: readonly CompiledRoute[], paths: Place): void {
    for (const { place, ...skipped } of this.skipped) {
      const { method, path } = skipped;
      const own = routes.find(
        (route) =>
          (route.method === method || (method === "HEAD" && route.method === "GET")) &&
          canMatchBoth(route.path, path) &&
          findDifference(route, skipped) !== undefined,
      );
      if (own === undefined) continue;
      const difference = findDifference(own, skipped);
      const problem = `is left out by --skip, but ${own.method} ${own.path} matches its requests, with another ${difference}`;
      const same = difference === "origin" ? originExtension : "security";
      this.#faults.add(place, problem, `Leave that operation out too, or give both the same ${same}.`);
    }
    for (const name of this.#choices.skip ?? []) {
      if (this.skipped.some(({ title }) => title === name)) continue;
      this.#faults.add(paths, `has no operation ${name}, which --skip names`, "Remove the option.");
    }
  }

  #isSkipped(name: string, template: string): boolean {
    return this.#choices.skip?.includes(`${name.toUpperCase()} ${template}`) === true;
  }

  #skip(name: string, template: string, operation: Place, items: readonly Place[]): void {
    const translated = translatePath(template);
    const segments = template.split("/").map((segment, index) => (/[{}]/.test(segment) ? `:p${index}` : segment));
    this.skipped.push({
      title: `${name.toUpperCase()} ${template}`,
      method: name.toUpperCase(),
      path: joinPaths(this.#basePath ?? "", translated.ok ? translated.value : segments.join("/")),
      // What is wrong with it does not matter.
      security: this.#faults.discard(() => this.#findSecurity(operation, noExtensions)),
      origin: this.#findOrigin(operation, items)?.value,
      place: operation,
    });
  }

  #checkOverlaps(routes: readonly CompiledRoute[], paths: Place): void {
    for (const method of methods.values()) {
      // GET answers HEAD too, if no operation for HEAD has the path.
      const answering =
        method === "HEAD" && routes.some((route) => route.method === "HEAD") ? ["GET", "HEAD"] : [method];
      const own = answering.flatMap((name) => routes.filter((route) => route.method === name));
      const overlaps = findOverlaps(own)?.filter((pair) => pair.some((route) => route.method === method));
      if (overlaps === undefined) {
        this.#faults.add(paths, `has too many similar paths of ${method} to compare`, "Split the document.");
      }
      for (const [one, other] of overlaps ?? []) {
        const difference = findDifference(one, other);
        const problem = `has ${one.path} and ${other.path}: a ${method} request can match both, with different ${difference}s`;
        const same =
          difference === "origin" ? `Write the same ${originExtension} for both` : "Require the same in both";
        this.#faults.add(paths, problem, `${same}, or rename a segment.`);
      }
    }
  }

  #checkMembers(place: Place, known: ReadonlySet<string>, what: string): void {
    for (const [name, member] of membersOf(place)) {
      if (known.has(name) || name.startsWith("x-") || isExtension(name)) continue;
      const repair = `Remove it, or correct its name: ${[...known].join(", ")}.`;
      this.#faults.add(member, `is not a member of ${what}`, repair);
    }
  }

  /** All servers have one base path, because the gate is in front of all of them. */
  #readServers(owner: Place): void {
    const servers = memberOf(owner, "servers");
    if (servers.value === undefined) return;
    if (!Array.isArray(servers.value)) {
      this.#faults.add(servers, "is not a list", "Write [{ url: https://api.contoso.com/v1 }].");
      return;
    }
    for (const index of servers.value.keys()) {
      const server = memberOf(servers, index);
      const url = memberOf(server, "url");
      const read =
        typeof url.value === "string"
          ? readBasePath(url.value, memberOf(server, "variables").value)
          : ({ ok: false, error: { problem: "is not a URL", repair: "Write https://api.contoso.com/v1." } } as const);
      if (!read.ok) this.#faults.add(url, read.error.problem, read.error.repair);
      else if (this.#basePath === undefined) this.#basePath = read.value;
      else if (read.value !== this.#basePath) {
        const problem = `has the base path ${read.value || "/"}, and another server has ${this.#basePath || "/"}`;
        this.#faults.add(url, problem, "Write one base path in all servers, or compile one document for each.");
      }
    }
  }

  /** @param shapes paths so far, by the requests that they match */
  #readItem(template: string, declared: Place, shapes: Map<string, string>): readonly CompiledRoute[] {
    const items = this.#listItems(declared);
    const names = items.flatMap((item) => membersOf(item).map(([name]) => name));
    const operations = names.filter((name) => methods.has(name) || unsupported.includes(name));
    if (operations.length > 0 && operations.every((name) => this.#isSkipped(name, template))) {
      return items.flatMap((item) => this.#readOperations(template, template, item, items));
    }
    const translated = translatePath(template);
    if (!translated.ok) this.#faults.add(declared, translated.error.problem, translated.error.repair);
    const path = translated.ok ? translated.value : template;
    if (translated.ok) this.#checkTwin(template, path, declared, shapes);
    if (path === "/" && this.#basePath !== "") {
      const repair = "Move the last segment of the base path into the paths.";
      this.#faults.add(declared, "is a path that ends in a slash below the base path", repair);
    }
    return items.flatMap((item) => this.#readOperations(template, path, item, items));
  }

  #checkTwin(template: string, path: string, declared: Place, shapes: Map<string, string>): void {
    const shape = eraseNames(path);
    const twin = shapes.get(shape);
    if (twin !== undefined) {
      const problem = `matches the same requests as ${twin}: only names of parameters or letter case differ`;
      this.#faults.add(declared, problem, "Merge both paths.");
    }
    shapes.set(shape, template);
  }

  /** A path item, and those that it refers to. */
  #listItems(declared: Place): readonly Place[] {
    const items: Place[] = [];
    const taken = new Set<string>();
    const seen = new Set<unknown>();
    let item: Place | undefined = declared;
    while (item !== undefined && !seen.has(item.value)) {
      if (!isRecord(item.value)) {
        this.#faults.add(item, "is not a path item", "Write { get: { … } }.");
        break;
      }
      seen.add(item.value);
      items.push(item);
      this.#checkMembers(item, itemMembers, "a path item");
      readOriginName(memberOf(item, originExtension), this.#faults);
      this.#readServers(item);
      for (const [name, member] of membersOf(item)) {
        if (taken.has(name) && name !== "$ref") {
          this.#faults.add(member, "is also a member of the path item that refers to this one", "Remove one of them.");
        }
        taken.add(name);
      }
      const reference = memberOf(item, "$ref");
      if (reference.value !== undefined && typeof reference.value !== "string") {
        this.#faults.add(reference, "is not a reference", 'Write "./paths/orders.yaml".');
      }
      item = typeof reference.value === "string" ? this.#files.follow(reference, reference.value) : undefined;
    }
    for (const file of new Set(items.map(({ file }) => file))) this.#checkOtherRoot(file, declared);
    return items;
  }

  /** A referenced file can be a whole document, with servers and requirements of its own. */
  #checkOtherRoot(file: string, referrer: Place): void {
    const root = file === this.#entry.file ? undefined : this.#files.open(file, referrer);
    if (root === undefined || !isRecord(root.value) || !Object.hasOwn(root.value, "openapi")) return;
    const security = memberOf(root, "security");
    if (security.value !== undefined) {
      const repair = "Move it to each operation of the file.";
      this.#faults.add(security, `could replace the security of ${this.#entry.file} for this file`, repair);
    }
    const origin = memberOf(root, originExtension);
    if (origin.value !== undefined) {
      const repair = "Move it to each path item of the file.";
      this.#faults.add(origin, `could replace that of ${this.#entry.file} for this file`, repair);
    }
    this.#readServers(root);
  }

  /** @param items the path item, and those that it refers to */
  #readOperations(template: string, path: string, item: Place, items: readonly Place[]): readonly CompiledRoute[] {
    return membersOf(item).flatMap(([name, operation]): readonly CompiledRoute[] => {
      if (this.#isSkipped(name, template)) {
        this.#skip(name, template, operation, items);
        return [];
      }
      if (unsupported.includes(name)) {
        this.#faults.add(operation, "is an operation that no route can serve", "Remove it, or describe it elsewhere.");
        return [];
      }
      const method = methods.get(name);
      if (method === undefined) return [];
      if (!isRecord(operation.value)) {
        this.#faults.add(operation, "is not an operation", "Write { security: [ … ], responses: { … } }.");
        return [];
      }
      const title = `${method} ${template}`;
      this.#checkMembers(operation, operationMembers, "an operation");
      this.#readServers(operation);
      const extensions = readExtensions(operation, this.#choices.api, this.#faults);
      const security = this.#findSecurity(operation, extensions);
      if (security === "public") this.#checkPublic(title, operation, extensions);
      const named = this.#findOrigin(operation, items);
      const origin = named && readOriginName(named, this.#faults);
      if (security === undefined) return [];
      const own = { method, path: joinPaths(this.#basePath ?? "", path), security };
      return [{ ...own, ...(origin && { origin }) }];
    });
  }

  /**
   * @returns what names the origin of an operation: its own extension, that of the path item, or that of the document
   */
  #findOrigin(operation: Place, items: readonly Place[]): Place | undefined {
    const places = [operation, ...items, this.#entry].map((holder) => memberOf(holder, originExtension));
    return places.find(({ value }) => value !== undefined);
  }

  #findSecurity(operation: Place, extensions: Extensions): Security | undefined {
    const own = memberOf(operation, "security");
    const place = own.value === undefined ? memberOf(this.#entry, "security") : own;
    if (place.value === undefined) {
      const repair = "Write security: [{ SCHEME: [SCOPE] }], or security: [] and --public.";
      this.#faults.add(operation, "has no security, and neither has the document", repair);
      return undefined;
    }
    if (extensions !== noExtensions) return readSecurity(place, extensions, this.#sources);
    // Names resolve from the file of the list.
    const key = place === own ? place.value : this.#entry;
    if (!this.#securities.has(key)) this.#securities.set(key, readSecurity(place, noExtensions, this.#sources));
    return this.#securities.get(key);
  }

  #checkPublic(name: string, operation: Place, extensions: Extensions): void {
    this.#unusedOpen.delete(name);
    const [extension] = membersOf(operation).filter(
      ([member]) => /^x-entra-/.test(member) && member !== originExtension,
    );
    if (extension !== undefined && extensions !== noExtensions) {
      this.#faults.add(extension[1], "has no effect on a public operation", "Remove it, or require a scope.");
    }
    const { open } = this.#choices;
    if (open !== "any" && !open.includes(name)) {
      const repair = `Require a scope or a role, or add --public ${JSON.stringify(name)}.`;
      this.#faults.add(operation, "is public", repair);
    }
  }
}

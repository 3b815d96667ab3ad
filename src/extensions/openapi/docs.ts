import {
  type App,
  addPart,
  addRoute,
  findRoute,
  InternalError,
  isPath,
  type PathString,
  type PluginObject,
  type RequestContext,
  readDeclarations,
} from "../../app/part.ts";
import { defaultAuthority, isAuthorityName } from "../../base/common/authority-name.ts";
import { isRecord } from "../../base/common/objects.ts";
import { checkOptionsOf, type Rule } from "../../base/common/options.ts";
import { isGuid } from "../../core/config/guid.ts";
import { assetNames, type DocsPage, findMediaType, listHeaders, startName, styleName, writePage } from "./docs-page.ts";
import { redirectName, redirectPage, redirectScript, writeStart } from "./docs-script.ts";
import { pageStyle } from "./docs-style.ts";
import { documentName, openapiName } from "./openapi.ts";

/** Options of the page. */
export interface DocsOptions {
  /** Default: `/docs`. */
  readonly path?: string;
  /**
   * Client ID of the page's registration as a single-page application: a lower-case GUID. If users of several
   * authorities sign in, one for each, by the names of the authorities.
   *
   * @example
   * docs({ clientId: { default: employeesId, customers: customersId }, public: true });
   */
  readonly clientId: string | Readonly<Record<string, string>>;
  /** Must be `true`, because a browser sends no token when it opens a page. */
  readonly public: true;
  /**
   * Where the files of Swagger UI are: their folder in the static assets of the binding ASSETS, or a CDN for npm
   * packages, from which the browser accepts only the files that the package swagger-ui-dist has. Default: `/`.
   *
   * @example
   * docs({ clientId, public: true, assets: "/swagger-ui" });
   * docs({ clientId, public: true, assets: "https://cdn.jsdelivr.net/npm" });
   */
  readonly assets?: PathString | `https://${string}`;
}

/** A binding to Workers static assets, or any object that serves files by URL. */
interface Assets {
  fetch(request: Request): Promise<Response>;
}

const assetsName = "ASSETS";
/**
 * Serves a page that shows the document of `openapi({ public: true })` and calls its operations with the token of a
 * signed-in user. Register `openapi` first. The files of Swagger UI come from the binding ASSETS or a CDN, see
 * docs/how-to/publish-openapi.md.
 *
 * @throws TypeError if an option is invalid or missing, or there is no public document
 *
 * @example
 * app.register(openapi({ public: true }));
 * app.register(docs({ clientId: "33333333-4444-5555-6666-777777777777", public: true }));
 */
export function docs(options: DocsOptions): PluginObject<App> {
  const isPagePath: Rule = (path) => (isPath(path) && path !== "/" && !/[:*]/.test(path)) || "must look like /docs";
  checkOptionsOf(
    "docs",
    options,
    { path: isPagePath, assets: isSource },
    {
      clientId: isClients,
      public: (open) => open === true || "must be true, because browsers open pages without a token",
    },
  );
  const { path = "/docs", clientId, assets = "/" } = options;
  const namesAuthorities = typeof clientId !== "string";
  const clientIds: DocsPage["clientIds"] = namesAuthorities ? { ...clientId } : { [defaultAuthority]: clientId };
  const cdn = assets.startsWith("/") ? undefined : assets;

  return {
    name: "docs",
    dependencies: [openapiName],
    register(app) {
      const page = {
        folder: path.split("/").pop() as string,
        title: readDeclarations(app).info.title ?? "API",
        document: findDocument(app),
        clientIds,
        cdn,
      };
      // An app with a part needs a guard.
      if (namesAuthorities) {
        const checkAuthority = (known: readonly string[]) => checkAuthorities(clientIds, known);
        addPart(app, { name: "docs with client IDs by authority", check() {}, checkAuthority });
      }
      const add = (target: string, name: string, write: (context: RequestContext) => string | Promise<Response>) => {
        const handler = async (context: RequestContext) => {
          const content = await write(context);
          const headers = new Headers(listHeaders(page, context.setup));
          headers.set("content-type", findMediaType(name));
          return content instanceof Response ? withHeaders(content, headers) : new Response(content, { headers });
        };
        addRoute(app, { method: "GET", path: target, name: `docs.${name}`, public: true, handler });
      };
      add(path, "index.html", () => writePage(page));
      add(`${path}/${startName}`, startName, () => writeStart(page));
      add(`${path}/${styleName}`, styleName, () => pageStyle);
      add(`${path}/${redirectName}`, redirectName, () => redirectPage);
      add(`${path}/redirect.js`, "redirect.js", () => redirectScript);
      if (cdn !== undefined) return;
      const folder = assets.replace(/\/$/, "");
      for (const name of assetNames)
        add(`${path}/${name}`, name, (context) => fetchAsset(context, `${folder}/${name}`));
    },
  };
}

/** @throws TypeError if the gate does not declare an authority that has a client ID */
function checkAuthorities(clientIds: DocsPage["clientIds"], known: readonly string[]): void {
  const unknown = Object.keys(clientIds).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const name = JSON.stringify(unknown);
  throw new TypeError(
    `docs: clientId has ${name}, an authority which the gate does not declare. Use one of ${known.join(", ")}, or add ${name} to the option authorities`,
  );
}

function isClients(clients: unknown): true | string {
  const entries = isRecord(clients) ? Object.entries(clients) : [[defaultAuthority, clients]];
  return (
    (entries.length > 0 && entries.every(([name, id]) => isAuthorityName(name) && isGuid(id))) ||
    'must be the client ID (lower-case GUID) of a single-page application, or { customers: "…" } with one for each authority'
  );
}

/** If the document required a token, the page could not find out where to get one. */
function findDocument(app: App): string {
  const document = findRoute(app, documentName);
  if (document?.access.kind !== "public") throw new TypeError("docs: register openapi({ public: true }) first");
  if (/[:*]/.test(document.path)) throw new TypeError("docs: the path of openapi must not have parameters");
  return document.path;
}

/** An address becomes part of the content security policy, so it has no character that would end a source there. */
function isSource(source: unknown): true | string {
  const isFolder = isPath(source) && !/[:*]/.test(source as string);
  const isCdn = typeof source === "string" && /^https:\/\/[a-z0-9.-]+(?::\d+)?(?:\/[\w.-]+)*$/.test(source);
  return (
    isFolder ||
    isCdn ||
    'must be a folder of the static assets, such as "/swagger-ui", or a CDN for npm packages, such as "https://cdn.jsdelivr.net/npm"'
  );
}

async function fetchAsset({ request, env }: RequestContext, file: string): Promise<Response> {
  const assets = (env as { readonly [assetsName]?: Partial<Assets> } | undefined)?.[assetsName];
  if (typeof assets?.fetch !== "function") {
    throw new InternalError(
      `docs: the binding ${assetsName} with the files of Swagger UI is missing. See npx entra-gate docs how-to/publish-openapi`,
    );
  }
  const validator = request.headers.get("if-none-match");
  const headers = validator === null ? {} : { "if-none-match": validator };
  const asset = await assets.fetch(new Request(new URL(file, request.url), { headers }));
  if (asset.status !== 200 && asset.status !== 304) {
    throw new InternalError(`docs: ${file} is not a static asset (status ${asset.status})`);
  }
  return asset;
}

function withHeaders(asset: Response, headers: Headers): Response {
  const etag = asset.headers.get("etag");
  if (etag !== null) headers.set("etag", etag);
  return new Response(asset.body, { status: asset.status, headers });
}

import { linkToDocs } from "../../common/docs-site.ts";
import { checkOptionsOf, type Rule } from "../../common/options.ts";
import { isGuid } from "../../config/guid.ts";
import type { App } from "../app.ts";
import { type AppContents, contentsOf } from "../app-contents.ts";
import { InternalError } from "../errors/errors.ts";
import { ownPrefix } from "../operation-id.ts";
import { requestContextOf } from "../pipeline/handler-context.ts";
import type { PluginObject } from "../plugin.ts";
import { isPath } from "../types/path-pattern.ts";
import type { HookContext } from "../types/types.ts";
import {
  assetNames,
  findMediaType,
  listHeaders,
  pageStyle,
  redirectName,
  redirectPage,
  startName,
  styleName,
  writePage,
  writeStart,
} from "./docs-page.ts";
import { documentId, openapiName } from "./openapi.ts";

/** Options of the page. */
export interface DocsOptions {
  /** Default: `/docs`. */
  readonly path?: string;
  /** Client ID of the page's registration as a single-page application: a lower-case GUID. */
  readonly clientId: string;
  /** Must be `true`, because a browser sends no token when it opens a page. */
  readonly public: true;
}

/** A binding to Workers static assets, or any object that serves files by URL. */
interface Assets {
  fetch(request: Request): Promise<Response>;
}

const assetsName = "ASSETS";
/** Folder of Swagger UI in the static assets. */
const assetsFolder = "/swagger-ui";

/**
 * Serves a page that shows the document of `openapi({ public: true })` and calls its operations with the token of a
 * signed-in user. Register `openapi` first. The files of Swagger UI come from the binding ASSETS, see
 * docs/how-to/publish-openapi.md. Nothing is loaded from other hosts.
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
    { path: isPagePath },
    {
      clientId: (id) => isGuid(id) || "must be the client ID (lower-case GUID) of a single-page application",
      public: (open) => open === true || "must be true, because browsers open pages without a token",
    },
  );
  const { path = "/docs", clientId } = options;

  return {
    name: "docs",
    dependencies: [openapiName],
    register(app) {
      const page = {
        folder: path.split("/").pop() as string,
        title: contentsOf(app).info.title ?? "API",
        document: findDocument(contentsOf(app)),
        clientId,
      };
      const add = (target: string, name: string, write: (context: HookContext) => string | Promise<Response>) => {
        const operationId = `${ownPrefix}docs.${name}`;
        app.get(target as `/${string}`, { operationId, public: true }, async (context) => {
          const content = await write(context as HookContext);
          const headers = new Headers(listHeaders(requestContextOf(context as HookContext).setup.facts));
          headers.set("content-type", findMediaType(name));
          return content instanceof Response ? withHeaders(content, headers) : new Response(content, { headers });
        });
      };
      add(path, "index.html", () => writePage(page));
      add(`${path}/${startName}`, startName, () => writeStart(page));
      add(`${path}/${styleName}`, styleName, () => pageStyle);
      add(`${path}/${redirectName}`, redirectName, () => redirectPage);
      for (const name of assetNames) add(`${path}/${name}`, name, (context) => fetchAsset(context, name));
    },
  };
}

/** If the document required a token, the page could not find out where to get one. */
function findDocument(app: AppContents): string {
  const document = app.routes.find(({ operation }) => operation.operationId === documentId);
  if (document?.access.kind !== "public") throw new TypeError("docs: register openapi({ public: true }) first");
  if (/[:*]/.test(document.path)) throw new TypeError("docs: the path of openapi must not have parameters");
  return document.path;
}

async function fetchAsset({ request, env }: HookContext, name: string): Promise<Response> {
  const assets = (env as { readonly [assetsName]?: Partial<Assets> } | undefined)?.[assetsName];
  if (typeof assets?.fetch !== "function") {
    throw new InternalError(
      `docs: the binding ${assetsName} with the files of Swagger UI is missing. See ${linkToDocs("how-to/publish-openapi")}`,
    );
  }
  const validator = request.headers.get("if-none-match");
  const headers = validator === null ? {} : { "if-none-match": validator };
  const asset = await assets.fetch(new Request(new URL(`${assetsFolder}/${name}`, request.url), { headers }));
  if (asset.status !== 200 && asset.status !== 304) {
    throw new InternalError(`docs: ${assetsFolder}/${name} is not a static asset (status ${asset.status})`);
  }
  return asset;
}

function withHeaders(asset: Response, headers: Headers): Response {
  const etag = asset.headers.get("etag");
  if (etag !== null) headers.set("etag", etag);
  return new Response(asset.body, { status: asset.status, headers });
}

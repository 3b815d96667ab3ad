import { App } from "../../../src/app/app.ts";
import type { EntraPluginOptions } from "../../../src/core/guard/entra-options.ts";
import { createEntraPlugin } from "../../../src/entra-plugin.ts";
import { openapi } from "../../../src/extensions/openapi/openapi.ts";
import { environmentWith } from "../environment.ts";
import { createFakeIo } from "../io.ts";

/** Parsed JSON. */
// biome-ignore lint/suspicious/noExplicitAny: a test names a path, and fails if it does not exist
export type Json = Record<string, any>;

/** A handler without a body. */
export const done = () => ({ status: 204 });

/** The public document of an app that serves itself, with Entra as its guard. */
export async function describeApp(
  declare: (app: App) => void,
  changes: Record<string, unknown> = {},
  options: EntraPluginOptions = {},
) {
  const io = createFakeIo();
  const app = new App({ title: "Orders", version: "1.0.0" }, io);
  app.register(createEntraPlugin(undefined, options, io)).register(openapi({ public: true }));
  declare(app);
  const answer = await app.request("/openapi.json", {}, environmentWith(changes));
  return {
    io,
    answer,
    document: (await answer.json()) as Json,
    gaps: io.lines.filter(({ event }) => event === "openapi_gap"),
  };
}

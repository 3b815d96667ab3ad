import { App } from "../../../src/app/app.ts";
import { openapi } from "../../../src/app/openapi/openapi.ts";
import { createEntraPlugin } from "../../../src/entra-plugin.ts";
import { environmentWith } from "../environment.ts";
import { createFakeIo } from "../io.ts";

/** Whatever was parsed. */
// biome-ignore lint/suspicious/noExplicitAny: a test says where it looks, and fails where nothing is there
export type Json = Record<string, any>;

/** A handler with nothing to say. */
export const done = () => ({ status: 204 });

/** The document of an app that serves itself, for anybody, with Entra as its guard. */
export async function describeApp(declare: (app: App) => void, changes: Record<string, unknown> = {}) {
  const io = createFakeIo();
  const app = new App({ title: "Orders", version: "1.0.0" }, io);
  app.register(createEntraPlugin(undefined, {}, io)).register(openapi({ public: true }));
  declare(app);
  const answer = await app.request("/openapi.json", {}, environmentWith(changes));
  return {
    io,
    answer,
    document: (await answer.json()) as Json,
    gaps: io.lines.filter(({ event }) => event === "openapi_gap"),
  };
}

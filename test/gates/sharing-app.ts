import { platformIo } from "../../src/base/common/io.ts";
import { App, createEntraPlugin } from "../../src/index.ts";
import type { SharingName } from "../support/sharing.ts";
import { chooseByCode, declareSharingRoutes, findSharingPolicy } from "./sharing-routes.ts";

function createSharingApp(name: SharingName, io = platformIo): App {
  const app = new App({}, io).register(createEntraPlugin(undefined, {}, io));
  const policy = findSharingPolicy(name);
  if (policy !== undefined) app.use(policy);
  return declareSharingRoutes(app, name);
}

/** An app that serves itself for each code of `sharing.ts`. */
export const createSharingApps = (io = platformIo) => chooseByCode((name) => createSharingApp(name, io).fetch);

export default { workers: [createSharingApp("none")], fetch: createSharingApps() };

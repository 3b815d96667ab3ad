import { platformIo } from "../../src/common/io.ts";
import { App, createEntraPlugin } from "../../src/index.ts";
import { chooseByCode, declareSharingRoutes, findSharingPolicy } from "./sharing-routes.ts";

/** An app that serves itself for each code of `sharing.ts`. */
export const createSharingApps = (io = platformIo) =>
  chooseByCode((name) => {
    const app = new App({}, io).register(createEntraPlugin(undefined, {}, io));
    const policy = findSharingPolicy(name);
    if (policy !== undefined) app.use(policy);
    return declareSharingRoutes(app, name).fetch;
  });

export default { fetch: createSharingApps() };

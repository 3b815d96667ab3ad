import { platformIo } from "../../src/common/io.ts";
import { App, createGate } from "../../src/index.ts";
import { chooseByCode, declareSharingRoutes, findSharingPolicy } from "./sharing-routes.ts";

/** A gate for each code of `sharing.ts`. */
export const createSharingGates = (io = platformIo) =>
  chooseByCode((name) => {
    const cors = findSharingPolicy(name);
    return createGate({ routes: declareSharingRoutes(new App(), name), unlisted: "reject", ...(cors && { cors }) }, io)
      .fetch;
  });

export default { fetch: createSharingGates() };

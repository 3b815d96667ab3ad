import { platformIo } from "../../src/base/common/io.ts";
import { App, createGate, type Gate } from "../../src/index.ts";
import type { SharingName } from "../support/sharing.ts";
import { chooseByCode, declareSharingRoutes, findSharingPolicy } from "./sharing-routes.ts";

function createSharingGate(name: SharingName, io = platformIo): Gate {
  const cors = findSharingPolicy(name);
  return createGate({ routes: declareSharingRoutes(new App(), name), unlisted: "reject", ...(cors && { cors }) }, io);
}

/** A gate for each code of `sharing.ts`. */
export const createSharingGates = (io = platformIo) => chooseByCode((name) => createSharingGate(name, io).fetch);

export default { workers: [createSharingGate("none")], fetch: createSharingGates() };

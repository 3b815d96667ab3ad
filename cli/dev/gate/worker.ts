// The gate of `npm run dev`: the one of src/worker.ts, and a route to a second origin.
import { origin, requireAuth } from "../../../src/index.ts";
import { routes } from "../../../src/routes.ts";

routes.get("/sample/billing/*", { hooks: requireAuth("access_as_user") }, origin({ to: "billing" }));

// A gate takes the routes of its app when it is created.
const { default: gate } = await import("../../../src/worker.ts");
export default gate;

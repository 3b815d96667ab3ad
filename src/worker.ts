import { createGate } from "./index.ts";
import { routes } from "./routes.ts";

export default createGate({ routes });

import { downstream } from "../../src/downstream/downstream.ts";
import { createGate } from "../../src/index.ts";
import { routes } from "../../src/routes.ts";

/** The deployed worker, with tokens for other APIs. */
export default createGate({ routes, downstream: downstream() });

import { downstream } from "../../src/extensions/downstream/downstream.ts";
import { App, createGate } from "../../src/index.ts";

/** A gate with an `App`, and tokens for other APIs. */
export default createGate({ routes: new App(), downstream: downstream() });

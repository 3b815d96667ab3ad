import { createGate } from "../../src/index.ts";

/** A gate without routes, which applies the default requirement to every request. */
export default createGate();

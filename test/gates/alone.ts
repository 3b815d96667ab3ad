import { createGate } from "../../src/index.ts";

/** A gate without routes: a proxy, whose every request meets the default requirement. */
export default createGate();

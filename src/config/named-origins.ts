import { type OriginConfig, prefixOf, readOrigin, requireTarget, zone } from "./origin.ts";
import type { OriginReader } from "./serving.ts";
import { renameOrigin } from "./variables.ts";

/** Reads the origins that routes name. A bundle contains it only if the worker imports `origin`. */
export const originReader: OriginReader = {
  list(variable, origins, names) {
    const isOfZone = /_[AS]/.test(variable) && (names.includes("ORIGIN_URL") || names.includes("ORIGIN"));
    const named = [...origins.keys()].filter((name) => name !== zone || isOfZone);
    return [variable, ...named.map((name) => renameOrigin(variable, prefixOf(name)))];
  },
  read(reader, origins, { canExchange, origin, serving, mode }) {
    const read = new Map<string, OriginConfig>();
    for (const name of origins.keys()) {
      const own = reader.of(prefixOf(name));
      const config = name === zone && origin.target.kind === zone ? origin : readOrigin(own, canExchange);
      read.set(name, config);
      if (name !== zone) requireTarget(own, config, `or the binding ${own.nameOf("ORIGIN")} is required`);
      else if (!serving.onWorkers) reader.fault('origin({ to: "zone" })', "requires Cloudflare Workers");
    }
    if (serving.onWorkers && !read.has(zone) && serving.forwards(mode))
      requireTarget(reader, origin, 'is required, or unlisted: "reject", or a route with origin({ to: "zone" })');
    return read;
  },
};

// Loaded before a gate: a platform that has no Cache API at all.
Reflect.deleteProperty(globalThis, "caches");

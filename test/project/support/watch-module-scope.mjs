// Imports the modules that it gets as arguments, and prints what they do before a function of theirs is called: I/O,
// timers, random numbers and the clock.
import path from "node:path";
import { pathToFileURL } from "node:url";

const found = [];
let imported = "";

function watch(owner, name) {
  const original = owner[name];
  owner[name] = function (...args) {
    found.push(`${imported}: ${name}`);
    return Reflect.apply(original, this, args);
  };
}

for (const name of ["fetch", "setTimeout", "setInterval"]) watch(globalThis, name);
for (const name of ["log", "info", "warn", "error"]) watch(console, name);
for (const name of ["getRandomValues", "randomUUID"]) watch(Crypto.prototype, name);
for (const name of Object.getOwnPropertyNames(SubtleCrypto.prototype)) {
  if (name !== "constructor") watch(SubtleCrypto.prototype, name);
}
watch(Math, "random");
watch(Date, "now");
watch(performance, "now");
const OriginalDate = Date;
globalThis.Date = new Proxy(OriginalDate, {
  construct(target, args) {
    if (args.length === 0) found.push(`${imported}: new Date`);
    return Reflect.construct(target, args);
  },
});

for (const file of process.argv.slice(2)) {
  imported = file;
  await import(pathToFileURL(path.resolve(file)).href);
}
process.stdout.write(JSON.stringify(found));

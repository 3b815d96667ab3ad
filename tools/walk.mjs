// npm run walk -- known|new|forward: prints the files of src that one request passes through, in the order of the
// folders
import { Session } from "node:inspector/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { App, createGate, origin, requireAuth } from "../src/index.ts";
import { platformIo } from "../src/io.ts";
import { api, tenants } from "../src/testing/directory/directory.ts";
import { createEntra } from "../src/testing/entra.ts";
import { folders } from "../test/support/architecture.ts";

const source = path.resolve(import.meta.dirname, "../src");
const authority = "https://login.microsoftonline.com/";
const paths = { known: "/me", new: "/me", forward: "/orders/7" };

/** Measures one request with the coverage of V8. A file counts if one of its functions ran. */
async function walk(kind) {
  const entra = createEntra();
  const routes = new App()
    .get("/me", { hooks: requireAuth("access_as_user") }, ({ state }) => ({
      status: 200,
      body: { oid: state.principal.oid },
    }))
    .get("/orders/:id", { hooks: requireAuth("access_as_user") }, origin());
  const gate = createGate(
    { routes, unlisted: "reject" },
    {
      ...platformIo,
      log() {},
      fetch: async (input, init) => {
        const request = new Request(input, init);
        return request.url.startsWith(authority) ? entra.fetch(request) : new Response("from the origin");
      },
    },
  );
  const environment = {
    ENTRA_TENANT_ID: tenants.contoso.id,
    ENTRA_API_AUDIENCE: api.clientId,
    GATE_URL: "https://api.contoso.example",
    ORIGIN_URL: "https://origin.contoso.example",
  };
  const ask = async (token) => {
    const headers = { authorization: `Bearer ${token}` };
    const response = await gate.fetch(
      new Request(`https://api.contoso.example${paths[kind]}`, { headers }),
      environment,
    );
    if (response.status !== 200) throw new Error(`${kind} got ${response.status}: ${await response.text()}`);
  };
  const [first, second] = [await entra.issueAccessToken(), await entra.issueAccessToken()];
  await ask(first);
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: false });
  await session.post("Profiler.takePreciseCoverage");
  await ask(kind === "new" ? second : first);
  const { result } = await session.post("Profiler.takePreciseCoverage");
  session.disconnect();
  return result
    .filter(
      ({ url, functions }) =>
        url.startsWith("file:") && functions.some(({ ranges }) => ranges.some(({ count }) => count > 0)),
    )
    .map(({ url }) => path.relative(source, fileURLToPath(url)))
    .filter((file) => !file.startsWith(".."))
    .sort((left, right) => rankOf(left) - rankOf(right) || left.localeCompare(right));
}

function rankOf(file) {
  return folders.indexOf(file.split(path.sep)[0]);
}

const kind = process.argv[2] ?? "known";
if (!Object.hasOwn(paths, kind)) throw new TypeError(`walk: ${kind} must be one of ${Object.keys(paths).join(", ")}`);
const files = await walk(kind);
for (const file of files) console.log(file);
console.log(`${files.length} files`);

import { readFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";

/** The removal of a step from the source: in a file, it replaces a text that occurs once. */
interface Removal {
  readonly file:
    | "src/core/guard/guard.ts"
    | "src/core/policy/decision.ts"
    | "src/core/token/authenticator.ts"
    | "src/core/token/decode.ts";
  readonly text: string;
  readonly replacement: string;
}

const guard = "src/core/guard/guard.ts";
const decision = "src/core/policy/decision.ts";
const authenticator = "src/core/token/authenticator.ts";
const decoder = "src/core/token/decode.ts";

/** The removal of each step of the guard, in order. */
const removals: Readonly<Record<string, Removal>> = {
  transport: {
    file: guard,
    text: "if (call.target.fault !== undefined) return refuse(call.target.fault);",
    replacement: "",
  },
  "second token": {
    file: guard,
    text: "route.ownsAccessTokenParameter ? undefined",
    replacement: "true ? undefined",
  },
  bearer: {
    file: decoder,
    text: "const bearer = findBearer(authorization);",
    replacement: 'const bearer = succeed((authorization ?? "").replace(/^\\w* ?/, ""));',
  },
  "known token": {
    file: authenticator,
    text: "if (known !== undefined) return known;",
    replacement: "",
  },
  "expiry of a known token": {
    file: authenticator,
    text: "if (nowMs < known.fromSeconds * 1_000 || hasExpired(known, nowMs)) return undefined;",
    replacement: "",
  },
  "key of a known token": {
    file: authenticator,
    text: "if (index < 0 || index >= limits.signatureTries) return undefined;",
    replacement: "",
  },
  "issuer of the key set of a known token": {
    file: authenticator,
    text: " || found.set.issuer !== setIssuer",
    replacement: "",
  },
  "version 2.0 key of a known token": {
    file: authenticator,
    text: "vouching?.keys.includes(voucher)",
    replacement: "true",
  },
  "tenant of a known token": {
    file: authenticator,
    text: "return isTenantAllowed === undefined ? succeed(caller) : recheckTenant(caller, isTenantAllowed);",
    replacement: "return succeed(caller);",
  },
  "spelling of a known token": {
    file: authenticator,
    text: "if (usual !== credential)",
    replacement: "if (false)",
  },
  hold: { file: authenticator, text: "if (hold !== undefined) return fail(hold);", replacement: "" },
  "count of failures": { file: guard, text: "if (limiter && from !== undefined)", replacement: "if (false)" },
  decode: {
    file: decoder,
    text: "return read.ok ? decoded : read;",
    replacement: "return { ok: true, value: undefined };",
  },
  header: {
    file: authenticator,
    text: "const kid = checkHeader(header);",
    replacement: "const kid = succeed(header.kid);",
  },
  claims: {
    file: authenticator,
    text: "if (!checked.ok) return checked;",
    replacement:
      'if (!checked.ok) checked.value = { version: "2.0", issuer: claims.iss, tenant: claims.tid, kind: "user", ' +
      "validity: { fromSeconds: 0, untilSeconds: Infinity } };",
  },
  "tenant of a new token": {
    file: authenticator,
    text: "isTenantAllowed && (await checkTenant(io, checked, isTenantAllowed))",
    replacement: "undefined",
  },
  keys: {
    file: authenticator,
    text: "if (!found.ok) return found;",
    replacement:
      'if (!found.ok) return succeed(new TokenOwner({ ...readIdentity(claims, checked, shared), credential } as never, "hit", claims));',
  },
  "issuer of the key": {
    file: authenticator,
    text: "const chosen = chooseKeys(found.value, checked);",
    replacement: "const chosen = succeed(found.value.keys.map((key) => ({ key, voucher: undefined })));",
  },
  "issuer of a version 1.0 key": {
    file: authenticator,
    text: "if (!vouched.ok) return vouched;",
    replacement: "if (!vouched.ok) vouched.value = chosen.value;",
  },
  verify: { file: authenticator, text: "if (!signer.ok) return signer;", replacement: "" },
  revocation: { file: guard, text: "if (!isRevocable || ", replacement: "if (true || " },
  "list of revocations": {
    file: guard,
    text: "revocations?.check(caller.identity, call.background)",
    replacement: "undefined",
  },
  "callback for revocations": {
    file: guard,
    text: "listed ?? (revokedAtSeconds && checkRevocation(io, caller, revokedAtSeconds))",
    replacement: "listed",
  },
  "expiry while the guard waits": {
    file: guard,
    text: "if (hasExpired(caller.identity, io.now()))",
    replacement: "if (false)",
  },
  authority: { file: decision, text: " || !isAuthorityNamed(own.name, requirements)", replacement: "" },
  client: { file: decision, text: "own.allowedClients?.has(identity.azp) === false", replacement: "false" },
  requirement: { file: decision, text: "if (denial !== undefined) return denial;", replacement: "" },
  "report mode": { file: guard, text: '(route.mode ?? mode) === "report"', replacement: "false" },
  "unreportable refusals": { file: guard, text: " && isReportable(denial, access, identity)", replacement: "" },
  "record of an allowed call": {
    file: guard,
    text: "earlier?.caller === undefined && setup.recordsAllowed",
    replacement: "false",
  },
  "record of a report": {
    file: guard,
    text: 'setup.record({ event: "reported",',
    replacement: 'void ({ event: "reported",',
  },
};

/** Steps that need a binding, which DaloyJS cannot pass. */
const withBinding = ["known token", "spelling of a known token", "hold", "count of failures"];

const root = path.resolve(import.meta.dirname, "../..");

/** Rows of all entry points, of a copy of the source. */
interface Trial {
  readonly entryPointNames: readonly string[];
  findRed(name: string): Promise<string | undefined>;
}

const rows = {
  contents: 'export { entryPointNames } from "./entry-points.ts"; export { findRed } from "./guard-rows.ts";',
  resolveDir: path.join(root, "test/core/guard/support"),
};
const common = { absWorkingDir: root, stdin: rows, bundle: true, write: false, platform: "node" } as const;

/** All files of the rows, with their imports. */
const { inputs } = (await build({ ...common, metafile: true })).metafile;
/** Those that import, directly or not, one of the files from which steps are removed. */
const dependents = new Set<string>([guard, decision, authenticator, decoder]);
// A set passes those that are added while it is read.
for (const file of dependents)
  for (const [importer, { imports }] of Object.entries(inputs))
    if (imports.some(({ path: imported }) => imported === file)) dependents.add(importer);

/**
 * Bundles the rows and the source, without a step. Files that do not depend on the step are the same for all bundles,
 * and so are the keys of the local Entra.
 */
async function buildWithout({ file, text, replacement }: Removal): Promise<Trial> {
  let removed = 0;
  const { outputFiles } = await build({
    ...common,
    format: "esm",
    logLevel: "error",
    plugins: [
      {
        name: "remove-step",
        setup(building) {
          building.onResolve({ filter: /^[^<]/ }, ({ path: imported, importer }) => {
            const imports = inputs[path.relative(root, importer)]?.imports;
            const found = imports?.find(({ original }) => original === imported)?.path;
            if (found === undefined || dependents.has(found)) return undefined;
            return { path: pathToFileURL(path.join(root, found)).href, external: true };
          });
          building.onLoad({ filter: new RegExp(`/${file.replaceAll(".", "\\.")}$`) }, async ({ path: loaded }) => {
            const parts = (await readFile(loaded, "utf8")).split(text);
            removed += parts.length - 1;
            return { contents: parts.join(replacement), loader: "ts" };
          });
        },
      },
    ],
  });
  if (removed !== 1) throw new Error(`${file} has ${removed} times: ${text}`);
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0]!.contents).toString("base64")}`);
}

async function findRedByEntryPoint(removal: Removal): Promise<readonly (readonly [string, string | undefined])[]> {
  const { entryPointNames, findRed } = await buildWithout(removal);
  return Promise.all(entryPointNames.map(async (name) => [name, await findRed(name)] as const));
}

describe("without a step of the guard, rows fail at every entry point", () => {
  it("and none fails if nothing is removed", async () => {
    const text = "createFailureLimit(io)";
    expect(await findRedByEntryPoint({ file: guard, text, replacement: text })).toEqual([
      ["gate", undefined],
      ["self-served App", undefined],
      ["Hono", undefined],
      ["DaloyJS", undefined],
    ]);
  });

  it.each(Object.entries(removals))("%s", async (step, removal) => {
    const rows = await findRedByEntryPoint(removal);
    const green = rows.filter(([, row]) => row === undefined).map(([name]) => name);
    expect(green).toEqual(withBinding.includes(step) ? ["DaloyJS"] : []);
  });
});

import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { readSources } from "../support/architecture.ts";

const root = path.resolve(import.meta.dirname, "../..");
const sources = ["src", "cli"].flatMap((folder) => readSources(root, folder));
const texts = new Map(sources.map(({ file }) => [file, readFileSync(path.join(root, file), "utf8")]));

/** Files in which an import or re-export names a symbol. */
function findImporters(symbol: string): readonly string[] {
  const statement = new RegExp(`^(?:import|export)\\s[^;"]*\\b${symbol}\\b[^;"]*\\sfrom\\s`, "m");
  return [...texts].filter(([, text]) => statement.test(text)).map(([file]) => file);
}

/** Files that declare a function of a name. */
function findDefinitions(symbol: string): readonly string[] {
  const declaration = new RegExp(`\\bfunction\\*? ${symbol}\\b`);
  return [...texts].filter(([, text]) => declaration.test(text)).map(([file]) => file);
}

/**
 * Commands that apply the same rules to show, test or compare what they decide, through `src/cli-exports`. They admit
 * no request of a caller.
 */
const isOfCommand = (file: string) => /^(?:cli\/(?:decisions|explain|test)|src\/cli-exports)\//.test(file);
it.each<[rule: string, file: string, importers: readonly string[]]>([
  [
    "createGuard",
    "src/core/guard/guard.ts",
    ["src/core/guard/composition.ts", "src/app/app-gate.ts", "src/adapters/verifier.ts"],
  ],
  ["composeGuard", "src/core/guard/composition.ts", ["src/app/composition.ts", "src/adapters/adapter-gate.ts"]],
  [
    "readTarget",
    "src/base/http/call.ts",
    ["src/app/pipeline/context.ts", "src/adapters/adapter-gate.ts", "cli/explain/request.ts"],
  ],
  ["normalizePath", "src/base/http/path.ts", ["src/base/http/call.ts"]],
  ["isPreflight", "src/base/http/call.ts", ["src/app/pipeline/serve.ts", "src/adapters/hono.ts"]],
  ["findSecondCredential", "src/core/token/bearer.ts", ["src/core/guard/guard.ts"]],
  ["createTokenChecks", "src/core/token/authenticator.ts", ["src/core/guard/setup.ts"]],
  ["decodeUnverifiedToken", "src/core/token/decode.ts", []],
  [
    "decodeCredential",
    "src/core/token/decode.ts",
    ["src/core/token/authenticator.ts", "src/extensions/authorities/choice.ts"],
  ],
  ["checkHeader", "src/core/token/decode.ts", ["src/core/token/authenticator.ts"]],
  ["checkClaims", "src/core/token/claims.ts", ["src/core/token/authenticator.ts"]],
  ["checkTenant", "src/core/token/tenant-check.ts", ["src/core/token/authenticator.ts"]],
  ["chooseKeys", "src/core/token/verify.ts", ["src/core/token/authenticator.ts"]],
  ["verifySignature", "src/core/token/verify.ts", ["src/core/token/authenticator.ts"]],
  ["checkRevocation", "src/core/policy/revocation.ts", ["src/core/guard/guard.ts"]],
  ["createRevocationList", "src/extensions/revocations/list.ts", ["src/extensions/revocations/revocations.ts"]],
  ["authorize", "src/core/policy/decision.ts", ["src/core/guard/guard.ts"]],
  ["decide", "src/core/policy/decision.ts", []],
  // Lists contain only tools that their caller may use.
  ["findRefusal", "src/core/guard/guard.ts", ["src/extensions/mcp/messages/response.ts"]],
  ["isReportable", "src/core/policy/report.ts", ["src/core/guard/guard.ts"]],
  [
    "describeDenial",
    "src/base/common/refusal.ts",
    [
      "src/core/guard/refusal-writer.ts",
      "src/core/guard/failure-limit.ts",
      "src/extensions/mcp/discovery/challenge.ts",
    ],
  ],
  [
    "writeProblem",
    "src/base/http/problem.ts",
    ["src/core/guard/refusal-writer.ts", "src/extensions/mcp/discovery/challenge.ts"],
  ],
  ["createDecisionLog", "src/core/guard/decision-log.ts", ["src/core/guard/setup.ts"]],
  ["forwardToOrigin", "src/forwarding/forward.ts", ["src/app/pipeline/forward.ts"]],
  ["copyPrivate", "src/base/http/outgoing-response.ts", ["src/adapters/daloy.ts", "src/adapters/hono.ts"]],
  [
    "copyResponse",
    "src/base/http/response-copy.ts",
    ["src/base/http/outgoing-response.ts", "src/forwarding/response.ts"],
  ],
  ["makePrivate", "src/base/http/outgoing-response.ts", ["src/adapters/daloy.ts", "src/app/pipeline/pipeline.ts"]],
  [
    "declareOwnCode",
    "src/base/http/outgoing-response.ts",
    ["src/app/hooks/cors.ts", "src/app/hooks/secure-headers.ts"],
  ],
])("%s is defined only in %s, and only its users import it", (rule, file, importers) => {
  expect(findDefinitions(rule)).toEqual([file]);
  const strangers = findImporters(rule).filter((importer) => !importers.includes(importer) && !isOfCommand(importer));
  expect(strangers).toEqual([]);
  for (const importer of importers) expect(findImporters(rule)).toContain(importer);
});

it("only code of the gate edits a response, because the gate then trusts what it does", () => {
  const callers = [...texts].filter(([, text]) => /\.edit\(/.test(text)).map(([file]) => file);
  expect(callers.sort()).toEqual([
    "src/app/part.ts",
    "src/base/http/outgoing-response.ts",
    "src/extensions/mcp/messages/step.ts",
  ]);
});

it("only src/base/common/result.ts distinguishes a promise from a value", () => {
  const distinction = /\binstanceof Promise\b|\.then\b(?![(<])|["'`]then["'`]/;
  const files = [...texts].filter(([file, text]) => file.startsWith("src/") && distinction.test(text));
  expect(files.map(([file]) => file)).toEqual(["src/base/common/result.ts"]);
});

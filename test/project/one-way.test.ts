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
    "src/guard/guard.ts",
    ["src/guard/composition.ts", "src/app/app-gate.ts", "src/adapters/verifier.ts"],
  ],
  ["composeGuard", "src/guard/composition.ts", ["src/app/composition.ts", "src/adapters/adapter-gate.ts"]],
  [
    "readTarget",
    "src/http/call.ts",
    ["src/app/pipeline/context.ts", "src/adapters/adapter-gate.ts", "cli/explain/request.ts"],
  ],
  ["normalizePath", "src/http/path.ts", ["src/http/call.ts"]],
  ["isPreflight", "src/http/call.ts", ["src/app/pipeline/serve.ts", "src/adapters/hono.ts"]],
  ["findSecondCredential", "src/token/bearer.ts", ["src/guard/guard.ts"]],
  ["createTokenChecks", "src/token/authenticator.ts", ["src/guard/setup.ts"]],
  ["decodeUnverifiedToken", "src/token/decode.ts", []],
  ["decodeCredential", "src/token/decode.ts", ["src/token/authenticator.ts", "src/authorities/choice.ts"]],
  ["checkHeader", "src/token/decode.ts", ["src/token/authenticator.ts"]],
  ["checkClaims", "src/token/claims.ts", ["src/token/authenticator.ts"]],
  ["checkTenant", "src/token/tenant-check.ts", ["src/token/authenticator.ts"]],
  ["chooseKeys", "src/token/verify.ts", ["src/token/authenticator.ts"]],
  ["verifySignature", "src/token/verify.ts", ["src/token/authenticator.ts"]],
  ["checkRevocation", "src/policy/revocation.ts", ["src/guard/guard.ts"]],
  ["createRevocationList", "src/revocations/list.ts", ["src/revocations/revocations.ts"]],
  ["authorize", "src/policy/decision.ts", ["src/guard/guard.ts"]],
  ["decide", "src/policy/decision.ts", []],
  // Lists contain only tools that their caller may use.
  ["findRefusal", "src/guard/guard.ts", ["src/mcp/messages/response.ts"]],
  ["isReportable", "src/policy/report.ts", ["src/guard/guard.ts"]],
  [
    "describeDenial",
    "src/common/refusal.ts",
    ["src/guard/refusal-writer.ts", "src/guard/failure-limit.ts", "src/mcp/discovery/challenge.ts"],
  ],
  ["writeProblem", "src/http/problem.ts", ["src/guard/refusal-writer.ts", "src/mcp/discovery/challenge.ts"]],
  ["createDecisionLog", "src/guard/decision-log.ts", ["src/guard/setup.ts"]],
  ["forwardToOrigin", "src/forwarding/forward.ts", ["src/app/pipeline/forward.ts"]],
  ["copyPrivate", "src/http/outgoing-response.ts", ["src/adapters/daloy.ts", "src/adapters/hono.ts"]],
  ["copyResponse", "src/http/response-copy.ts", ["src/http/outgoing-response.ts", "src/forwarding/response.ts"]],
  ["makePrivate", "src/http/outgoing-response.ts", ["src/adapters/daloy.ts", "src/app/pipeline/pipeline.ts"]],
  ["declareOwnCode", "src/http/outgoing-response.ts", ["src/app/hooks/cors.ts", "src/app/hooks/secure-headers.ts"]],
])("%s is defined only in %s, and only its users import it", (rule, file, importers) => {
  expect(findDefinitions(rule)).toEqual([file]);
  const strangers = findImporters(rule).filter((importer) => !importers.includes(importer) && !isOfCommand(importer));
  expect(strangers).toEqual([]);
  for (const importer of importers) expect(findImporters(rule)).toContain(importer);
});

it("only code of the gate edits a response, because the gate then trusts what it does", () => {
  const callers = [...texts].filter(([, text]) => /\.edit\(/.test(text)).map(([file]) => file);
  expect(callers.sort()).toEqual(["src/app/part.ts", "src/http/outgoing-response.ts", "src/mcp/messages/step.ts"]);
});

it("only src/common/result.ts distinguishes a promise from a value", () => {
  const distinction = /\binstanceof Promise\b|\.then\b(?![(<])|["'`]then["'`]/;
  const files = [...texts].filter(([file, text]) => file.startsWith("src/") && distinction.test(text));
  expect(files.map(([file]) => file)).toEqual(["src/common/result.ts"]);
});

import { describeOptions, workersObstacle } from "../../src/cli-exports/gate.ts";
import type { OptionsOf } from "../common/command-definition.ts";
import { type ExitCode, exitCodes } from "../common/exit-code.ts";
import { createNodeIo } from "../common/node-io.ts";
import { withProgress } from "../common/progress.ts";
import { createPaint, type Paint, print, showJson, showText } from "../common/terminal.ts";
import type { GateCode } from "../project/gate-code.ts";
import { loadConfiguredCode } from "../project/load-gate.ts";
import { readSettings, requireVariables } from "../project/settings.ts";
import { readGraphToken } from "./azure-cli.ts";
import { runClaims } from "./claims/command.ts";
import type { definition } from "./definition.ts";
import { examine } from "./doctor.ts";
import type { Finding } from "./finding.ts";
import { examineTransport } from "./transport.ts";

type DoctorOptions = OptionsOf<typeof definition.options>;

/**
 * `entra-gate doctor`.
 *
 * @throws UsageError
 */
export async function runDoctor(options: DoctorOptions): Promise<ExitCode> {
  const settings = readSettings(process.cwd(), process.env, options);
  if (options.claims) return runClaims(settings.environment, createNodeIo(), options.json);
  const code = options.adapter
    ? unreadAdapter
    : await withProgress("Loading the worker", () => loadConfiguredCode(settings));
  if (code.environment === undefined) requireVariables(settings);
  const isProgram = options.adapter || (settings.wrangler === undefined && code.problem === undefined);
  const examined = await withProgress("Checking the configuration, the tenants and the origin", () =>
    examine(settings, code, createNodeIo(), {
      offline: options.offline === true,
      openapi: options.openapi,
      scopes: options.scope,
      readGraphToken: options.registration ? readGraphToken : undefined,
    }),
  );
  const findings = [...examined, ...(isProgram ? examineTransport(settings, process.env) : [])];
  print(options.json ? showJson({ findings }) : renderFindings(findings, createPaint(process.stdout)));
  const failing: readonly Finding["state"][] = options.strict ? ["fault", "warning"] : ["fault"];
  return findings.some(({ state }) => failing.includes(state)) ? exitCodes.bad : exitCodes.good;
}

/** An app behind `entra()`. To load its module could start its server. */
export const unreadAdapter: GateCode = {
  options: {},
  problem: "--adapter does not read the code",
  table: {
    routes: [],
    rest: { name: "no route", access: undefined },
    servesHealth: false,
    find: (method, path) => ({ name: `${method} ${path}`, access: undefined }),
    createContext: (onWorkers) => describeOptions({}, onWorkers ? workersObstacle : undefined),
  },
};

const marks = { good: "✓", warning: "!", fault: "✗", skipped: "·" } as const;
const styles = { good: "green", warning: "yellow", fault: "red", skipped: "dim" } as const;

/** Writes findings for a terminal, area by area. */
export function renderFindings(findings: readonly Finding[], paint: Paint): string {
  const areas = [...new Set(findings.map(({ area }) => area))];
  const count = (state: Finding["state"]) => findings.filter((finding) => finding.state === state).length;
  return [
    ...areas.flatMap((area) => [
      paint("bold", area),
      ...findings
        .filter((finding) => finding.area === area)
        .flatMap((finding, index, all) => renderFinding(finding, all[index + 1]?.fix, paint)),
      "",
    ]),
    `Faults: ${count("fault")}. Warnings: ${count("warning")}.`,
  ].join("\n");
}

/** @param nextFix of the finding below, which says the same advice for both */
function renderFinding(
  { state, text, fix, place }: Finding,
  nextFix: string | undefined,
  paint: Paint,
): readonly string[] {
  return [
    `  ${paint(styles[state], marks[state])} ${showText(text)}`,
    ...(place === undefined ? [] : [`    in: ${showText(place)}`]),
    ...(fix === undefined || fix === nextFix ? [] : [`    fix: ${showText(fix)}`]),
  ];
}

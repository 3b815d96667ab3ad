import { existsSync, readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createRequire } from "node:module";
import path from "node:path";
import { defaultAuthority } from "../../../entra/directory/authority-name.ts";
import { mcpApi } from "../../../entra/directory/directory.ts";
import { requireKnownNames } from "../../../entra/known-names.ts";
import { refuseForeign, serverPages } from "../../../entra/server/pages.ts";
import { describeCause } from "../../../src/cli-exports/common.ts";
import { parseJson } from "../../../src/cli-exports/text.ts";
import { type LoopbackServer, readHead, serve } from "../../common/loopback.ts";
import { listRules, tableOf } from "../../project/gate-code.ts";
import { findDefault } from "../../project/local-callers.ts";
import { traits } from "../../project/traits.ts";
import { type Offer, renderDocument } from "./document.ts";
import { listPeople } from "./people.ts";
import { renderReasons } from "./reasons.ts";
import { createStart, listRoutes } from "./routes.ts";
import { type Choices, choiceNames } from "./token.ts";
import { type PlaygroundGate, runTrial } from "./trial.ts";

/** The server of the playground. The local Entra forwards requests to it. */
export interface Playground extends LoopbackServer {
  /** Connects the running gate. Before that, every trial fails. */
  connect(gate: PlaygroundGate): void;
}

/** A form has a few hundred bytes, and the body that it sends. */
const bodyBytesMaximum = 64 * 1024;

/** Starts the server on any free port of loopback. */
export async function startPlayground(): Promise<Playground> {
  let gate: PlaygroundGate | undefined;
  const server = await serve(async (request, response) => {
    // Only the local Entra uses this address.
    const head = readHead(request);
    const isOwn = head?.url.startsWith(`${server.url}/`) && !refuseForeign(head, {}, serverPages.playground);
    if (!isOwn) return respond(response, 421, "text/plain", "Open the playground at the local Entra.");
    await answer(request, response, gate).catch((error) => respond(response, 400, "text/plain", describeCause(error)));
  });
  return {
    ...server,
    connect(connected) {
      gate = connected;
    },
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, gate: PlaygroundGate | undefined) {
  const { pathname } = new URL(request.url ?? "/", "http://playground.invalid");
  switch (`${request.method} ${pathname.replace("/local/playground/", "/")}`) {
    case "GET /":
      return respond(response, 200, "text/html; charset=utf-8", String(await renderDocument(createOffer(gate))));
    case "GET /reasons":
      return respond(response, 200, "text/html; charset=utf-8", String(await renderReasons()));
    case "GET /style.css":
      return respond(response, 200, "text/css", readFileSync(path.join(import.meta.dirname, "style.css"), "utf8"));
    case "GET /script.js":
      return respond(response, 200, "text/javascript", readScript());
    case "POST /trial": {
      const { running, choices } = await readChoices(request, gate, choiceNames);
      const trial = await runTrial(running, choices as unknown as Choices);
      return respond(response, 200, "application/json", JSON.stringify(trial));
    }
    case "POST /stop": {
      const { running, choices } = await readChoices(request, gate, ["user", "undo"]);
      if (running.list === undefined) throw new Error("The gate reads no list of revocations in KV.");
      await running.list.change(String(choices.user), choices.undo === true);
      return respond(response, 200, "text/plain", "The list was changed.");
    }
    default:
      return respond(response, 404, "text/plain", "The page was not found.");
  }
}

/**
 * Reads what the page sends.
 *
 * @throws Error if another page sends it, or the gate has not started
 */
async function readChoices(
  request: IncomingMessage,
  running: PlaygroundGate | undefined,
  names: readonly string[],
): Promise<{ readonly running: PlaygroundGate; readonly choices: Readonly<Record<string, unknown>> }> {
  if (running === undefined) throw new Error("The gate has not started yet.");
  if (request.headers.origin !== running.entraUrl)
    throw new Error("Only the playground's own page may send this request.");
  const choices = parseJson(await readBody(request));
  requireKnownNames(choices, names, "choice");
  return { running, choices: choices as Readonly<Record<string, unknown>> };
}

/** Before the gate runs, the form offers only what the local Entra has. */
const noGate = { environment: {}, authorityUrls: new Map(), resourcePaths: [], code: () => ({ options: {} }) };

/** Lists what the form has to choose from, for the code that runs now. */
function createOffer(gate: Pick<PlaygroundGate, keyof typeof noGate> = noGate): Offer {
  const code = gate.code();
  const { routes, rest } = tableOf(code);
  const rules = listRules([...routes, rest], findDefault(gate));
  const listed = listRoutes(gate, code);
  return {
    routes: listed,
    problem: code.problem,
    people: [defaultAuthority, ...gate.authorityUrls.keys()].map(listPeople),
    wanted: {
      scopes: [...(gate.resourcePaths.length > 0 ? mcpApi.scopes : []), ...rules.flatMap(traits.scopes.listNames)],
      roles: rules.flatMap(traits.roles.listNames),
      groups: rules.flatMap(traits.groups.listNames),
      acrs: rules.flatMap(traits.acrs.listNames),
    },
    start: createStart(listed, gate),
  };
}

/** The browser's script: the compiled one in the package. In the repository, it only needs its types removed. */
function readScript(): string {
  const compiled = path.join(import.meta.dirname, "playground.js");
  if (existsSync(compiled)) return readFileSync(compiled, "utf8");
  const { transformSync }: typeof import("esbuild") = createRequire(import.meta.url)("esbuild");
  const text = readFileSync(path.join(import.meta.dirname, "script.ts"), "utf8");
  return transformSync(text, { loader: "ts", target: "es2024" }).code;
}

async function readBody(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) {
    text += chunk;
    if (text.length > bodyBytesMaximum) throw new Error("The request is too large.");
  }
  return text;
}

function respond(response: ServerResponse, status: number, contentType: string, body: string): void {
  response.writeHead(status, {
    "Content-Type": contentType,
    "Cache-Control": "no-store",
    // The page works without a network, and must stay so.
    "Content-Security-Policy":
      "default-src 'self'; img-src data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
  });
  response.end(body);
}

import { fail, type Result, succeed } from "../../src/cli-exports/common.ts";
import { isPath } from "../../src/cli-exports/policy.ts";
import { isRecord } from "../../src/cli-exports/text.ts";

/** A problem with a text, and its repair. */
export interface Objection {
  readonly problem: string;
  readonly repair: string;
}

const literal = /^[A-Za-z0-9\-._~!$&'()+,=@]+$/;

/** Translates a path of a document, `/orders/{order-id}`, to that of a route, `/orders/:order_id`. */
export function translatePath(template: string): Result<string, Objection> {
  const refuse = (problem: string, repair: string) => fail({ problem, repair });
  if (!template.startsWith("/")) return refuse("does not start with a slash", "Write a path such as /orders/{id}.");
  if (/[?#]/.test(template)) {
    return refuse(
      "has a query or a fragment, which are no part of a path",
      "Declare query parameters in `parameters`.",
    );
  }
  if (template === "/") return succeed("/");
  if (template.endsWith("/")) return refuse("ends in a slash, which the gate refuses", "Remove the slash at the end.");
  const names = new Set<string>();
  const segments: string[] = [];
  for (const segment of template.slice(1).split("/")) {
    const [, name] = /^\{([^{}]+)\}$/.exec(segment) ?? [];
    if (name !== undefined) {
      if (names.has(name)) return refuse(`has the parameter {${name}} twice`, "Rename one of them.");
      segments.push(`:${nameParameter(name, names.size)}`);
      names.add(name);
    } else if (/[{}]/.test(segment)) {
      const problem = `has the segment ${JSON.stringify(segment)}: a parameter of the gate is a whole segment`;
      return refuse(problem, "Make the parameter a whole segment, such as {name}, or declare a route in code.");
    } else if (!literal.test(segment) || /^\.+$/.test(segment)) {
      const problem = `has the segment ${JSON.stringify(segment)}, which no route of the gate can have`;
      return refuse(problem, "Use letters, digits and - . _ ~ ! $ & ' ( ) + , = @ in a segment.");
    } else {
      segments.push(segment);
    }
  }
  const path = `/${segments.join("/")}`;
  // Two names can become one. Positions never do.
  const distinct = isPath(path) ? path : `/${segments.map(numberParameter).join("/")}`;
  return succeed(distinct);
}

/** The names of the gate are words. */
function nameParameter(name: string, index: number): string {
  const word = name.replace(/\W/g, "_");
  return /^[A-Za-z]/.test(word) ? word : `p${index + 1}_${word}`;
}

function numberParameter(segment: string, index: number): string {
  return segment.startsWith(":") ? `:p${index + 1}` : segment;
}

/** Scheme, host and port of the URL of a server, with variables. */
const serverStart = /^(?:[A-Za-z{][^/?#]*:)?\/\/[^/?#]*/;

/**
 * Reads the path of a server's URL, which precedes all paths.
 *
 * @param variables of the Server Object
 * @returns empty for the root
 */
export function readBasePath(url: string, variables: unknown): Result<string, Objection> {
  const refuse = (problem: string, repair: string) => fail({ problem, repair });
  const rest = url.replace(serverStart, "");
  if (rest === url && !rest.startsWith("/")) {
    return refuse("is relative to a place that the command does not know", "Write https://api.contoso.com/v1 or /v1.");
  }
  const before = url.slice(0, url.length - rest.length);
  for (const [text, name = ""] of before.matchAll(/\{([^{}]*)\}/g)) {
    if (!canHavePath(variables, name)) continue;
    return refuse(`has the variable ${text}, whose values have a path`, "Write the path after the host.");
  }
  let open: string | undefined;
  const path = rest.replace(/\{([^{}]*)\}/g, (text, name: string) => {
    const value = findOnlyValue(variables, name);
    if (value === undefined) open ??= text;
    return value ?? "";
  });
  if (open !== undefined) {
    return refuse(`has the variable ${open} in its path`, "Write the path, or give the variable an enum of one value.");
  }
  const base = path.replace(/\/$/, "");
  const isPlain =
    base === "" ||
    (base.startsWith("/") &&
      base
        .slice(1)
        .split("/")
        .every((each) => literal.test(each) && !/^\.+$/.test(each)));
  return isPlain ? succeed(base) : refuse("has a path that no route can have", "Write a path such as /v1.");
}

/** Whether a variable before the path has a value that goes on into the path: `https://api.contoso.com{basePath}`. */
function canHavePath(variables: unknown, name: string): boolean {
  const { default: usual, enum: values } = findVariable(variables, name);
  return [usual, values].flat().some((value) => /[/?#\\]/.test(String(value)));
}

function findOnlyValue(variables: unknown, name: string): string | undefined {
  const { enum: values } = findVariable(variables, name);
  return Array.isArray(values) && values.length === 1 && typeof values[0] === "string" ? values[0] : undefined;
}

function findVariable(variables: unknown, name: string): { readonly default?: unknown; readonly enum?: unknown } {
  return isRecord(variables) && Object.hasOwn(variables, name) ? Object(variables[name]) : {};
}

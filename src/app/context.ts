import type { Background } from "../io.ts";
import { BadRequestError } from "./errors.ts";
import type { Exchange } from "./exchange.ts";
import { addMember, type Members } from "./members.ts";
import { parseQuery, readQuery } from "./query.ts";
import type { HookContext } from "./types.ts";

/** Credentials are for the guard: a validator could quote them in its complaint. */
const credentialNames = new Set(["authorization", "proxy-authorization", "cookie"]);

/** What hooks and handlers are given. Whatever costs something is made when it is first looked at. */
export class Context implements HookContext {
  readonly exchange: Exchange;
  readonly routePath: string | undefined;
  readonly state: HookContext["state"];
  params: unknown;
  body: unknown = undefined;
  #query: unknown = undefined;
  #headers: unknown = undefined;
  #set: { readonly headers: Headers } | undefined = undefined;

  constructor(exchange: Exchange, routePath: string | undefined, decorations: object | undefined) {
    this.exchange = exchange;
    this.routePath = routePath;
    this.params = exchange.params;
    const { principal, downstream } = exchange;
    const ours = { ...decorations, ...(principal && { principal }), ...downstream?.stateOf(exchange) };
    this.state = ours as HookContext["state"];
  }

  get request(): Request {
    return this.exchange.request;
  }

  get env(): unknown {
    return this.exchange.env;
  }

  get waitUntil(): Background {
    return this.exchange.background;
  }

  get query(): unknown {
    this.#query ??= readMembers(this.request.url);
    return this.#query;
  }

  set query(value: unknown) {
    this.#query = value;
  }

  get headers(): unknown {
    this.#headers ??= readHeaders(this.request.headers);
    return this.#headers;
  }

  set headers(value: unknown) {
    this.#headers = value;
  }

  get set(): { readonly headers: Headers } {
    this.#set ??= { headers: new Headers() };
    return this.#set;
  }

  /** Headers for the answer, where anybody set some. */
  get headersSet(): Headers | undefined {
    return this.#set?.headers;
  }
}

/**
 * The exchange behind a hook's context.
 *
 * @throws TypeError where the context is another framework's
 */
export function exchangeOf(context: HookContext): Exchange {
  if (context instanceof Context) return context.exchange;
  throw new TypeError("this hook runs in an App of entra-gate only");
}

function readMembers(url: string): Members {
  const query = parseQuery(readQuery(url));
  if (query === undefined) throw new BadRequestError("Invalid query");
  return query;
}

function readHeaders(headers: Headers): Members {
  const members: Members = {};
  for (const [name, value] of headers) {
    if (!credentialNames.has(name)) addMember(members, name, value);
  }
  return members;
}

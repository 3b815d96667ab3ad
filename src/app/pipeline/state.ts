import type { Background } from "../../common/io.ts";
import type { Guard } from "../../guard/guard.ts";
import type { GateSetup } from "../../guard/setup.ts";
import { verifyToken } from "../../guard/verify-token.ts";
import type { HookContext, TokenVerifier } from "../types/types.ts";

/** The parts of a request that its `state` needs. */
interface StateContext {
  readonly services: { readonly guard: Guard };
  readonly setup: GateSetup;
  readonly background: Background;
}

/** The values of one request. Hooks, decorations and the guard add members to an instance, which replace these getters. */
class RequestState {
  readonly #context: StateContext;

  constructor(context: StateContext) {
    this.#context = context;
  }

  get verifier(): TokenVerifier {
    const { services, setup, background } = this.#context;
    return { verify: (token) => verifyToken(token, { guard: services.guard, setup, background }) };
  }

  set verifier(value: unknown) {
    replace(this, "verifier", value);
  }

  get downstream(): never {
    throw missing("downstream");
  }

  set downstream(value: unknown) {
    replace(this, "downstream", value);
  }

  get downstreamFetch(): never {
    throw missing("downstreamFetch");
  }

  set downstreamFetch(value: unknown) {
    replace(this, "downstreamFetch", value);
  }
}

function replace(state: RequestState, name: string, value: unknown): void {
  Object.defineProperty(state, name, { value, configurable: true, enumerable: true, writable: true });
}

function missing(name: string): TypeError {
  return new TypeError(
    `state.${name} requires the option downstream: downstream(), of createGate or createEntraPlugin`,
  );
}

/** Creates the `state` of a request. */
export function createState(context: StateContext, ...members: readonly (object | undefined)[]): HookContext["state"] {
  return Object.assign(new RequestState(context), ...members) as HookContext["state"];
}

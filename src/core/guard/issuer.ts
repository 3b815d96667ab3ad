import type { Denial, Reason } from "../../base/common/denial.ts";
import type { Background, Io } from "../../base/common/io.ts";
import type { Result } from "../../base/common/result.ts";
import type { Call } from "../../base/http/call.ts";
import type { OutgoingResponse } from "../../base/http/outgoing-response.ts";
import type { Config, ConfigChecker } from "../config/config.ts";
import type { Environment } from "../config/variables.ts";
import type { Access } from "../policy/rule.ts";
import type { Identity } from "../token/identity.ts";
import type { IssuerProvider } from "./entra-options.ts";

/** The interface of a provider to the gate. */
export interface IssuerFactory extends ConfigChecker {
  /** Whether the gate serves a document at a path, so that no route may be declared for it. */
  owns(path: string): boolean;
  /** Builds the issuers for one environment. Does no I/O. */
  create(parts: IssuerContext): IssuerService;
}

/** Returns the interface of a provider, whose creator `createGate` or `createEntraPlugin` has checked. */
export function readIssuerProvider(provider: IssuerProvider | undefined): IssuerFactory | undefined {
  return provider as IssuerFactory | undefined;
}

export interface IssuerContext {
  readonly io: Io;
  readonly config: Config;
  /** Already checked. */
  readonly environment: Environment;
}

/** The gate's own issuers, for one environment. */
export interface IssuerService {
  /** Answers a request for a document of an issuer; `undefined` for any other request. */
  answer(call: DocumentCall): OutgoingResponse | Promise<OutgoingResponse> | undefined;
  /** Signs for the origin; absent without ORIGIN_ASSERTION. */
  readonly assert?: ((asserted: AssertedRequest) => Asserted | Promise<Asserted>) | undefined;
  /** Signs for Entra; absent without ENTRA_CLIENT_FEDERATION. */
  readonly signClientAssertion?: ClientAssertionSigner | undefined;
}

/** Signs a client assertion, with which the gate signs in at Entra. */
export type ClientAssertionSigner = (background: Background) => Promise<Result<string, KeyFault>>;

/** Why a key of the gate cannot sign. */
export interface KeyFault {
  readonly variable: string;
  /** A predicate, without a part of the key. */
  readonly problem: string;
}

/** An assertion, or why the request cannot be forwarded. */
export type Asserted = Result<string, Denial>;

/** The request about which an assertion speaks. */
export interface AssertedRequest {
  /** Name of the origin; `undefined` for the one without a name. */
  readonly to: string | undefined;
  readonly method: string;
  /** URL of the origin's request. */
  readonly url: string;
  /** The route as declared; `undefined` if none matches. */
  readonly route: string | undefined;
  /** `undefined` on public routes. */
  readonly identity: Identity | undefined;
  /** Why policy denied the request, in report mode. */
  readonly reported: Reason | undefined;
  readonly background: Background;
}

/** A request that may be for a document. */
export interface DocumentCall extends Pick<Call, "target" | "background"> {
  route: Call["route"];
  /** @returns the refusal, or `undefined` */
  admit(access: Access): OutgoingResponse | undefined | Promise<OutgoingResponse | undefined>;
  refuse(denial: Denial): OutgoingResponse;
}

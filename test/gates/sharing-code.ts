import { type CorsHandler, cors, type Hooks, requestId, secureHeaders } from "../../src/index.ts";
import {
  keep,
  pageOrigin,
  replacedStatus,
  type SharingName,
  share,
  shareIfPossible,
  shareLate,
  sharing,
} from "../support/sharing.ts";

/** Code of an app around its routes. */
export interface SharingCode {
  readonly hooks?: readonly Hooks[];
  /** Hooks before the guard. */
  readonly first?: readonly Hooks[];
  readonly policy?: CorsHandler;
}

const replacement = () => new Response("replaced", { status: replacedStatus, headers: sharing });

function fail(): never {
  throw new Error("unforeseen");
}

/** A hook that passes on a response of the handler, or returns data that allows the same. */
const afterHandle = (pass: (response: Response) => unknown): Hooks => ({
  afterHandle(_context, result) {
    if (!(result instanceof Response)) return { ...(result as object), headers: sharing };
    pass(result);
    return undefined;
  },
});

const ownPolicy = cors({ origin: pageOrigin }).cors;
const onSendLate: Hooks = { onSend: (response) => void shareLate(response) };

/** Hooks and policies that do what `sharingCode` says. */
export const codeByName: Readonly<Record<SharingName, SharingCode>> = {
  none: {},
  onRequest: { hooks: [{ onRequest: (request) => void shareLate(request) }] },
  "onRequest-thrown": { first: [{ onRequest: fail, onError: replacement }] },
  "preBody-first": { first: [{ preBody: replacement }] },
  "preBody-first-late": { first: [{ preBody: () => keep(replacement()) }] },
  "preBody-thrown": { first: [{ preBody: fail, onSend: replacement }] },
  "preBody-set": { hooks: [{ preBody: ({ set }) => share(set) }] },
  preBody: { hooks: [{ preBody: replacement }] },
  "preBody-late": { hooks: [{ preBody: () => keep(replacement()) }] },
  beforeHandle: { hooks: [{ beforeHandle: replacement }] },
  "beforeHandle-late": { hooks: [{ beforeHandle: async () => keep(replacement()) }] },
  afterHandle: { hooks: [afterHandle(shareIfPossible)] },
  "afterHandle-late": { hooks: [afterHandle(keep)] },
  "afterHandle-replaced": { hooks: [{ afterHandle: () => keep(replacement()) }] },
  onSend: { hooks: [{ onSend: share }] },
  "onSend-async": { hooks: [{ onSend: (response) => Promise.resolve(response).then(share) }] },
  "onSend-late": { hooks: [onSendLate] },
  "onSend-late-own": { hooks: [onSendLate, secureHeaders()] },
  "onSend-replaced": { hooks: [{ onSend: replacement }] },
  "onSend-replaced-late": { hooks: [{ onSend: () => keep(replacement()) }] },
  "onSend-replaced-twice": { hooks: [{ onSend: () => keep(replacement()) }, { onSend: share }] },
  onResponse: { hooks: [{ onResponse: share }] },
  "onResponse-late": { hooks: [{ onResponse: shareLate }] },
  onError: { hooks: [{ onError: replacement }] },
  "onError-late": { hooks: [{ onError: async () => keep(replacement()) }] },
  secureHeaders: { hooks: [secureHeaders()] },
  "own-hooks": { hooks: [requestId(), secureHeaders()] },
  cors: { policy: ownPolicy },
  policy: {
    policy(_request, response = new Response(null, { status: 204 })) {
      share(response);
      return response;
    },
  },
  "policy-late": { policy: (_request, response = new Response(null, { status: 204 })) => keep(response) },
  "policy-replaced": { policy: () => keep(replacement()) },
  "onSend-late-cors": { hooks: [onSendLate], policy: ownPolicy },
  "onResponse-late-cors": { hooks: [{ onResponse: shareLate }], policy: ownPolicy },
};

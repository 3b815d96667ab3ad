import { type App, type Hooks, origin, requireAuth } from "../../src/index.ts";
import { meddledMembers } from "../support/meddling.ts";
import { share } from "../support/sharing.ts";

const stranger = {
  kind: "user",
  oid: "oid",
  sub: "sub",
  tid: "tid",
  azp: "azp",
  scopes: ["access_as_user"],
  roles: [],
};
const identity = { ...stranger, contexts: [], capabilities: [], issuedAtSeconds: 0, untilSeconds: 9_999_999_999 };
const caller = { identity, principal: { ...stranger, claims: { exp: 9_999_999_999 } }, keys: "hit" };
const letIn = () => ({ ok: true, value: { caller, reported: undefined } });

/** Values that a hook could try to assign to its context, by the name of the member. */
const assigned = {
  caller,
  admitted: caller,
  principal: caller.principal,
  identity,
  mode: "report",
  path: "/public",
  method: "OPTIONS",
  url: "https://api.contoso.example/public",
  fault: undefined,
  ownsAccessTokenParameter: true,
  setup: { configured: true, mode: "report", authorities: [], authenticate: letIn, record() {} },
  services: { guard: letIn, forward: () => new Response("forwarded"), io: { now: Date.now } },
  request: { url: "https://api.contoso.example/public", method: "GET", headers: new Headers() },
  admit: () => undefined,
  refuse: () => undefined,
  answerError: () => new Response("answered"),
} satisfies Record<Exclude<(typeof meddledMembers)[number], "prototype">, unknown>;

/** Makes an assignment that the types forbid, and continues if the context refuses it. */
function meddle(context: object, name: (typeof meddledMembers)[number]): void {
  try {
    if (name === "prototype") Object.setPrototypeOf(context, { ...assigned });
    else Object.assign(context, { [name]: assigned[name] });
  } catch {
    // The context is frozen, which is the safest result.
  }
}

/** Hooks that try to make the response for one caller public. */
const forgetting: Hooks = {
  onSend(response, context) {
    share(response);
    for (const members of [{ caller: undefined }, { denial: undefined }, { headersSet: undefined }]) {
      try {
        Object.assign(context, members);
      } catch {
        // The same.
      }
    }
  },
};

/** Routes whose hooks change their context before the guard runs, and after it. */
export function declareMeddlingRoutes(app: App): App {
  const guard = requireAuth("access_as_user");
  for (const name of meddledMembers) {
    app.group(`/${name}`, { hooks: { preBody: (context) => meddle(context, name) } }, (group) => {
      group.get("/handler", { hooks: guard }, () => ({ status: 200, body: "let in" }));
      group.get("/origin", { hooks: guard }, origin());
    });
  }
  app.get("/forgetting/handler", { hooks: [guard, forgetting] }, () => ({ status: 200, body: {} }));
  app.get("/forgetting/origin", { hooks: [guard, forgetting] }, origin());
  app.get("/read", { hooks: guard }, async () => {
    const response = new Response("read before");
    await response.text();
    return response;
  });
  return app;
}

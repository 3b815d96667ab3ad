import { afterAll, describe, expect, it } from "vitest";
import { startStack } from "../../dev/stack.ts";
import { startFleetOf } from "../support/fleet.ts";
import { gateRuntime } from "../support/gate-runtime.ts";
import { type HttpAnswer, type HttpRequest, readHeader, sendRequest } from "../support/http.ts";
import { present } from "../support/rows.ts";
import { serveByFile } from "../support/runtimes/serve-file.ts";
import { sharing, sharingHookNames } from "../support/sharing.ts";

const entry = (name: string) => ({ entry: `test/gates/sharing-${name}.ts` });
const fleet = await startFleetOf({
  gate: entry("gate"),
  app: entry("app"),
  hono: { ...entry("hono"), adapter: true },
  daloy: { ...entry("daloy"), adapter: true },
});
afterAll(() => fleet.stop());

const targeted = Object.keys(sharing).filter((name) => name !== "cache-control");

function expectPrivate(answer: HttpAnswer): void {
  expect(targeted.flatMap((name) => readHeader(answer, name))).toEqual([]);
  const cacheControl = readHeader(answer, "cache-control").join(", ");
  expect(cacheControl).toMatch(/no-store|private/);
  expect(cacheControl).not.toMatch(/public|s-maxage/);
}

/** Paths of `declareSharingRoutes`, each with the first digits of its status. */
const routes: readonly (readonly [path: string, status: RegExp])[] = [
  ...["data", "policy", "response", "response-late", "hook-late", "set", "late"].map(
    (name) => [`/plain/${name}`, /^200/] as const,
  ),
  ...["error", "late-error"].map((name) => [`/plain/${name}`, /^409/] as const),
  ["/plain/set-error", /^500/],
  ["/origin/plain", /^200/],
  ["/origin/hook-late", /^200/],
  ...sharingHookNames.flatMap((name) => [
    [`/hooked/${name}`, /^200/] as const,
    [`/hooked-error/${name}`, /^409|^200/] as const,
    [`/origin/${name}`, /^200/] as const,
    [`/refused/${name}`, /^403|^200/] as const,
  ]),
];

describe.each(["gate", "app"] as const)(
  "a response for one caller stays private, even if the code makes it public, of the %s",
  (name) => {
    it.each(routes)("%s", async (path, status) => {
      const request = await present(fleet, name, {}, path);
      for (const sent of [
        request,
        { ...request, headers: [...(request.headers ?? []), ["Origin", "https://app.contoso.example"]] },
      ] as HttpRequest[]) {
        const answer = await fleet.send(name, sent);
        expect(String(answer.status)).toMatch(status);
        expectPrivate(answer);
        if (answer.status === 200) expect(readHeader(answer, "vary").join(", ")).toContain("Authorization");
      }
      expectPrivate(await fleet.send(name, { ...request, method: "HEAD" }));
    });

    it("on a public route, the code decides", async () => {
      const answer = await fleet.send(name, { path: "/public" });
      for (const [header, value] of Object.entries(sharing)) expect(readHeader(answer, header)).toEqual([value]);
    });
  },
);

describe("a response of an adapter stays private, even if the code makes it public", () => {
  it.each(["/plain", "/response", "/middleware", "/before", "/error", "/nowhere"])("Hono, %s", async (path) => {
    expectPrivate(await fleet.send("hono", await present(fleet, "hono", {}, path)));
  });

  it("DaloyJS, after the hooks of other bundles", async () => {
    const answer = await fleet.send("daloy", await present(fleet, "daloy", {}, "/me"));
    expect(answer.status).toBe(200);
    expectPrivate(answer);
  });
});

it.skipIf(gateRuntime !== "workerd").each(["gate", "app"])(
  "a response for one caller is private in Node too, of the %s",
  async (name) => {
    const runGate = (file: string, env: Readonly<Record<string, string>>) => serveByFile("Node", file, env);
    const stack = await startStack({ gateEntry: entry(name).entry, runGate, onGateLog: () => {} });
    try {
      const token = await (await fetch(`${stack.entraUrl}/local/token?persona=member`)).text();
      for (const [path, status] of routes) {
        const answer = await sendRequest(stack.gateUrl, { path, headers: [["Authorization", `Bearer ${token}`]] });
        expect(String(answer.status), path).toMatch(status);
        expectPrivate(answer);
      }
      // A header that a hook adds to one response, even a public one or a refusal, is in no other response.
      for (const path of ["/cookie/public", "/cookie/guarded"]) {
        expect(readHeader(await sendRequest(stack.gateUrl, { path }), "set-cookie")).toHaveLength(1);
      }
      for (const path of ["/cookieless", "/plain/data"]) {
        const answer = await sendRequest(stack.gateUrl, { path });
        expect(answer.headers.filter(([header]) => /cookie|cdn|surrogate/i.test(header))).toEqual([]);
      }
    } finally {
      await stack.stop();
    }
  },
);

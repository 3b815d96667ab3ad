import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tenants } from "../../../../entra/directory/directory.ts";
import { personas } from "../../../../entra/directory/personas.ts";
import { chromiumPath, openPage, startBrowser } from "../../../support/browser.ts";
import { type Launcher, startLauncher } from "../../../support/launcher.ts";
import { findFlaws } from "../support/flaws.ts";
import { createProject, root, type TestProject, wranglerText } from "../support/project.ts";

const worker = `import { revocations } from "${root}/src/extensions/revocations/revocations.ts";

const routes = new App();
routes.get("/orders", { hooks: requireAuth("access_as_user") }, () => ({ status: 200, body: "ok" }));

export default createGate({ routes, revocations: revocations() });
`;
const changed = "The list was changed. The gate reads it again within 60 seconds.";
const user = `${tenants.contoso.id}/${personas.member.oid}`;

let launcher: Launcher | undefined;
let project: TestProject;
let url: string;

beforeAll(async () => {
  project = createProject(worker, {
    "wrangler.toml": `${wranglerText}
[[kv_namespaces]]
binding = "REVOCATIONS"
id = "0f2ac74b498b48028cb68387c421e279"
`,
  });
  launcher = await startLauncher([], { cwd: project.folder });
  url = /^Playground +(\S+)$/m.exec(launcher.output())?.[1] ?? "";
});
afterAll(async () => {
  await launcher?.stop();
  project?.remove();
});

function send(path: string, body: object, headers: Readonly<Record<string, string>> = { Origin: new URL(url).origin }) {
  const type = { "Content-Type": "application/json" };
  return fetch(`${url}${path}`, { method: "POST", headers: { ...type, ...headers }, body: JSON.stringify(body) });
}

const choices = {
  ...{ persona: "member", client: "spa", tenant: "", scopes: ["access_as_user"], roles: [], acrs: [] },
  ...{ version: 2, fault: "none", method: "GET", path: "/orders", authority: "default", groups: [], body: "" },
};
const run = async () => (await send("trial", choices)).json();

it("dev writes the empty list without which the gate answers 503", async () => {
  expect(launcher?.errors()).toContain("Wrote an empty list of revocations to the KV namespace of wrangler dev");
  const { answer, caller, explanation } = await run();
  expect([answer.status, caller, explanation.verdict.outcome]).toEqual([200, { user, isStopped: false }, "allowed"]);
});

it("stops nobody for a page of another site, or for a program without an origin", async () => {
  const body = { user, undo: false };
  expect((await send("stop", body, { Origin: "https://evil.example" })).status).toBe(403);
  expect((await send("stop", body, { Origin: "http://localhost:3000" })).status).toBe(403);
  expect((await send("stop", body, { "Sec-Fetch-Site": "cross-site" })).status).toBe(403);
  const withoutOrigin = await send("stop", body, {});
  expect([withoutOrigin.status, await withoutOrigin.text()]).toEqual([400, expect.stringContaining("own page")]);
  expect((await run()).caller).toEqual({ user, isStopped: false });
});

it.each([
  ["an unknown choice", { user, tenant: "x" }, 'unknown choice "tenant"'],
  ["no user", { user: "--everyone" }, "--user --everyone is not TENANT/OID"],
  ["a user without a rule to undo", { user, undo: true }, "has no rule about user"],
])("refuses %s", async (_, body, message) => {
  const response = await send("stop", body);
  expect([response.status, await response.text()]).toEqual([400, expect.stringContaining(message)]);
});

describe.skipIf(chromiumPath === undefined)("in Chromium", () => {
  it("stops the caller, and undoes it", { timeout: 300_000 }, async () => {
    const browser = await startBrowser();
    try {
      const page: Page = await openPage(browser);
      await page.goto(url);
      const titleOf = async () => {
        await page.getByRole("button", { name: "Send the request" }).click();
        await page.getByRole("button", { name: "Send the request", disabled: false }).waitFor();
        return page.locator("#result-title").textContent();
      };
      /** What the page said after each click, by its change. */
      const attempts: string[][] = [];
      // Wrangler can fail on a busy machine. The page then says so, and the next click tries again.
      async function change(name: string): Promise<void> {
        const said: string[] = [];
        attempts.push(said);
        const button = page.getByRole("button", { name });
        while (!said.at(-1)?.startsWith(changed) && said.length < 10) {
          await button.click();
          // The page disables the button until it has an answer.
          await page.locator("#result button:disabled").waitFor({ state: "detached" });
          said.push((await page.locator("#result h3:text('Emergency stop') + p").textContent()) ?? "");
        }
        expect(said.at(-1), JSON.stringify(said)).toContain(changed);
      }
      expect(await titleOf()).toBe("200, allowed");
      await change("Stop this caller");
      expect(await findFlaws(page)).toEqual([]);
      await expect.poll(titleOf, { timeout: 120_000, interval: 5_000 }).toBe("403, caller_blocked");
      expect(await page.getByLabel("Log line of the gate").textContent()).toContain('"ruleReason": "playground"');
      await change("Undo the stop");
      await expect.poll(titleOf, { timeout: 120_000, interval: 5_000 }).toBe("200, allowed");
      expect(attempts.map(([first]) => first)).toContain(changed);
    } finally {
      await browser.close();
    }
  });
});

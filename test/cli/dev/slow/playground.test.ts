import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createStart, listRoutes } from "../../../../cli/dev/playground/routes.ts";
import { choiceNames } from "../../../../cli/dev/playground/token.ts";
import type { GateCode } from "../../../../cli/project/gate-code.ts";
import { clients } from "../../../../entra/directory/clients.ts";
import { tenants } from "../../../../entra/directory/directory.ts";
import { App } from "../../../../src/app/app.ts";
import { requireAuth } from "../../../../src/app/types/auth.ts";
import { mcp } from "../../../../src/extensions/mcp/mcp.ts";
import { chromiumPath, openPage, startBrowser } from "../../../support/browser.ts";
import { type Launcher, startLauncher } from "../../../support/launcher.ts";
import { readTrials, runTrial } from "../../../support/trials.ts";
import { findFlaws } from "../support/flaws.ts";
import { createProject, root, type TestProject } from "../support/project.ts";

const group = "96000000-0000-4000-8000-0000000000aa";

/** Routes for callers of one authority, of both, and of each kind of token that the form can ask for. */
const worker = `
const describe = ({ state }) => ({ status: 200, body: { authority: state.principal.authority } });
const routes = new App()
  .get("/health", { public: true }, () => ({ status: 200, body: "ok" }))
  .get("/orders", { hooks: requireAuth("access_as_user") }, origin())
  .post("/orders", { hooks: requireAuth("orders.write") }, origin())
  .get("/customers/:id", { hooks: requireAuth({ scopes: ["orders.read"], from: ["customers"] }) }, describe)
  .get("/both", { hooks: requireAuth({ scopes: ["orders.read"], from: ["default", "customers"] }) }, describe)
  .get("/reports", { hooks: requireAuth({ anyRole: ["Reports.Read"] }) }, describe)
  .get("/group", { hooks: requireAuth({ scopes: ["access_as_user"], anyGroup: ["${group}"], acrs: ["c2"] }) }, describe)
  .get("/long", { hooks: requireAuth("access_as_user") }, () => ({
    status: 200,
    headers: { "x-long": "h".repeat(2_000) },
    body: { text: "b".repeat(20_000), end: "the end" },
  }))
  .get("/longer", { hooks: requireAuth("access_as_user") }, () => ({ status: 200, body: "b".repeat(1_100_000) }));
export default createGate({ routes, authorities: authorities("customers") });`;

let launcher: Launcher | undefined;
let project: TestProject | undefined;
let url: string;

beforeAll(async () => {
  project = createProject(worker);
  launcher = await startLauncher([], { cwd: project.folder });
  url = /^Playground +(\S+)$/m.exec(launcher.output())?.[1] ?? "";
});
afterAll(async () => {
  await launcher?.stop();
  project?.remove();
});

it("runs beside a gate, where the printed requests get the printed answers", async () => {
  const trials = readTrials(launcher?.output() ?? "");
  expect(trials.map(({ title, status }) => `${title}: ${status}`)).toEqual([
    "GET /orders from default: a user with scope access_as_user: 200",
    "GET /orders from customers: 403",
    "POST /orders from customers: 403",
    "GET /customers/:id from default: 403",
    "GET /both for a user with another scope: 403",
    "GET /reports from customers: 403",
    "GET /group from customers: 403",
    "GET /long from customers: 403",
  ]);
  for (const { title, status, command } of trials.slice(0, 4)) {
    const here = command.replaceAll("npx entra-gate", `${process.execPath} ${root}/cli/entra-gate.js`);
    expect(`${title}: ${await runTrial(here, project?.folder)}`).toBe(`${title}: ${status}`);
  }
});

describe("the form starts with the first route that needs a token, and one that passes", () => {
  const hello = () => ({ status: 200, body: "hello" });
  const start = (code: GateCode, environment = {}, resourcePaths: readonly string[] = []) => {
    const gate = { environment, authorityUrls: new Map(), resourcePaths };
    return createStart(listRoutes(gate, code), gate);
  };

  it.each<[string, GateCode, object]>([
    [
      "a gate that forwards everything",
      { options: {} },
      { method: "GET", path: "/orders", persona: "member", scopes: ["tea.read"] },
    ],
    [
      "a gate whose first route is public",
      {
        options: {
          routes: new App()
            .get("/open", { public: true }, hello)
            .delete("/tea/:id", { hooks: requireAuth({ anyRole: ["Tea.All"] }) }, hello),
        },
      },
      { method: "DELETE", path: "/tea/1", persona: "", client: "daemon", scopes: [], roles: ["Tea.All"] },
    ],
    [
      "code that does not show its routes",
      { options: {}, problem: "the default export has no routes" },
      { method: "GET", path: "/", scopes: ["tea.read"] },
    ],
  ])("of %s", (_, code, expected) => {
    expect(start(code, { ENTRA_REQUIRED_SCOPE: "tea.read" })).toMatchObject(expected);
  });

  it("of an MCP server, whose first message it sends", () => {
    const routes = new App().register(mcp("/mcp", { hooks: requireAuth("tools.read") }));
    const { body, ...choices } = start({ options: { routes, unlisted: "reject" } }, {}, ["/mcp"]);
    expect(choices).toMatchObject({ method: "POST", path: "/mcp", client: "mcp", scopes: ["tools.read"] });
    expect(JSON.parse(body)).toMatchObject({ method: "initialize" });
  });
});

describe("the playground's server", () => {
  const trial = (headers: Record<string, string>, body: unknown) =>
    fetch(`${url}trial`, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...headers },
      body: JSON.stringify(body),
    });
  const choices = {
    authority: "default",
    persona: "member",
    client: "spa",
    tenant: "",
    scopes: ["access_as_user"],
    roles: [],
    groups: [],
    acrs: [],
    version: 2,
    fault: "none",
    method: "GET",
    path: "/orders",
    body: "",
  };

  it("allows nothing to be loaded from other sites", async () => {
    const response = await fetch(url);
    expect(response.headers.get("content-security-policy")).toMatch(/^default-src 'self';/);
    expect(await response.text()).not.toMatch(/(?:src|href)="https?:/);
  });

  it("makes no request for a page of another site", async () => {
    const { origin } = new URL(url);
    expect((await trial({ Origin: "https://evil.example" }, choices)).status).toBe(403);
    expect((await trial({ Origin: "http://localhost:3000" }, choices)).status).toBe(403);
    expect((await trial({}, choices)).status).toBe(400);
    expect((await trial({ Origin: origin }, choices)).status).toBe(200);
  });

  it("refuses an unknown choice", async () => {
    const response = await trial({ Origin: new URL(url).origin }, { ...choices, personna: "admin" });
    expect([response.status, await response.text()]).toEqual([
      400,
      expect.stringMatching(/^unknown choice "personna". Use one of authority, persona, client,/),
    ]);
    const inherited = await trial({ Origin: new URL(url).origin }, { ...choices, fault: "constructor" });
    expect([inherited.status, await inherited.text()]).toEqual([400, 'no fault "constructor"']);
    const foreign = await trial({ Origin: new URL(url).origin }, { ...choices, authority: "http://evil.example" });
    expect([foreign.status, await foreign.text()]).toEqual([400, 'no authority "http://evil.example"']);
  });

  it.each([
    ["as-itself", { persona: "", scopes: [], roles: ["Orders.Read.All"] }],
    ["for-user", {}],
    ["as-own-user", { persona: "agent-user" }],
  ])("explains that the client is an agent that acts %s", async (way, changes) => {
    for (const version of [1, 2]) {
      const response = await trial(
        { Origin: new URL(url).origin },
        { ...choices, client: "agent", version, ...changes },
      );
      expect(await response.text()).toContain(`agent ${way} of blueprint b1e00000-`);
    }
  });

  it("sends a token without a user only of clients that have one, and else nothing", async () => {
    for (const [client, { secret, name }] of Object.entries(clients)) {
      for (const fault of ["none", "expired", "id-token", "no-token"]) {
        const answer = await trial(
          { Origin: new URL(url).origin },
          { ...choices, persona: "", scopes: [], client, fault },
        );
        const text = await answer.text();
        if (fault === "no-token") expect(JSON.parse(text).token).toBeUndefined();
        else if (fault === "id-token")
          expect([answer.status, text]).toEqual([400, "An ID token is about a user. Choose a persona."]);
        else if (secret === undefined)
          expect([answer.status, text]).toEqual([400, expect.stringContaining(`${name} has no secret, `)]);
        else expect(JSON.parse(text).decoded.claims, client).toMatchObject({ idtyp: "app" });
      }
    }
  });

  it.each(["//evil.example/", "/\\\\evil.example/", "https://evil.example/", "orders"])(
    "calls only the gate: %s",
    async (target) => {
      const response = await trial({ Origin: new URL(url).origin }, { ...choices, path: target });
      expect(await response.text()).toBe("The path must begin with one slash.");
    },
  );

  it("says that a body was too long to be shown whole", async () => {
    const send = async (target: string) => {
      const { answer } = await (await trial({ Origin: new URL(url).origin }, { ...choices, path: target })).json();
      return [answer.body.length, answer.isCut];
    };
    expect(await send("/long")).toEqual([20_000 + JSON.stringify({ text: "", end: "the end" }).length, false]);
    expect(await send("/longer")).toEqual([1024 * 1024, true]);
  });
});

describe.skipIf(chromiumPath === undefined)("the playground in Chromium", () => {
  let browser: Browser;
  let page: Page;
  const problems: string[] = [];

  beforeAll(async () => {
    browser = await startBrowser();
    page = await openPage(browser);
    page.on("pageerror", ({ message }) => problems.push(message));
    page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  });
  afterAll(() => browser?.close());

  beforeEach(async () => {
    await page.goto(url);
  });

  /** Sends the request. The button is disabled until its result is there. */
  async function send(title: string): Promise<void> {
    await page.getByRole("button", { name: "Send the request" }).click();
    await page.getByRole("button", { name: "Send the request", disabled: false }).waitFor();
    expect(await page.locator("#result-title").textContent()).toBe(title);
  }
  const scope = (name: string) => page.getByRole("group", { name: "Scopes" }).getByLabel(name);
  const cellOf = (name: string) =>
    page.locator("tr", { has: page.getByRole("rowheader", { name, exact: true }) }).locator("td");
  const received = (name: string) => cellOf(name).textContent();
  const route = (name: string) =>
    page.getByRole("navigation", { name: "Routes" }).getByRole("link", { name, exact: true });
  /** The form is filled after the address has changed. */
  async function choose(link: Locator): Promise<void> {
    await link.click();
    await expect.poll(() => link.getAttribute("aria-current")).toBe("true");
  }
  const state = () => Object.fromEntries(new URLSearchParams(new URL(page.url()).hash.slice(1)));
  const failedCheck = () => page.locator(".checks .failed").first().textContent();

  /** The values of a list that can be chosen. */
  const listValues = (name: string) =>
    page
      .locator(`#${name} option:enabled`)
      .evaluateAll((options) => options.map((option) => (option as HTMLOptionElement).value));
  /** What the form would send. */
  const readForm = () =>
    page.locator("#trial").evaluate((form) => {
      const data = new FormData(form as HTMLFormElement);
      return Object.fromEntries([...data.keys()].map((name) => [name, data.getAll(name).map(String)]));
    });
  /** The requests of the page meanwhile, and for a moment after. */
  async function collectRequests(act: () => Promise<unknown>) {
    const sent: { readonly method: string; readonly url: string }[] = [];
    const add = (request: { method(): string; url(): string }) =>
      sent.push({ method: request.method(), url: request.url().replace(/#.*/s, "") });
    page.on("request", add);
    await act();
    await page.waitForTimeout(300);
    page.off("request", add);
    return sent.filter(({ url: address }) => !address.startsWith("data:"));
  }

  it("guides a new user from a missing scope to an allowed request", async () => {
    await scope("access_as_user").uncheck();
    await scope("orders.read").check();
    await send("403, scope_missing");
    expect(await page.locator(".cause").textContent()).toContain("lacks the scope");
    expect(await failedCheck()).toContain("expected all of access_as_user");
    expect(await page.getByLabel("Log line of the gate").textContent()).toContain('"reason": "scope_missing"');
    await scope("access_as_user").check();
    await send("200, allowed");
    expect(await page.locator(".checks .failed").count()).toBe(0);
    expect(await received("request")).toMatch(/^GET http:\S+\/orders$/);
  });

  it("prints a curl line that gets the same answer", async () => {
    await send("200, allowed");
    const line = await page.getByLabel("The same request with curl").textContent();
    const quiet = String(line).replace("curl -i", "curl -s -o /dev/null -w '%{http_code}'");
    expect((await promisify(execFile)("sh", ["-c", quiet])).stdout).toBe("200");
  });

  it("explains every fault as the gate does", async () => {
    const faults = await page
      .locator("#fault option")
      .evaluateAll((options) => options.map((option) => (option as HTMLOptionElement).value));
    expect(faults.length).toBeGreaterThan(10);
    for (const fault of faults.filter((name) => name !== "none" && name !== "group-overage")) {
      await page.getByLabel("Fault of the token").selectOption(fault);
      const answered = page.waitForResponse(/\/trial$/);
      await page.getByRole("button", { name: "Send the request" }).click();
      const { answer, explanation, logLine } = await (await answered).json();
      expect(answer.status, fault).toBeGreaterThanOrEqual(400);
      expect(explanation.verdict.denial.reason, fault).toBe(JSON.parse(logLine).reason);
      expect(explanation.answer.status, fault).toBe(answer.status);
    }
  });

  it("can be used with the keyboard alone, and announces the result", async () => {
    await page.getByLabel("Path").focus();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 2, name: "200, allowed" }).waitFor();
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("result-title");
    expect(await page.getByRole("status").textContent()).toBe("200, allowed");
  });

  it("labels every control and has its landmarks", async () => {
    const unnamed = await page.evaluate(
      () =>
        [...document.querySelectorAll("input, select")].filter(
          (control) => !(control as HTMLInputElement).labels?.length,
        ).length,
    );
    expect(unnamed).toBe(0);
    for (const role of ["main", "banner"] as const) expect(await page.getByRole(role).count()).toBe(1);
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("Playground");
  });

  it("fits a phone, a tablet and a laptop, and axe finds nothing serious, in light and dark", async () => {
    await scope("access_as_user").uncheck();
    await scope("orders.read").check();
    await send("403, scope_missing");
    for (const details of await page.locator("details").all()) {
      await details.evaluate((element) => {
        (element as HTMLDetailsElement).open = true;
      });
    }
    expect(await findFlaws(page)).toEqual([]);
    await scope("access_as_user").check();
    await send("200, allowed");
    expect(await findFlaws(page)).toEqual([]);
    await page.goto(`${url}reasons`);
    expect(await findFlaws(page)).toEqual([]);
    await page.setViewportSize({ width: 1_280, height: 720 });
  });

  it("groups the checks, and opens the group in which one failed", async () => {
    await scope("access_as_user").uncheck();
    await scope("orders.read").check();
    await send("403, scope_missing");
    const titles = await page.locator(".group > summary").allTextContents();
    expect(titles.map((title) => title.replace(/^\S+ /, ""))).toEqual([
      "Configuration and request 2 passed",
      "Form of the token 9 passed",
      "Claims 9 passed",
      "Key and signature 3 passed",
      expect.stringMatching(/^Access 1 failed, \d passed/),
    ]);
    expect(await page.locator(".group[open] > summary").count()).toBe(1);
  });

  it("shows each header that the origin received, and closes a long token", async () => {
    await page.getByLabel("Persona").selectOption("many-groups");
    await send("200, allowed");
    expect(await received("x-entra-tenant")).toBe(tenants.contoso.id);
    const token = await cellOf("authorization").locator("summary").textContent();
    expect(token).toMatch(/^Bearer eyJ[\w-]+… \d+ characters$/);
    const rows = await page.locator("tbody tr").all();
    expect(rows.length).toBeGreaterThan(10);
    for (const row of rows)
      expect((await row.boundingBox())?.height, String(await row.locator("th").textContent())).toBeLessThan(120);
    await cellOf("authorization").locator("summary").click();
    const whole = cellOf("authorization").locator("summary + code");
    await whole.waitFor({ state: "visible" });
    expect(await whole.textContent()).toMatch(/\.[\w-]{300,}$/);
    expect(await page.getByLabel("The token", { exact: true }).textContent()).toContain('"_claim_names"');
  });

  it("says what is special about each persona", async () => {
    const sentences: string[] = [];
    for (const authority of ["customers", "default"]) {
      await page.getByLabel("Authority", { exact: true }).selectOption(authority);
      const offered = page.locator("#persona option:enabled");
      for (const index of await offered.evaluateAll((all) => all.map((each) => (each as HTMLOptionElement).index))) {
        await page.getByLabel("Persona").selectOption({ index });
        sentences.push(String(await page.locator("#persona-sentence").textContent()));
      }
    }
    expect(new Set(sentences).size).toBe(sentences.length);
    for (const sentence of sentences) expect(sentence).toMatch(/^[A-Z].{20,}\.$/);
    expect(await page.getByLabel("Persona").getAttribute("aria-describedby")).toBe("persona-sentence");
  });

  it("lists all routes, and fills the form with a token that each admits", async () => {
    const links = page.getByRole("navigation", { name: "Routes" }).getByRole("link");
    const names = await links.allTextContents();
    expect(names).toEqual([
      "GET /health",
      "GET /orders",
      "POST /orders",
      "GET /customers/:id",
      "GET /both",
      "GET /both",
      "GET /reports",
      "GET /group",
      "GET /long",
      "GET /longer",
      "GET /YOUR/PATH (unlisted)",
    ]);
    for (const index of names.keys()) {
      await choose(links.nth(index));
      await send("200, allowed");
    }
    await choose(route("GET /customers/:id"));
    await send("200, allowed");
    expect(await page.getByLabel("Response").textContent()).toContain('"authority": "customers"');
  });

  it("offers the people of the chosen authority, whose token a route without it refuses", async () => {
    await page.getByLabel("Authority", { exact: true }).selectOption("customers");
    expect(await listValues("persona")).toEqual(["customer", ""]);
    expect(await listValues("client")).toEqual(["spa", "daemon", "daemon-without-roles"]);
    expect(await listValues("tenant")).toEqual(["", "external"]);
    await send("403, authority_not_allowed");
    await page.getByLabel("Authority", { exact: true }).selectOption("default");
    await send("200, allowed");
  });

  it("offers an application only what it can have", async () => {
    await page.getByLabel("Persona").selectOption("");
    expect(await listValues("client")).toEqual(["daemon", "daemon-without-roles", "agent", "mcp-web", "api"]);
    expect(await listValues("fault")).not.toContain("id-token");
    expect(await scope("access_as_user").isDisabled()).toBe(true);
    await send("403, kind_not_allowed");
  });

  it("shows the whole response", async () => {
    await choose(route("GET /long"));
    await send("200, allowed");
    const response = String(await page.getByLabel("Response").textContent());
    expect(response).toMatch(/^200\n/);
    expect(response).toContain(`x-long: ${"h".repeat(2_000)}\n`);
    expect(response).toContain('"end": "the end"\n}');
    await choose(route("POST /orders"));
    await page.getByLabel("Body, in JSON").fill('{"item":\n"tea"}');
    await send("200, allowed");
    expect(await page.getByLabel("Response").textContent()).toContain(JSON.stringify('{"item":\n"tea"}'));
    const line = await page.getByLabel("The same request with curl").textContent();
    const { stdout } = await promisify(execFile)("sh", ["-c", String(line).replace("curl -i", "curl -s")]);
    expect(JSON.parse(stdout).body.text).toBe('{"item":\n"tea"}');
  });

  it("keeps its state in the address, without the token, and sends nothing when it is opened", async () => {
    await choose(route("POST /orders"));
    await page.getByLabel("Persona").selectOption("admin");
    await scope("orders.read").check();
    await page.getByLabel("Body, in JSON").fill('{"note":\n"a & b"}');
    await send("200, allowed");
    const { hash } = new URL(page.url());
    expect(Object.keys(state()).filter((name) => !(choiceNames as string[]).includes(name))).toEqual([]);
    expect(decodeURIComponent(hash)).not.toMatch(/eyJ|Bearer/);
    const filled = await readForm();
    expect(filled).toMatchObject({ persona: ["admin"], path: ["/orders"], body: ['{"note":\n"a & b"}'] });
    const sent = await collectRequests(() => page.reload());
    expect(await readForm()).toEqual(filled);
    expect(await page.locator("#ignored").isVisible()).toBe(false);
    expect(sent.map(({ method }) => method)).toEqual(["GET", "GET", "GET"]);
    expect(await page.getByRole("heading", { level: 2, name: "Nothing sent yet" }).count()).toBe(1);
    await page.goto("about:blank");
    await page.goto(url);
    expect(await readForm()).toMatchObject({ persona: ["member"], method: ["GET"] });
  });

  const markup = '"><img src=x onerror="hit=1"><script>hit=1</script></textarea><script>hit=1</script>';
  it("does nothing with a hostile address but fill the form", async () => {
    const hostile = new URLSearchParams([
      ...choiceNames.map((name) => [name, markup]),
      ...[
        "token",
        "authorization",
        "gateUrl",
        "entraUrl",
        "action",
        "onsubmit",
        "innerHTML",
        "__proto__",
        "submit",
      ].map((name) => [name, "https://evil.example/"]),
      ["authority", "https://evil.example"],
      ["scopes", "orders.read"],
      ["fault", "constructor"],
    ]);
    await page.goto("about:blank");
    const loaded = await collectRequests(() => page.goto(`${url}#${hostile}`));
    const { origin } = new URL(url);
    expect(loaded).toEqual(["", "style.css", "script.js"].map((file) => ({ method: "GET", url: `${url}${file}` })));
    expect(await page.evaluate("globalThis.hit")).toBe(undefined);
    expect(await page.locator("img").count()).toBe(0);
    expect(await page.locator("script").count()).toBe(1);
    expect(await page.locator("#trial").evaluate((form) => form.getAttributeNames())).toEqual([
      "id",
      "aria-label",
      "autocomplete",
    ]);
    expect(await page.locator("#ignored").textContent()).toContain("token=https://evil.example/");
    expect(await readForm()).toMatchObject({
      authority: ["default"],
      persona: ["member"],
      fault: ["none"],
      path: [markup],
    });
    // Also in a page that is open.
    const changed = await collectRequests(() =>
      page.evaluate(`location.hash = "#path=/orders&method=POST&body=%3Cscript%3E"`),
    );
    expect(changed).toEqual([]);
    expect(await readForm()).toMatchObject({ method: ["POST"], path: ["/orders"], body: ["<script>"] });
    const [trial] = await Promise.all([page.waitForRequest(/\/trial$/), send("401, kind_unknown")]);
    expect(Object.keys(trial.postDataJSON()).sort()).toEqual([...choiceNames].sort());
    expect(new URL(trial.url()).origin).toBe(origin);
  });

  it.each(["//evil.example/", "/\\evil.example/", "https://evil.example/", "orders"])(
    "sends nothing to another host: %s",
    async (target) => {
      await page.goto(`${url}#${new URLSearchParams([["path", target]])}`);
      const sent = await collectRequests(async () => {
        await page.getByLabel("Path").focus();
        await page.keyboard.press("Enter");
        await page.getByRole("button", { name: "Send the request" }).click();
      });
      expect(await page.getByLabel("Path").inputValue()).toBe(target);
      expect(sent).toEqual([]);
    },
  );

  it("says that a token has no fault", async () => {
    expect(await page.locator("#fault option:checked").textContent()).toBe("The token has no fault");
  });

  it("has the result in view after a request, on a phone", async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    for (const persona of ["member", "outsider"]) {
      await page.getByLabel("Persona").selectOption(persona);
      await send(persona === "member" ? "200, allowed" : "401, tenant_not_allowed");
      const { y = -1, height = 0 } = (await page.locator(".verdict").boundingBox()) ?? {};
      expect(y).toBeGreaterThanOrEqual(0);
      expect(y + height).toBeLessThan(200);
      expect((await page.locator(".cause").boundingBox())?.y).toBeLessThan(400);
    }
    await page.setViewportSize({ width: 1_280, height: 720 });
  });

  it.each([
    [390, 1],
    [768, 1],
    [899, 1],
    [900, 2],
    [1_440, 2],
  ])("at %d px, has %d columns", async (width, columns) => {
    await page.setViewportSize({ width, height: 800 });
    const [form, result] = [await page.locator("#trial").boundingBox(), await page.locator("#result").boundingBox()];
    expect(form!.x + form!.width <= result!.x ? 2 : 1).toBe(columns);
    await page.setViewportSize({ width: 1_280, height: 720 });
  });

  it("links a refusal to the page of its reason code", async () => {
    await scope("access_as_user").uncheck();
    await scope("orders.read").check();
    await send("403, scope_missing");
    await page.getByRole("link", { name: "reason code scope_missing" }).click();
    await page.getByRole("heading", { level: 2, name: "scope_missing" }).waitFor();
    expect(page.url()).toMatch(/\/reasons#scope_missing$/);
    expect(await page.locator("section:target").textContent()).toContain("Caller: 403 Forbidden");
  });

  it("had no error on any page", () => {
    expect(problems).toEqual([]);
  });
});

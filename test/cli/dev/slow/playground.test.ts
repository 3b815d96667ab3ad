import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { clients } from "../../../../entra/directory/clients.ts";
import { tenants } from "../../../../entra/directory/directory.ts";
import { chromiumPath, openPage, startBrowser } from "../../../support/browser.ts";
import { type Launcher, startLauncher } from "../../../support/launcher.ts";
import { readTrials, runTrial } from "../../../support/trials.ts";
import { findFlaws } from "../support/flaws.ts";
import { root } from "../support/project.ts";

let launcher: Launcher | undefined;
let url: string;

beforeAll(async () => {
  launcher = await startLauncher(["--worker", "test/gates/forwarding.ts"]);
  url = /^Playground +(\S+)$/m.exec(launcher.output())?.[1] ?? "";
});
afterAll(() => launcher?.stop());

it("runs beside a gate, where the printed requests get the printed answers", async () => {
  const trials = readTrials(launcher?.output() ?? "");
  expect(trials.map(({ status }) => status)).toEqual([200, 403, 401, 401, 401, 401]);
  for (const { title, status, command } of trials) {
    const here = command.replaceAll("npx entra-gate", `${process.execPath} cli/entra-gate.js`);
    expect(`${title}: ${await runTrial(here, root)}`).toBe(`${title}: ${status}`);
  }
});

describe("the playground's server", () => {
  const trial = (headers: Record<string, string>, body: unknown) =>
    fetch(`${url}trial`, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...headers },
      body: JSON.stringify(body),
    });
  const choices = {
    persona: "member",
    client: "spa",
    tenant: "",
    scopes: ["access_as_user"],
    roles: [],
    acrs: [],
    version: 2,
    fault: "none",
    method: "GET",
    path: "/orders",
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
      expect.stringMatching(/^unknown choice "personna". Use one of persona, client,/),
    ]);
    const inherited = await trial({ Origin: new URL(url).origin }, { ...choices, fault: "constructor" });
    expect([inherited.status, await inherited.text()]).toEqual([400, 'no fault "constructor"']);
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

  it.each(["//evil.example/", "https://evil.example/", "orders"])("calls only the gate: %s", async (target) => {
    const response = await trial({ Origin: new URL(url).origin }, { ...choices, path: target });
    expect(await response.text()).toBe("The path must begin with one slash.");
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

  const send = (title: string) =>
    Promise.all([
      page.getByRole("heading", { level: 2, name: title }).waitFor(),
      page.getByRole("button", { name: "Send the request" }).click(),
    ]);
  const scope = (name: string) => page.getByRole("group", { name: "Scopes" }).getByLabel(name);
  const cellOf = (name: string) =>
    page.locator("tr", { has: page.getByRole("rowheader", { name, exact: true }) }).locator("td");
  const received = (name: string) => cellOf(name).textContent();
  const failedCheck = () => page.locator(".checks .failed").first().textContent();

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
      "Claims 8 passed",
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
    const values = await page
      .locator("#persona option")
      .evaluateAll((options) => options.map((option) => (option as HTMLOptionElement).value));
    const sentences = new Set<string | null>();
    for (const value of values) {
      await page.getByLabel("Persona").selectOption(value);
      sentences.add(await page.locator("#persona-sentence").textContent());
    }
    expect(sentences.size).toBe(values.length);
    for (const sentence of sentences) expect(sentence).toMatch(/^[A-Z].{20,}\.$/);
    expect(await page.getByLabel("Persona").getAttribute("aria-describedby")).toBe("persona-sentence");
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

  // The browser writes the status of this refusal to its console.
  it("sends nothing for a client that needs a user, and says which ones do not", async () => {
    await page.getByLabel("Persona").selectOption("");
    await send("No request was sent");
    expect(await page.locator("#result").textContent()).toContain("Choose a persona, or one of these clients:");
  });
});

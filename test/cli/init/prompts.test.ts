import { PassThrough } from "node:stream";
import { text as readAll } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { askLine } from "../../../cli/common/terminal.ts";
import { UsageError } from "../../../cli/common/usage-error.ts";
import { readVariables } from "../../../cli/init/answers.ts";
import { createPrompts } from "../../../cli/init/prompts.ts";
import { answer, audience, tenant } from "./support/folders.ts";

/** A terminal on which keys are pressed, one after another. */
function createTerminal() {
  const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => {} });
  const output = Object.assign(new PassThrough(), { isTTY: true, columns: 100, rows: 40 });
  let shown = "";
  output.on("data", (chunk) => {
    shown += chunk;
  });
  const prompts = createPrompts({ input: input as never, output: output as never });
  const press = (keys: string) => void setTimeout(() => input.write(keys), 20);
  return { prompts, press, shown: () => shown };
}

describe("questions on a terminal", () => {
  it("take a text, and ask again after one that is malformed", async () => {
    const { prompts, press, shown } = createTerminal();
    const asked = prompts.text("Scope", (value) => (value === "good" ? undefined : "This must be good."));
    press("bad\r");
    await expect.poll(shown).toContain("This must be good.");
    press("\u007f\u007f\u007fgood\r");
    expect(await asked).toBe("good");
    expect(shown()).toContain("Scope");
  });

  it("take yes and no, one choice, and several", async () => {
    const { prompts, press } = createTerminal();
    const confirmed = prompts.confirm("Write?");
    press("n");
    expect(await confirmed).toBe(false);
    const choices = ["a", "b"].map((value) => ({ value, label: value }));
    const chosen = prompts.choose("How?", choices);
    press("\u001b[B\r");
    expect(await chosen).toBe("b");
    const some = prompts.chooseSome("Which?", choices);
    press(" \r");
    expect(await some).toEqual(["a"]);
    const none = prompts.chooseSome("Which?", choices);
    press("\r");
    expect(await none).toEqual([]);
  });

  it("end with Ctrl-C, and nothing is changed", async () => {
    const { prompts, press } = createTerminal();
    const asked = prompts.confirm("Write?");
    press("\u0003");
    await expect(asked).rejects.toThrow(new UsageError("cancelled: nothing was changed"));
  });
});

describe("the variables", () => {
  it("are asked for, and empty answers are placeholders", async () => {
    const { prompts, asked } = answer(tenant, "", "");
    expect(await readVariables({}, {}, prompts)).toEqual({
      ENTRA_TENANT_ID: tenant,
      ENTRA_API_AUDIENCE: "22222222-3333-4444-5555-666666666666",
      ENTRA_REQUIRED_SCOPE: "access_as_user",
    });
    expect(asked[0]).toBe("Directory (tenant) ID; empty for a placeholder");
  });

  it("are not asked for if they are given or known", async () => {
    const { prompts, asked } = answer();
    await readVariables({ tenant, role: "A" }, { ENTRA_API_AUDIENCE: audience }, prompts);
    expect(asked).toEqual([]);
  });
});

describe("a question for one line", () => {
  it.each([
    ["Ctrl-C", "\u0003"],
    ["Ctrl-D", "\u0004"],
  ])("ends with %s, in one word", async (_, key) => {
    const input = new PassThrough();
    const asked = askLine("Access token: ", false, { input, output: new PassThrough() });
    input.write(key);
    await expect(asked).rejects.toThrow(new UsageError("cancelled"));
  });

  it("shows an answer unless it is hidden", async () => {
    for (const isHidden of [false, true]) {
      const input = new PassThrough();
      const output = new PassThrough();
      const asked = askLine("Access token: ", isHidden, { input, output });
      input.write("abc\r");
      expect(await asked).toBe("abc");
      const shown = await readAll(output.end());
      expect([shown.includes("Access token: "), shown.includes("abc")]).toEqual([true, !isHidden]);
    }
  });
});

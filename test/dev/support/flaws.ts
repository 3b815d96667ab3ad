import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";

/** Swagger UI's colors change slowly. */
const transitionMilliseconds = 600;
/** Widths of a phone, a tablet and a laptop. */
const widths = [390, 820, 1_280];

/**
 * Looks at a page in light and dark, at three widths.
 *
 * @param page with what is to be looked at in it
 * @returns what axe calls serious or critical, and what is wider than the window
 */
export async function findFlaws(page: Page): Promise<readonly string[]> {
  const flaws: string[] = [];
  await page.evaluate(readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8"));
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await page.waitForTimeout(transitionMilliseconds);
    for (const width of widths) {
      await page.setViewportSize({ width, height: 1_000 });
      const place = `${width} px, ${colorScheme}`;
      if (await page.evaluate("document.documentElement.scrollWidth > innerWidth")) flaws.push(`${place}: too wide`);
      const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: Axe }).axe.run());
      for (const { id, impact, nodes } of violations) {
        const targets = nodes.map(({ target }) => target.join(" ")).slice(0, 5);
        if (impact === "serious" || impact === "critical") flaws.push(`${place}: ${id} at ${targets.join(", ")}`);
      }
    }
  }
  await page.emulateMedia({ colorScheme: "light" });
  return flaws;
}

/** What is used of axe-core in the page. */
interface Axe {
  run(): Promise<{
    readonly violations: readonly {
      readonly id: string;
      readonly impact: string | null;
      readonly nodes: readonly { readonly target: readonly string[] }[];
    }[];
  }>;
}

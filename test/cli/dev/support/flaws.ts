import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";

/** Widths of a phone, a tablet and a laptop. */
const widths = [390, 768, 1_440];
/** A tablet has styles of both others, and none of its own. */
const layouts = [390, 1_440];

/**
 * Examines a page in light and dark mode, at three widths.
 *
 * @param page that shows the content to examine
 * @returns serious and critical findings of axe, and elements that are wider than the window
 */
export async function findFlaws(page: Page): Promise<readonly string[]> {
  const flaws: string[] = [];
  await page.evaluate(readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8"));
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await page.evaluate(finishTransitions);
    for (const width of widths) {
      await page.setViewportSize({ width, height: 1_000 });
      const place = `${width} px, ${colorScheme}`;
      if (await page.evaluate("document.documentElement.scrollWidth > innerWidth")) flaws.push(`${place}: too wide`);
      if (!layouts.includes(width)) continue;
      const { violations } = await page.evaluate(
        (only) => (globalThis as unknown as { axe: Axe }).axe.run({ resultTypes: ["violations"], ...only }),
        // Only colors depend on the mode, so the other rules would find the same as in light mode.
        colorScheme === "dark" && { runOnly: ["color-contrast", "link-in-text-block"] },
      );
      for (const { id, impact, nodes } of violations) {
        const targets = nodes.map(({ target }) => target.join(" ")).slice(0, 5);
        if (impact === "serious" || impact === "critical") flaws.push(`${place}: ${id} at ${targets.join(", ")}`);
      }
    }
  }
  await page.emulateMedia({ colorScheme: "light" });
  return flaws;
}

/**
 * Waits until colors have changed, which Swagger UI animates. They begin to change with the next frame. Runs in the
 * page.
 */
async function finishTransitions(): Promise<void> {
  for (const _ of [1, 2]) await new Promise((resolve) => requestAnimationFrame(resolve));
  const ending = document.getAnimations().filter(({ effect }) => Number.isFinite(effect?.getComputedTiming().endTime));
  await Promise.allSettled(ending.map(({ finished }) => finished));
}

/** The part of axe-core that the page uses. */
interface Axe {
  /** @param options Of other results, axe then describes only the first element. */
  run(options: { readonly resultTypes: readonly ["violations"]; readonly runOnly?: readonly string[] }): Promise<{
    readonly violations: readonly {
      readonly id: string;
      readonly impact: string | null;
      readonly nodes: readonly { readonly target: readonly string[] }[];
    }[];
  }>;
}

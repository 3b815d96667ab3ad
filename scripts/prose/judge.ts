import type { Report, Sentence } from "./check-prose.ts";
import rules from "./rules.json" with { type: "json" };

/** A share says something of this many sentences. */
const sentencesForShare = 10;

/**
 * Says what a page breaks, one line for each.
 *
 * @param file path of the page, for the lines
 * @param report of `checkProse`
 * @returns the faults; empty for a good page
 */
export function describePage(file: string, { sentences, findings }: Report): readonly string[] {
  const prose = sentences.filter(({ isCell, words }) => !isCell && words > 0);
  const median = medianWords(prose);
  const passive = prose.filter(({ isPassive }) => isPassive).length;
  const mayBePassive = Math.max(sentencesForShare, prose.length) * rules.passiveShare;
  return [
    ...findings.map(({ line, rule, message }) => `${file}:${line} [${rule}] ${message}`),
    ...(median > rules.medianWords ? [`${file} [median] the median sentence has ${median} words`] : []),
    ...(passive > mayBePassive ? [`${file} [passive] ${passive} of ${prose.length} sentences are passive`] : []),
  ];
}

/** Words of the sentence in the middle; 0 of none. */
export function medianWords(sentences: readonly Sentence[]): number {
  return sentences.map(({ words }) => words).sort((a, b) => a - b)[sentences.length >> 1] ?? 0;
}

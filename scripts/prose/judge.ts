import { checkProse, type Sentence } from "./check-prose.ts";
import { readTexts } from "./read-texts.ts";
import rules from "./rules.json" with { type: "json" };

/** A share of fewer sentences means little. */
const sentencesForShare = 10;

/**
 * Lists the rules that a file breaks, one line for each finding.
 *
 * @param file path of a page (`.md`), or of a module with texts that a program outputs
 * @param content of the file
 * @returns the findings; empty if there are none
 */
export function judge(file: string, content: string): readonly string[] {
  return file.endsWith(".md") ? judgePage(file, content) : judgeTexts(file, content);
}

function judgePage(file: string, markdown: string): readonly string[] {
  const { sentences, findings } = checkProse(markdown);
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

/** Most texts are single sentences, so they have no median. */
function judgeTexts(file: string, source: string): readonly string[] {
  return readTexts(source).flatMap(({ text, line }) =>
    checkProse(text).findings.map(({ rule, message }) => `${file}:${line} [${rule}] ${message}`),
  );
}

/** Words of the sentence in the middle; 0 if there is none. */
export function medianWords(sentences: readonly Sentence[]): number {
  return sentences.map(({ words }) => words).sort((a, b) => a - b)[sentences.length >> 1] ?? 0;
}

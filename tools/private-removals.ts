// node tools/private-removals.ts: deletes each assignment in the owner of private responses and each call to it, one at a
// time and in a copy, and names the row that fails without it
import { findRemovals } from "./private-removals/find.ts";
import { createTrial } from "./private-removals/try.ts";

const brief = (text: string) => text.replace(/\s+/g, " ").slice(0, 100);
const removals = findRemovals();
const tryRemoval = await createTrial(removals);
const red = await tryRemoval(undefined);
if (red !== undefined) throw new Error(`a row fails without any removal: ${red}`);
let unseen = 0;
for (const removal of removals) {
  const row = await tryRemoval(removal);
  if (row === undefined) unseen += 1;
  const { file, line, text, replacement } = removal;
  const change = replacement === ";" ? "without" : `${brief(replacement)} in place of`;
  console.log(`${row === undefined ? "UNSEEN" : "seen"}  ${file}:${line}  ${change} ${brief(text)}`);
  if (row !== undefined) console.log(`        ${row}`);
}
console.log(`${removals.length} removals, ${unseen} that no row saw`);
if (unseen > 0) process.exitCode = 1;

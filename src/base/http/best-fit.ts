/**
 * Characters that Windows code pages convert to ASCII, from Microsoft's tables of `WideCharToMultiByte` without
 * WC_NO_BEST_FIT_CHARS. Each run starts with the code of its first character in base 36. After the comma, each position
 * has the ASCII character, or a dot for none. test/base/http/best-fit.test.ts has a readable table and prints these
 * texts after a change.
 */
const bestFits =
  "4h,!cl.y...c...-r 5b,? 67,s......a 6o,d.......o.....t 7l,d 87,h 8h,i 8y,l 9f,o 9z,t ao,b b6,f.......l bv,t c6,z cj,! dh,g gm,d gx,g......i hh,o i0,t jd,'..' js,'...._ lf,~ mp,__ q9,a.gde..t.......p.sst.f..o xn,h 13d,: 19c,0123456789% 6c0,-- 6cy,' 6g7,p 6iv,e 6jc,p 6jy,e 6mr,v- 6qa,-.......v...8l 6qx,n 6ra,:.....~ 6sh,=..== 6xs,() 7b4,-.- 7bg,+...+...+...+...+.......+.......-.......-.......+ 7dc,-.++++++++++++......------+++ 7eo,-..._...- 7f5,--- 7fw,- 7gr,0 7h5,0 7ju,oo0...+ 7l6,dd 9i3,=";
/** The second result of characters that code pages convert differently. */
const otherFits = "6o,e 7bg,-.......l...- 7cc,t.......+ 7dc,=.-.-...lll---......ttt 7es,-";

type Fits = ReadonlyMap<string, string>;

/** Parsed when they are first needed. */
let tables: { readonly first: Fits; readonly second: Fits } | undefined;

/** Converts a text as Windows does for a program that uses a code page. */
export function fitText(text: string): string {
  return replaceBy(text, findTables().first);
}

/** Converts a text as the code pages do that differ from {@link fitText}. */
export function fitTextOtherwise(text: string): string {
  return replaceBy(text, findTables().second);
}

function replaceBy(text: string, fits: Fits): string {
  return text.replace(/[^\0-\x7f]/g, (character) => fits.get(character.toLowerCase()) ?? character);
}

function findTables() {
  tables ??= { first: readRuns(bestFits), second: readRuns(`${bestFits} ${otherFits}`) };
  return tables;
}

/** If two runs contain a character, the later one counts. */
function readRuns(runs: string): Fits {
  const fits = new Map<string, string>();
  for (const run of runs.split(" ")) {
    const [start = "", taken = ""] = run.split(",");
    for (const [index, ascii] of [...taken].entries()) {
      if (ascii !== ".") fits.set(String.fromCharCode(Number.parseInt(start, 36) + index), ascii);
    }
  }
  return fits;
}

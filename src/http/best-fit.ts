/**
 * ASCII characters, each followed by what a Windows code page takes for it: `WideCharToMultiByte` without
 * WC_NO_BEST_FIT_CHARS, by Microsoft's tables (unicode.org, MAPPINGS/VENDORS/MICSFT/WindowsBestFit: 874, 932, 936, 949, 950,
 * 1250 to 1258, 1361). In lower case. Left out: letters that only have a mark over or under them, control characters, slashes,
 * and ASCII characters that no route's path has.
 */
const bestFits =
  "aæα bƀ c¢© dðđɖδ♪♫ eεℇ℮ fƒφ gǥɡγ hħһ iıɨ l£łƚ∟ n∩ oøœɵω☺☻ pπ₧℘ r® sßσς tþŧƫʈθτ v↓√ y¥ zƶ " +
  "0٠○◙☼ 1١ 2٢ 3٣ 4٤ 5٥ 6٦ 7٧ 8٨∞ 9٩ !¡ǃ ?¿ %٪ :։∶ 'ʹʼˈ′ (⌠ )⌡ =≡≤≥〛 ~\u0303∼ _ˍ\u0331\u0332▄ " +
  "-\u00ad\u2010\u2011↔−─│┬┴═╤╥╦╧╨╩▀█░▒▓▬ +┌┐└┘├┤┼╒╓╔╕╖╗╘╙╚╛╜╝╪╫╬♀";
/** Where two code pages disagree, the second of their opinions. */
const otherFits = "eð l└╘╙╚ t┬╤╥╦ +┴ =═ -┌┘╒╔╛╜╝▄ ";

/** A text as it is to a program that Windows hands it to in a code page. */
export function fitText(text: string): string {
  return replaceBy(text, bestFits);
}

/** The same by the code pages that disagree with {@link fitText}. */
export function fitTextOtherwise(text: string): string {
  return replaceBy(text, otherFits + bestFits);
}

function replaceBy(text: string, table: string): string {
  return text.replace(/[^\0-\x7f]/g, (character) => {
    const at = table.indexOf(character.toLowerCase());
    return at === -1 ? character : table.charAt(table.lastIndexOf(" ", at) + 1);
  });
}

/** Name of the page "Why was I refused?" on the site. */
export const refusedPage = "why-was-i-refused";

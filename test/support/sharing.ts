/** All headers that allow a shared cache to store a response. */
export const sharing = {
  "cache-control": "public, s-maxage=600",
  "cdn-cache-control": "max-age=600",
  "cloudflare-cdn-cache-control": "max-age=600",
  "surrogate-control": "max-age=600",
} as const;

/** Lets shared caches store a response. */
export function share(response: Response): void {
  for (const [name, value] of Object.entries(sharing)) response.headers.set(name, value);
}

/** Names of the hooks in `sharing-routes.ts`. */
export const sharingHookNames = [
  "preBody",
  "afterHandle",
  "onSend",
  "onSend-replaced",
  "onResponse",
  "onError",
] as const;

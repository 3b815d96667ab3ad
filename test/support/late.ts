/** What the hooks of an App and of DaloyJS have in common. */
interface Context {
  readonly request: Request;
  readonly state: { readonly principal?: unknown };
}

/** Takes as long as a database could take. */
export const wait = () => new Promise<void>((resolve) => setTimeout(resolve, 2_500));

/** Notes which caller a hook sees: in the log, with the header `X-Row` of the request, and in the response. */
export function look(hook: string, { request, state }: Context, response?: Response): undefined {
  const { oid } = (state.principal ?? {}) as { readonly oid?: string };
  response?.headers.set("x-seen", oid ?? "nobody");
  console.log(JSON.stringify({ event: "seen", hook, row: request.headers.get("x-row"), oid: oid ?? "nobody" }));
}

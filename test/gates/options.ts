import * as library from "../../src/index.ts";

type Helper = (options: unknown) => unknown;

/** Calls a helper with the options of a request, and returns the error. */
export default {
  async fetch(request: Request): Promise<Response> {
    const { helper, options } = (await request.json()) as { readonly helper: string; readonly options: unknown };
    try {
      (library as unknown as Readonly<Record<string, Helper>>)[helper]?.(options);
      return Response.json("taken");
    } catch (error) {
      return Response.json(error instanceof Error ? [error.name, error.message] : "no error");
    }
  },
};

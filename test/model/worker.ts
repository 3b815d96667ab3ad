import { compareWithModel } from "./compare.ts";

/** Compares gate and model inside workerd: `?seed=1&cases=1000`. */
export default {
  async fetch({ url }: Request): Promise<Response> {
    const { searchParams } = new URL(url);
    try {
      return Response.json(await compareWithModel(Number(searchParams.get("seed")), Number(searchParams.get("cases"))));
    } catch (error) {
      return new Response(String(error), { status: 500 });
    }
  },
};

interface Env {
  readonly DEPOT: string;
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === "/") return new Response(`Parcels of ${env.DEPOT}`);
    if (pathname === "/parcels" && request.method === "POST") {
      return Response.json({ weight: (await request.text()).length }, { status: 201 });
    }
    return new Response("Not found", { status: 404 });
  },
  async scheduled(): Promise<void> {},
};

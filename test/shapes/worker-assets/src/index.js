const worker = {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    return pathname === "/api/pages" ? Response.json(["index"]) : env.ASSETS.fetch(request);
  },
};

export default worker;

interface Variables {
  readonly ORIGIN_URL: string;
}

export default {
  fetch(request: Request, { ORIGIN_URL }: Variables): Promise<Response> {
    return fetch(new Request(new URL(new URL(request.url).pathname, ORIGIN_URL), request));
  },
};

import type { FakeIo } from "./io.ts";

/** A request: its token is the whole header `Authorization`. */
export interface Question {
  readonly method?: string;
  readonly token?: string;
  readonly headers?: HeadersInit;
  readonly body?: BodyInit | null;
  readonly signal?: AbortSignal | null;
}

/** What answers requests in one isolate. */
export interface IsolateWorld<Asked = Question> {
  readonly io: FakeIo;
  /** Promises that were passed to `ctx.waitUntil`. */
  readonly background: Promise<unknown>[];
  /** Requests a path or a URL. */
  ask(target: string, question?: Asked): Promise<Response>;
  /** Log lines of refused requests. */
  refusals(): Record<string, unknown>[];
}

/** @param answer the fetch handler, which was created with `io` */
export function createIsolateWorld<Asked extends Question = Question>(
  io: FakeIo,
  answer: (request: Request, context: ExecutionContext, question: Asked) => Response | Promise<Response>,
): IsolateWorld<Asked> {
  const background: Promise<unknown>[] = [];
  const context = {
    waitUntil: (work: Promise<unknown>) => void background.push(work),
    passThroughOnException() {},
    props: {},
  } as unknown as ExecutionContext;
  return {
    io,
    background,
    ask: async (target, question = {} as Asked) => answer(createQuestion(target, question), context, question),
    refusals: () => readRefusals(io),
  };
}

export function createQuestion(target: string, { token, headers, ...init }: Question = {}): Request {
  const request = new Request(new URL(target, "https://api.contoso.example"), { ...init, headers: headers ?? {} });
  if (token !== undefined) request.headers.set("authorization", token);
  return request;
}

export const readRefusals = (io: FakeIo) => io.lines.filter(({ event }) => event === "refused");

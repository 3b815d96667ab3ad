const { Date: PlatformDate } = globalThis;

let offsetMs = 0;

/** A clock ahead of the platform's, to test libraries that have no option for a clock over days. */
globalThis.Date = class extends PlatformDate {
  constructor(...input: [] | ConstructorParameters<typeof PlatformDate>) {
    super(...((input.length === 0 ? [PlatformDate.now() + offsetMs] : input) as [number]));
  }

  static override now(): number {
    return PlatformDate.now() + offsetMs;
  }
} as typeof PlatformDate;

interface Worker {
  fetch(request: Request, env: never, ctx: never): Response | Promise<Response>;
}

/** Runs the worker with the clock that the header `Clock-Offset-Ms` sets. */
export function drive(worker: Worker): Worker {
  return {
    fetch(request, env, ctx) {
      offsetMs = Number(request.headers.get("clock-offset-ms") ?? offsetMs);
      return worker.fetch(request, env, ctx);
    },
  };
}

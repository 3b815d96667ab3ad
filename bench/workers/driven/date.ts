const { Date: PlatformDate } = globalThis;

let offsetMs = 0;

/** A clock ahead of the platform's: libraries that take no clock of their own are taken through days by it. */
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

/** The worker, in a time that the header `Clock-Offset-Ms` sets. */
export function drive(worker: Worker): Worker {
  return {
    fetch(request, env, ctx) {
      offsetMs = Number(request.headers.get("clock-offset-ms") ?? offsetMs);
      return worker.fetch(request, env, ctx);
    },
  };
}

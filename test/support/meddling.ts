/** Members that hooks of `declareMeddlingRoutes` assign to their context. */
export const meddledMembers = [
  "caller",
  "admitted",
  "principal",
  "mode",
  "path",
  "method",
  "url",
  "fault",
  "ownsAccessTokenParameter",
  "setup",
  "server",
  "request",
  "admit",
  "refuse",
  "answerError",
  "prototype",
] as const;

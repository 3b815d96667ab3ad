// Tools and a prompt that ask for input in their result (MCP 2026-07-28), as the scenarios `input-required-result-*`
// expect.
import {
  acceptedContent,
  CLIENT_CAPABILITIES_META_KEY,
  type ClientCapabilities,
  createRequestStateCodec,
  type InputRequest,
  type InputRequests,
  inputRequired,
  type ServerContext,
} from "@modelcontextprotocol/server";

/** Seals what a client keeps between two rounds. */
export const states = createRequestStateCodec<{ readonly round: number }>({
  key: crypto.getRandomValues(new Uint8Array(32)),
});

const text = { type: "string" } as const;
const elicit = (message: string, properties: Record<string, typeof text | { readonly type: "boolean" }>) =>
  inputRequired.elicit({ message, requestedSchema: { type: "object", properties, required: Object.keys(properties) } });
const sample = (question: string) =>
  inputRequired.createMessage({
    messages: [{ role: "user", content: { type: "text", text: question } }],
    maxTokens: 100,
  });

const name = { user_name: elicit("What is your name?", { name: text }) };
const confirm = { confirm: elicit("Please confirm", { ok: { type: "boolean" } }) };
const greeting = { greeting: sample("Generate a greeting") };
const roots = { client_roots: inputRequired.listRoots() };
const steps: readonly InputRequests[] = [
  { step1: elicit("What is your name?", { name: text }) },
  { step2: elicit("What is your favorite color?", { color: text }) },
];

function isAnswered({ mcpReq: { inputResponses } }: ServerContext, key: string, { method }: InputRequest): boolean {
  if (method === "elicitation/create") return acceptedContent(inputResponses, key) !== undefined;
  return inputResponses?.[key] !== undefined;
}

/** @returns what to ask, or `undefined` if the client has answered all of it */
function ask(context: ServerContext, inputRequests: InputRequests) {
  const isComplete = Object.entries(inputRequests).every(([key, request]) => isAnswered(context, key, request));
  return isComplete ? undefined : inputRequired({ inputRequests });
}

const roundOf = (context: ServerContext) => context.mcpReq.requestState<{ readonly round: number }>()?.round ?? 0;

async function askWithState(context: ServerContext, requests: InputRequests) {
  if (roundOf(context) === 1) return ask(context, requests);
  return inputRequired({ inputRequests: requests, requestState: await states.mint({ round: 1 }) });
}

/** Only what the client can do. */
function askByCapability(context: ServerContext) {
  const envelope = context.mcpReq.envelope as Readonly<Record<string, ClientCapabilities>> | undefined;
  const { sampling, elicitation } = envelope?.[CLIENT_CAPABILITIES_META_KEY] ?? {};
  return ask(context, { ...(elicitation && name), ...(sampling && greeting) });
}

async function askInRounds(context: ServerContext) {
  const round = roundOf(context);
  const step = steps[round];
  return step && inputRequired({ inputRequests: step, requestState: await states.mint({ round: round + 1 }) });
}

/** Tools by name. Each returns what is missing, or `undefined`. */
export const inputTools = {
  test_missing_capability: (context: ServerContext) => ask(context, greeting),
  test_input_required_result_elicitation: (context: ServerContext) => ask(context, name),
  test_input_required_result_sampling: (context: ServerContext) =>
    ask(context, { capital_question: sample("What is the capital of France?") }),
  test_input_required_result_list_roots: (context: ServerContext) => ask(context, roots),
  test_input_required_result_request_state: (context: ServerContext) => askWithState(context, confirm),
  test_input_required_result_tampered_state: (context: ServerContext) => askWithState(context, confirm),
  test_input_required_result_multiple_inputs: (context: ServerContext) =>
    askWithState(context, { ...name, ...greeting, ...roots }),
  test_input_required_result_multi_round: askInRounds,
  test_input_required_result_capabilities: askByCapability,
};

/** A prompt that asks too. */
export const inputPrompt = "test_input_required_result_prompt";
export const askForPrompt = (context: ServerContext) =>
  ask(context, { user_context: elicit("What context should the prompt use?", { context: text }) });

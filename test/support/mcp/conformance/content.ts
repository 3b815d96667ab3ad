// What the server scenarios of @modelcontextprotocol/conformance expect of a server's tools, prompts and resources.
// `test/worker/everywhere/mcp/slow/conformance.test.ts` names the version.

import { ResourceNotFoundError } from "@modelcontextprotocol/server";
import { inputPrompt, inputTools } from "./input.ts";

/** A PNG and a WAV of one pixel and one sample. */
const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const wav = "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQIAAAAAAA==";

const text = (value: string) => ({ type: "text" as const, text: value });
const image = { type: "image" as const, data: png, mimeType: "image/png" };
const embed = (uri: string, mimeType: string, value: string) => ({
  type: "resource" as const,
  resource: { uri, mimeType, text: value },
});

/** Results of tools without arguments. */
export const contents = {
  test_simple_text: [text("A text.")],
  test_image_content: [image],
  test_audio_content: [{ type: "audio" as const, data: wav, mimeType: "audio/wav" }],
  test_embedded_resource: [embed("test://embedded-resource", "text/plain", "An embedded resource.")],
  test_multiple_content_types: [
    text("Several types:"),
    image,
    embed("test://mixed-content-resource", "application/json", '{"test":"data","value":123}'),
  ],
};

const object = { type: "object" as const, properties: {} };
const withText = (name: string) => ({
  ...object,
  properties: { [name]: { type: "string" as const } },
  required: [name],
});

/** Input schemas of the other tools. */
const inputs = {
  test_logging_tool: object,
  test_streaming_elicitation: object,
  test_trigger_tool_change: object,
  test_trigger_prompt_change: object,
  test_x_mcp_header: { ...object, properties: { region: { type: "string" as const, "x-mcp-header": "Region" } } },
  test_tool_with_logging: object,
  test_tool_with_progress: object,
  test_error_handling: object,
  test_reconnection: object,
  test_sampling: withText("prompt"),
  test_elicitation: withText("message"),
  test_elicitation_sep1034_defaults: object,
  test_elicitation_sep1330_enums: object,
  json_schema_2020_12_tool: {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    type: "object" as const,
    $defs: {
      address: { type: "object", properties: { street: { type: "string" }, city: { type: "string" } } },
    },
    properties: { name: { type: "string" as const }, address: { $ref: "#/$defs/address" } },
    additionalProperties: false,
  },
};

export const tools = [
  ...Object.keys(contents).map((name) => ({ name, description: `Returns ${name}.`, inputSchema: object })),
  ...Object.keys(inputTools).map((name) => ({ name, description: `Asks in ${name}.`, inputSchema: object })),
  ...Object.entries(inputs).map(([name, inputSchema]) => ({ name, description: `Runs ${name}.`, inputSchema })),
];

const choices = (word: string) => [
  { const: "value1", title: `First ${word}` },
  { const: "value2", title: `Second ${word}` },
  { const: "value3", title: `Third ${word}` },
];
const options = ["option1", "option2", "option3"];

/** Forms that tools ask the user to complete. */
export const forms = {
  test_elicitation: {
    ...object,
    properties: { username: { type: "string" }, email: { type: "string" } },
    required: ["username", "email"],
  },
  test_elicitation_sep1034_defaults: {
    ...object,
    properties: {
      name: { type: "string", default: "John Doe" },
      age: { type: "integer", default: 30 },
      score: { type: "number", default: 95.5 },
      status: { type: "string", enum: ["active", "inactive", "pending"], default: "active" },
      verified: { type: "boolean", default: true },
    },
  },
  test_elicitation_sep1330_enums: {
    ...object,
    properties: {
      untitledSingle: { type: "string", enum: options },
      titledSingle: { type: "string", oneOf: choices("option") },
      legacyEnum: { type: "string", enum: ["opt1", "opt2", "opt3"], enumNames: ["One", "Two", "Three"] },
      untitledMulti: { type: "array", items: { type: "string", enum: options } },
      titledMulti: { type: "array", items: { anyOf: choices("choice") } },
    },
  },
} as const;

export const prompts = [
  { name: "test_simple_prompt", description: "A prompt." },
  {
    name: "test_prompt_with_arguments",
    description: "A prompt with two arguments.",
    arguments: [
      { name: "arg1", description: "The first one.", required: true },
      { name: "arg2", description: "The second one.", required: true },
    ],
  },
  {
    name: "test_prompt_with_embedded_resource",
    description: "A prompt with a resource.",
    arguments: [{ name: "resourceUri", description: "The resource.", required: true }],
  },
  { name: "test_prompt_with_image", description: "A prompt with an image." },
  { name: inputPrompt, description: "A prompt that asks first." },
];

/** Contents of a prompt. */
export function fillPrompt(name: string, given: Readonly<Record<string, string>>) {
  if (name === "test_prompt_with_arguments") return [text(`The arguments are ${given.arg1} and ${given.arg2}.`)];
  if (name === "test_prompt_with_image") return [image, text("Describe the image.")];
  if (name !== "test_prompt_with_embedded_resource") return [text("A simple prompt.")];
  return [embed(given.resourceUri ?? "", "text/plain", "An embedded resource."), text("Summarize the resource.")];
}

export const resources = [
  { uri: "test://static-text", name: "text", description: "A text.", mimeType: "text/plain" },
  { uri: "test://static-binary", name: "image", description: "An image.", mimeType: "image/png" },
  { uri: "test://watched-resource", name: "watched", description: "A resource that changes.", mimeType: "text/plain" },
];

export const templates = [
  { uriTemplate: "test://template/{id}/data", name: "data", description: "Data by ID.", mimeType: "application/json" },
];

/** Content of a resource. @throws ResourceNotFoundError if there is none */
export function readResource(uri: string) {
  const [, id] = /^test:\/\/template\/([^/]+)\/data$/.exec(uri) ?? [];
  if (id !== undefined)
    return { uri, mimeType: "application/json", text: JSON.stringify({ id, data: `Data of ${id}` }) };
  if (!resources.some((resource) => resource.uri === uri)) throw new ResourceNotFoundError(uri);
  if (uri === "test://static-binary") return { uri, mimeType: "image/png", blob: png };
  return { uri, mimeType: "text/plain", text: "The content of a static resource." };
}

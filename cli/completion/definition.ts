import type { CommandDefinition } from "../common/command-definition.ts";

export const definition = {
  name: "completion",
  summary: "Print a script with which a shell completes commands and options.",
  arguments: [{ name: "<shell>", text: "the shell", choices: ["bash", "zsh", "fish"] }],
  options: {},
  examples: [
    "source <(npx entra-gate completion bash)      in ~/.bashrc",
    "source <(npx entra-gate completion zsh)       in ~/.zshrc, after compinit",
    "npx entra-gate completion fish | source       in ~/.config/fish/config.fish",
  ],
  note: 'The shell completes the word entra-gate, which a global installation puts on the path, or export PATH="$PWD/node_modules/.bin:$PATH".',
} as const satisfies CommandDefinition;

import type { CompletedCommand, CompletedProgram, Values } from "./words.ts";

/** Writes completions for bash 3.2 and newer. */
export function writeBash({ name, options, commands }: CompletedProgram): string {
  const first = [...commands.map((command) => command.name), ...options.flatMap(({ names }) => names)];
  return `# Completions of ${name} for bash: source <(${name} completion bash)
_entra_gate() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD - 1]}" command="" word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD - 1}"; do
    case "$word" in
    -*) ;;
    *) command="$word" && break ;;
    esac
  done
  COMPREPLY=()
  case "$command $previous" in
${commands.flatMap(writeValues).join("\n")}
  esac
  case "$command" in
  "") _entra_gate_choose ${writeWords(first)} ;;
${commands.map(writeCommand).join("\n")}
  esac
}
# Keeps the names that begin with the current word. Only newer versions of bash have compopt, which adds a slash to a folder.
_entra_gate_choose() {
  local line
  while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen "$@" -- "$current")
  [[ "$1" == -W ]] || compopt -o filenames 2>/dev/null
}
complete -F _entra_gate ${name}`;
}

/** Lines for the options that take a value. */
function writeValues({ name, options }: CompletedCommand): readonly string[] {
  return options.flatMap(({ names, values }) => {
    if (values === undefined) return [];
    const patterns = names.map((each) => `"${name} ${each}"`).join(" | ");
    const action = values === "anything" ? "" : `_entra_gate_choose ${writeChoice(values)}; `;
    return [`  ${patterns}) ${action}return ;;`];
  });
}

function writeCommand({ name, options, values = "anything" }: CompletedCommand): string {
  const flags = `_entra_gate_choose ${writeWords(options.flatMap(({ names }) => names))}`;
  const argument = values === "anything" ? "" : `; else _entra_gate_choose ${writeChoice(values)}`;
  return `  ${name}) if [[ "$current" == -* ]]; then ${flags}${argument}; fi ;;`;
}

function writeChoice(values: Exclude<Values, "anything">): string {
  if (values === "files") return "-f";
  return values === "folders" ? "-d" : writeWords(values);
}

function writeWords(words: readonly string[]): string {
  return `-W "${words.join(" ")}"`;
}

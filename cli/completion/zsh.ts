import type { CompletedCommand, CompletedOption, CompletedProgram, Values } from "./words.ts";

/** Writes completions for zsh, to be sourced after `compinit` or to be a file `_entra_gate` on the `fpath`. */
export function writeZsh({ name, options, commands }: CompletedProgram): string {
  const described = commands.map((command) => quote(`${command.name}:${command.description}`));
  return `#compdef ${name}
# Completions of ${name} for zsh: source <(${name} completion zsh)
_entra_gate() {
  local context state state_descr line
  typeset -A opt_args
  _arguments -C \\
${[...options.map(writeOption), "'1:command:->command'", "'*::argument:->arguments'"].map((each) => `    ${each}`).join(" \\\n")}
  case $state in
  command)
    local -a commands=(
${described.map((each) => `      ${each}`).join("\n")}
    )
    _describe command commands
    ;;
  arguments)
    case $line[1] in
${commands.map(writeCommand).join("\n")}
    esac
    ;;
  esac
}
compdef _entra_gate ${name}
[[ $funcstack[1] == _entra_gate ]] && _entra_gate "$@"`;
}

function writeCommand({ name, options, values }: CompletedCommand): string {
  // The message of an argument without completions would keep zsh from inserting an option.
  const argument = values === undefined || values === "anything" ? [] : [quote(`1:argument:${complete(values)}`)];
  return `    ${name}) _arguments ${[...options.map(writeOption), ...argument].join(" ")} ;;`;
}

function writeOption({ names, description, values }: CompletedOption): string {
  const text = `[${description.replace(/[[\]\\]/g, "\\$&")}]${values === undefined ? "" : `:value:${complete(values)}`}`;
  const [first = "", ...others] = names;
  return others.length === 0
    ? quote(`${first}${text}`)
    : `${quote(`(${names.join(" ")})`)}{${names.join(",")}}${quote(text)}`;
}

function complete(values: Values): string {
  if (values === "files") return "_files";
  if (values === "folders") return "_files -/";
  return values === "anything" ? " " : `(${values.join(" ")})`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

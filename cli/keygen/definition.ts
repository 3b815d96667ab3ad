import type { CommandDefinition } from "../common/command-definition.ts";

export const definition = {
  name: "keygen",
  summary: "Make a key of the gate. Writes the private key to a file, and prints the public key.",
  options: {
    "--rsa": "an RSA key for ENTRA_CLIENT_KEY; by default an EC key for GATE_SIGNING_KEY",
    "--out <file>": "file for the private key, which must not exist",
  },
  examples: [
    "npx entra-gate keygen                         a key with which the gate signs for the origin",
    "npx entra-gate keygen --rsa                   a key with which the gate signs in at Entra",
    "npx entra-gate keygen --out next.pem > next.json",
  ],
  note: "Exit code: 0 made, 3 a mistake in the command, or the file exists.",
} as const satisfies CommandDefinition;

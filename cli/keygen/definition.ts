import type { CommandDefinition } from "../common/command-definition.ts";

export const definition = {
  name: "keygen",
  summary: "Make a key of the gate. Writes the private key to a file, and prints the public key.",
  options: {
    "--rsa": "an RSA key of 3,072 bits for ENTRA_CLIENT_KEY; by default an EC key on P-256 for GATE_SIGNING_KEY",
    "--out <file>": "file for the private key, which must not exist",
  },
  examples: [
    "npx entra-gate keygen                         a key with which the gate signs for the origin",
    "npx entra-gate keygen --rsa                   a key with which the gate signs in at Entra",
    "npx entra-gate keygen --out next.pem > next.json",
  ],
  exitCodes: {
    0: "made",
    3: "the file exists or cannot be written, Git would add it, or another mistake",
  },
} as const satisfies CommandDefinition;

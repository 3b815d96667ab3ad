import { readDocument } from "../../../src/cli-exports/revocations.ts";
import { exitCodes } from "../../common/exit-code.ts";
import type { Settings } from "../../project/settings.ts";
import { writeDocument } from "../../revoke/changes.ts";
import { runRevoke } from "../../revoke/command.ts";
import { createWranglerStore } from "../../revoke/stores.ts";

/** The list of revocations in the KV namespace of `wrangler dev`. */
export interface LocalList {
  /** For messages. */
  readonly name: string;
  /** Whether there was none, so that an empty one was written. */
  readonly isNew: boolean;
  /** The document, as it was read last. */
  text(): string;
  /** Whether a rule names a user, as `TENANT/OID`. */
  stops(user: string): boolean;
  /**
   * Blocks a user for an hour, or removes the rules about the user, as `entra-gate revoke --local` does.
   *
   * @throws UsageError if this is not a user, or Wrangler fails
   */
  change(user: string, isUndo: boolean): Promise<void>;
}

/**
 * Opens the list, and writes an empty one if there is none: without a list, the gate answers 503.
 *
 * @throws UsageError if Wrangler fails
 */
export async function openLocalList(settings: Settings): Promise<LocalList> {
  const store = createWranglerStore(settings, "--local");
  let text = await store.read();
  const isNew = text === undefined;
  if (text === undefined) {
    text = writeDocument([], Math.ceil(Date.now() / 1_000));
    await store.write(text);
  }
  let read: string = text;
  return {
    name: store.name,
    isNew,
    text: () => read,
    stops(user) {
      const rules = readDocument(read);
      return rules.ok && rules.value.some(({ kind, subject }) => kind === "user" && subject === user.toLowerCase());
    },
    async change(user, isUndo) {
      const { config } = settings.place;
      const action = isUndo ? { undo: true as const } : { block: true as const, until: "1h", reason: "playground" };
      const code = await runRevoke({
        user,
        ...action,
        local: true,
        ...(config !== undefined && { config }),
      });
      if (code !== exitCodes.good) throw new Error("The list was changed at the same time. Try again.");
      read = (await store.read()) ?? read;
    },
  };
}

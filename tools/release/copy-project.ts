import { execFileSync } from "node:child_process";
import { copyFileSync, cpSync, existsSync, linkSync, mkdirSync, readdirSync, readlinkSync, symlinkSync } from "node:fs";
import path from "node:path";

const root = path.resolve(import.meta.dirname, "../..");

/** Copies the files that git tracks into an empty folder. */
export function copyProject(target: string): void {
  const names = execFileSync("git", ["ls-files", "-z"], { cwd: root, encoding: "utf8" }).split("\0").filter(Boolean);
  for (const name of names) {
    const file = path.join(root, name);
    if (existsSync(file)) cpSync(file, path.join(target, name), { verbatimSymlinks: true });
  }
}

/** Gives a copy of the project the installed packages, as hard links, because a copy would take a gigabyte. */
export function linkPackages(target: string): void {
  linkFolder(path.join(root, "node_modules"), path.join(target, "node_modules"));
}

function linkFolder(source: string, target: string): void {
  mkdirSync(target, { recursive: true });
  for (const entry of readdirSync(source, { withFileTypes: true })) {
    const [from, to] = [path.join(source, entry.name), path.join(target, entry.name)];
    // What tools keep for themselves, they would share.
    if (entry.name === ".cache" || entry.name.startsWith(".vite")) continue;
    if (entry.isDirectory()) linkFolder(from, to);
    else if (entry.isSymbolicLink()) symlinkSync(readlinkSync(from), to);
    else link(from, to);
  }
}

function link(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    // A link cannot lead to another file system, as that of temporary files can be.
    if ((error as NodeJS.ErrnoException).code !== "EXDEV") throw error;
    copyFileSync(from, to);
  }
}

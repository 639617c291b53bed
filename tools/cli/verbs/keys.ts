import * as fs from "node:fs";
import * as path from "node:path";
import { coloursOf } from "../colours.js";
import { CliFault, messageOf, UsageError } from "../errors.js";
import { helpText } from "../help.js";
import { print, printJsonLines, say } from "../output.js";
import { isRoot } from "../root.js";
import { clean } from "../text.js";
import type { Context, Verb } from "../verb.js";

const actions = ["new", "show"] as const;

/** `daybook keys` */
export const keysVerb: Verb = {
  name: "keys",
  configure: (command) =>
    void command
      .description("make a key for signatures, or show what a key is; the log is not touched")
      .argument("<action>", "new: make a pair of keys, FILE and FILE.pub; show: print a key's id and its public half")
      .argument("<file>", "the key's file, outside of any daybook")
      .addHelpText("after", helpText(
        [
          ["daybook keys new ~/keys/lab.pem", "an Ed25519 key: lab.pem is secret (mode 0600), lab.pem.pub is for whoever checks"],
          ["export DAYBOOK_SIGNING_KEY=~/keys/lab.pem", "from now on, what `daybook` seals is signed"],
          ["daybook verify --key ~/keys/lab.pem.pub", "is every sealed segment as it was when it was signed?"],
          ["daybook keys show ~/keys/lab.pem", "the id, as it stands in signatures, and the public half"],
        ],
        "0 ok; 1 the file is there already, is no key, or lies in a daybook; 2 wrong usage",
        "Whoever has the secret file can sign anything: keep it, and a copy, where those who write the log cannot change it.",
      )),
  run: async (context, command) => {
    const [action, file] = command.args as [string, string];
    if (!actions.some((known) => known === action)) throw new UsageError(`keys ${action}: it must be one of ${actions.join(", ")}`);
    if (file === "") throw new UsageError("a key's file has a name");
    return action === "new" ? await makeKey(context, path.resolve(file)) : await showKey(context, file);
  },
};

async function makeKey({ root, json }: Context, file: string): Promise<number> {
  const folder = folderOf(file);
  // Whoever can write the log would have the key, and every copy of the root would carry it.
  const daybook = [root, ...parentsOf(folder)].find((one) => isRoot(one) && isInside(folder, fs.realpathSync(one)));
  if (daybook !== undefined) throw new CliFault("KEY_IN_ROOT", `${file} lies in the daybook ${daybook}: who can change the log could sign it, too. Choose a place outside`);
  const publicFile = `${file}.pub`;
  const taken = [file, publicFile].find((one) => fs.existsSync(one));
  if (taken !== undefined) throw new CliFault("EEXIST", `${taken} is there already, and a key is never replaced`);
  const { generateKeyPair } = await import("../../../src/index.js");
  const pair = await generateKeyPair();
  writePair([
    [file, pair.privateKey, 0o600],
    [publicFile, pair.publicKey, 0o644],
  ]);
  if (json) await printJsonLines([{ id: pair.id, privateKey: file, publicKey: publicFile }]);
  else {
    const { bold } = coloursOf();
    await print(`${bold(pair.id)}\n  ${clean(file)}      signs; secret: keep it outside of every daybook\n  ${clean(publicFile)}  checks; give it to whoever runs \`daybook verify --key\`\n`);
  }
  return 0;
}

async function showKey({ json }: Context, file: string): Promise<number> {
  const { describeKey } = await import("../../../src/index.js");
  const key = await describeKey(file);
  if (key.kind === "private" && (fs.statSync(file).mode & 0o077) !== 0) say(`daybook: note: ${clean(file)} can be read by others; \`chmod 600\` keeps it secret`);
  if (json) await printJsonLines([key]);
  else await print(`${coloursOf().bold(key.id)}  ${key.kind === "private" ? "private: signs and checks" : "public: checks"}\n${key.publicKey}`);
  return 0;
}

/** The real folder of a file that is not there yet. @throws CliFault when it is missing */
function folderOf(file: string): string {
  try {
    return fs.realpathSync(path.dirname(file));
  } catch (error) {
    const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
    throw new CliFault("ENOENT", `the folder of ${file} cannot be used: ${isMissing ? "it is not there; make it, outside of every daybook" : messageOf(error)}`);
  }
}

function parentsOf(folder: string): string[] {
  const parent = path.dirname(folder);
  return parent === folder ? [folder] : [folder, ...parentsOf(parent)];
}

function isInside(folder: string, root: string): boolean {
  const from = path.relative(root, folder);
  return from === "" || (!from.startsWith("..") && !path.isAbsolute(from));
}

/** Writes both files, or none: half a pair would be in the way of the next try. @throws CliFault */
function writePair(pair: readonly (readonly [file: string, text: string, mode: number])[]): void {
  const made: string[] = [];
  try {
    for (const [file, text, mode] of pair) writeOnce(file, text, mode, () => made.push(file));
  } catch (error) {
    for (const file of made) fs.rmSync(file, { force: true });
    throw new CliFault("WRITE_FAILED", `the key could not be written: ${messageOf(error)}`);
  }
}

/** Writes a file that is not there yet, and makes it durable: a key that signed something must not be lost. */
function writeOnce(file: string, text: string, mode: number, onMade: () => void): void {
  const fd = fs.openSync(file, "wx", mode);
  onMade();
  try {
    fs.writeFileSync(fd, text);
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
  const folder = fs.openSync(path.dirname(file), "r");
  try {
    fs.fsyncSync(folder);
  } finally {
    fs.closeSync(folder);
  }
}

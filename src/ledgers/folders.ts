import { lstat, mkdir, realpath } from "node:fs/promises";
import * as path from "node:path";
import { PathOutsideRootError, WriteFailedError } from "../base/errors.js";

/** Makes a folder and those above it. @throws WriteFailedError */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw new WriteFailedError(`The folder ${folder} could not be made`, error);
  }
}

/**
 * As {@link makeFolder}, for a folder below `root`, which stays inside of it: where a symbolic link on the way leads out of the root,
 * nothing is made. Looked at before, so that nothing comes to be outside, and once more afterwards.
 * @throws PathOutsideRootError @throws WriteFailedError
 */
export async function makeFolderInside(root: string, folder: string): Promise<void> {
  await makeFolder(root);
  await assertInside(root, await deepestExisting(root, folder), folder);
  await makeFolder(folder);
  await assertInside(root, folder, folder);
}

async function assertInside(root: string, existing: string, wanted: string): Promise<void> {
  const [base, real] = await Promise.all([realpath(root), realpath(existing).catch(() => undefined)]);
  // A link to nowhere has no real path: what is made through it would lie wherever it points.
  if (real === undefined || !isWithin(base, real)) throw new PathOutsideRootError(wanted, root, real);
}

/** The last folder on the way from `root` down to `folder` that is there, be it as a link. */
async function deepestExisting(root: string, folder: string): Promise<string> {
  let found = root;
  for (const part of path.relative(root, folder).split(path.sep)) {
    const next = path.join(found, part);
    const there = await lstat(next).then(
      () => true,
      () => false,
    );
    if (!there) break;
    found = next;
  }
  return found;
}

const isWithin = (base: string, real: string): boolean => real === base || real.startsWith(base.endsWith(path.sep) ? base : base + path.sep);

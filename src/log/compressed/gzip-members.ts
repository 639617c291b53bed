import { readFully } from "../file-system.js";
import type { LogFileSystem } from "../file-system.js";
import { memberHeaderBytes, parseMemberHeader } from "./gzip-member.js";

/** Where a part of a segment lies in its gzip file. */
export interface Member {
  /** Offset in the file, and length there. */
  readonly at: number;
  readonly length: number;
  /** Offset in the segment, and length there. */
  readonly from: number;
  readonly content: number;
}

/** The members of a gzip file, as far as their headers lead from one to the next. */
export interface MemberTable {
  readonly members: readonly Member[];
  /** Bytes of the segment, as the first header has it. */
  readonly size: number;
  /** They lead to the end of the file, and make up the size. */
  readonly whole: boolean;
}

/** Goes from header to header, and reads nothing else. Undefined for a file that does not begin with a member of daybook's. */
export function readMembers(files: LogFileSystem, fd: number, fileBytes: number): MemberTable | undefined {
  const members: Member[] = [];
  const header = Buffer.allocUnsafe(memberHeaderBytes);
  let size: number | undefined;
  let from = 0;
  for (let at = 0; at < fileBytes; ) {
    const found = parseMemberHeader(header.subarray(0, readFully(files, fd, header, header.length, at)));
    if (found === undefined || (size !== undefined && found.segment !== size) || from + found.content > found.segment || at + found.length > fileBytes) {
      return size === undefined ? undefined : { members, size, whole: false };
    }
    size = found.segment;
    members.push({ at, length: found.length, from, content: found.content });
    at += found.length;
    from += found.content;
  }
  return size === undefined ? undefined : { members, size, whole: from === size };
}

/** The member that has that place of the segment; undefined behind the last one. */
export function memberAt(members: readonly Member[], position: number): Member | undefined {
  let low = 0;
  let high = members.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((members[middle] as Member).from <= position) low = middle + 1;
    else high = middle;
  }
  const member = members[low - 1];
  return member !== undefined && position < member.from + member.content ? member : undefined;
}

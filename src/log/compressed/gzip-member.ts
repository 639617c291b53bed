/**
 * A member of a gzip file as daybook writes it: an extra field says how long the member is, how many bytes of the segment are in it, and how long the whole
 * segment is. So a place of a segment is read without what comes before it. Every gunzip reads such a file as any other.
 */
export interface MemberHeader {
  /** Length of the member in the file, header and trailer included. */
  readonly length: number;
  /** Bytes of the segment in it. */
  readonly content: number;
  /** Bytes of the whole segment. */
  readonly segment: number;
}

/** So many bytes of a segment are put in one member. */
export const memberBytes = 256 * 1024;
/** A member with more is not one of these. */
const maxMemberBytes = 16 * 1024 * 1024;

export const memberHeaderBytes = 28;
/** CRC-32 and length. */
export const memberTrailerBytes = 8;

/** Magic, deflate, an extra field; no time; no level, system unknown; 16 bytes of extra fields, of which the one `DB` has 12. */
const fixed = Buffer.from([0x1f, 0x8b, 0x08, 0x04, 0, 0, 0, 0, 0, 0xff, 16, 0, 0x44, 0x42, 12, 0]);

/** A member: `deflated` are the bytes of raw deflate, `crc` the CRC-32 of its content. */
export function gzipMember(deflated: Buffer, crc: number, content: number, segment: number): Buffer {
  const member = Buffer.allocUnsafe(memberHeaderBytes + deflated.length + memberTrailerBytes);
  fixed.copy(member);
  member.writeUInt32LE(member.length, 16);
  member.writeUInt32LE(content, 20);
  member.writeUInt32LE(segment, 24);
  deflated.copy(member, memberHeaderBytes);
  member.writeUInt32LE(crc, member.length - 8);
  member.writeUInt32LE(content, member.length - 4);
  return member;
}

/** What the header of a member says; undefined where there is none of daybook's. */
export function parseMemberHeader(bytes: Buffer): MemberHeader | undefined {
  if (bytes.length < memberHeaderBytes || fixed.compare(bytes, 0, fixed.length) !== 0) return undefined;
  const header = { length: bytes.readUInt32LE(16), content: bytes.readUInt32LE(20), segment: bytes.readUInt32LE(24) };
  const sound = header.length > memberHeaderBytes + memberTrailerBytes && header.content >= 1 && header.content <= maxMemberBytes && header.content <= header.segment;
  return sound ? header : undefined;
}

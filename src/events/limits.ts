/** Largest event by default, in bytes of its line without the LF. An option of the daybook, never above {@link maxLineBytes}. */
export const maxEventBytes = 1_048_576;

/** Longest line of a segment, in bytes with its LF. Part of the disk format: a longer one is no line. */
export const maxLineBytes = 16 * 1_048_576;

/** Largest commit (the lines written at once), in bytes. Part of the disk format. */
export const maxCommitBytes = 64 * 1_048_576;

/** Longest segment file, in bytes. Part of the disk format: twice what a writer makes; no crash leaves a longer one. */
export const maxSegmentBytes = 2 * 1024 * 1_048_576;

/** Longest header or manifest line, in bytes with its LF. Part of the disk format. */
export const maxHeaderBytes = 64 * 1024;

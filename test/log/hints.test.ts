import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { durably, note, openRawLog } from "../support/raw-log.js";
import { activeSegment } from "../support/small-log.js";
import { temporaryFolder } from "../support/temporary-folder.js";

describe("a cursor's hint", () => {
  it("that points behind a line inside of a commit, whose participant looks like a hash, is no place of the log", async () => {
    const root = temporaryFolder();
    const log = await openRawLog(root);
    const token = "0123456789abcdef";
    await log.append([note(1), note(2)], { ...durably, by: token });
    const text = readFileSync(activeSegment(root), "latin1");
    const inside = text.indexOf(`"${token}"}\n`) + token.length + 4;
    expect(text.slice(inside)).toMatch(/^\{"seq":2,/);
    await expect(log.reader({ seq: 1, token, hint: `1:${inside}` })).rejects.toMatchObject({ code: "LOG_FORKED" });
    const { token: hash } = await log.head();
    const reader = await log.reader({ seq: 2, token: hash, hint: `1:${text.length}` });
    expect(reader.position).toMatchObject({ seq: 2, hint: `1:${text.length}` });
    reader.close();
    await log.close();
  });
});

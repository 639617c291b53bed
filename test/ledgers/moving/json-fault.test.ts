import fc from "fast-check";
import { expect, it } from "vitest";
import { locateJsonFault } from "../../../src/ledgers/moving/json-fault.js";

it("finds a fault exactly where JSON.parse refuses", () => {
  const edits = fc.tuple(fc.json(), fc.nat(), fc.nat({ max: 2 }), fc.constantFrom("", ",", "}", "]", "{", '"', "1", "x", ":", "\n", "\\", "-", "nul"));
  fc.assert(
    fc.property(edits, ([json, at, drop, insert]) => {
      const place = at % (json.length + 1);
      const text = json.slice(0, place) + insert + json.slice(place + drop);
      let sound = true;
      try {
        JSON.parse(text);
      } catch {
        sound = false;
      }
      const fault = locateJsonFault(text);
      expect([text, fault === undefined]).toEqual([text, sound]);
    }),
    { numRuns: 2000 },
  );
});

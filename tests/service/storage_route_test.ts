import assert from "node:assert/strict";
import type { AcceptedContext } from "../../lib/association/presentation_context.ts";
import { NegotiationError } from "../../lib/errors.ts";
import { contextAmong, routeAmong } from "../../lib/service/storage_route.ts";
import { CT, EXPLICIT, IMPLICIT } from "../support/core_pair.ts";
import { pure } from "../support/requesting.ts";

const MR = "1.2.840.10008.5.1.4.1.1.4";
const JPEG = "1.2.840.10008.1.2.4.70";
const DEFLATED = "1.2.840.10008.1.2.1.99";
const BIG = "1.2.840.10008.1.2.2";

function contexts(...syntaxes: readonly string[]): AcceptedContext[] {
  return syntaxes.map((transferSyntax, index) => ({
    id: 2 * index + 1,
    abstractSyntax: CT,
    transferSyntax,
    requestorIsScu: false,
    requestorIsScp: true,
  }));
}

pure("`routeAmong()` takes an instance as it is, else converted, else not", () => {
  const cases: [from: string, accepted: string[], to: string, converts: boolean][] = [
    [EXPLICIT, [IMPLICIT, EXPLICIT], EXPLICIT, false],
    [JPEG, [EXPLICIT, JPEG], JPEG, false],
    [IMPLICIT, [BIG, DEFLATED, EXPLICIT], EXPLICIT, true],
    [EXPLICIT, [BIG, DEFLATED, IMPLICIT], IMPLICIT, true],
    [EXPLICIT, [BIG, DEFLATED], DEFLATED, true],
    [DEFLATED, [BIG], BIG, true],
  ];
  for (const [from, accepted, to, converts] of cases) {
    const route = routeAmong(contexts(...accepted), CT, from);
    assert.deepEqual([route.context.transferSyntax, route.converts], [to, converts]);
  }
});

pure("`routeAmong()` and `contextAmong()` say what the peer accepted instead", () => {
  const cases: [uid: string, from: string, accepted: string[], message: RegExp][] = [
    [MR, EXPLICIT, [EXPLICIT], /MR Image Storage in Explicit.*no presentation context for it$/],
    [CT, JPEG, [EXPLICIT], /accepted only Explicit VR Little Endian$/],
    [CT, EXPLICIT, [JPEG], /accepted only JPEG Lossless/],
    [CT, "1.2.3", [], /CT Image Storage in 1\.2\.3: .*no presentation context for it$/],
  ];
  for (const [uid, from, accepted, message] of cases) {
    for (const choose of [routeAmong, contextAmong]) {
      assert.throws(() => choose(contexts(...accepted), uid, from), (error: unknown) => {
        assert.ok(error instanceof NegotiationError);
        assert.match(error.message, message);
        return true;
      });
    }
  }
});

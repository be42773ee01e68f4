import assert from "node:assert/strict";
import fc from "fast-check";
import { NegotiationError } from "../../lib/errors.ts";
import { planStorage, type StorageNeed, storageRoute } from "../../lib/service/storage_plan.ts";
import { MAXIMUM_PRESENTATION_CONTEXTS } from "../../lib/pdu/pdu.ts";
import { serve } from "../../lib/service/serve.ts";
import { associate } from "../../lib/net/requestor.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { memoryNetwork } from "../support/memory_transport.ts";
import { pure } from "../support/pure.ts";

const CT = "1.2.840.10008.5.1.4.1.1.2";
const MR = "1.2.840.10008.5.1.4.1.1.4";
const [IMPLICIT, EXPLICIT, DEFLATED, BIG] = [
  "1.2.840.10008.1.2",
  "1.2.840.10008.1.2.1",
  "1.2.840.10008.1.2.1.99",
  "1.2.840.10008.1.2.2",
];
const JPEG = "1.2.840.10008.1.2.4.70";
const RLE = "1.2.840.10008.1.2.5";

function need(sopClassUid: string, transferSyntaxUid: string, count = 1): StorageNeed {
  return { sopClassUid, transferSyntaxUid, count };
}

/** The proposals of the only association, as `class: syntax, …`. */
function proposals(...args: Parameters<typeof planStorage>): string[] {
  const planned = planStorage(...args);
  assert.equal(planned.length, 1);
  return planned.flatMap(({ presentationContexts }) =>
    presentationContexts.map(({ abstractSyntax, transferSyntaxes }) =>
      `${abstractSyntax.slice(-1)}: ${transferSyntaxes.join(", ")}`
    )
  );
}

const CASES: readonly {
  readonly name: string;
  readonly args: Parameters<typeof planStorage>;
  readonly expected: readonly string[];
}[] = [
  {
    name: "an uncompressed syntax alone, and the others as a fallback",
    args: [[need(CT, IMPLICIT)]],
    expected: [`2: ${IMPLICIT}`, `2: ${EXPLICIT}, ${DEFLATED}, ${BIG}`],
  },
  {
    name: "no fallback for a compressed syntax",
    args: [[need(CT, JPEG)]],
    expected: [`2: ${JPEG}`],
  },
  {
    name: "no fallback when every uncompressed syntax is there",
    args: [[need(CT, IMPLICIT), need(CT, EXPLICIT), need(CT, DEFLATED), need(CT, BIG)]],
    expected: [`2: ${IMPLICIT}`, `2: ${EXPLICIT}`, `2: ${DEFLATED}`, `2: ${BIG}`],
  },
  {
    name: "the most used class first, and in it the most used syntax",
    args: [[need(CT, RLE, 2), need(MR, RLE, 3), need(MR, JPEG, 1), need(MR, JPEG, 4)]],
    expected: [`4: ${JPEG}`, `4: ${RLE}`, `2: ${RLE}`],
  },
  {
    name: "what is needed alone when that is wanted",
    args: [[need(CT, EXPLICIT), need(CT, JPEG)], { fallback: false }],
    expected: [`2: ${EXPLICIT}`, `2: ${JPEG}`],
  },
  {
    name: "one syntax for each class when that is wanted",
    args: [[need(CT, EXPLICIT), need(CT, JPEG), need(MR, BIG)], { only: IMPLICIT }],
    expected: [`2: ${IMPLICIT}`, `4: ${IMPLICIT}`],
  },
];

for (const { name, args, expected } of CASES) {
  pure(`planStorage() proposes ${name}`, () => {
    assert.deepEqual(proposals(...args), expected);
  });
}

pure("planStorage() plans nothing for nothing", () => assert.deepEqual(planStorage([]), []));

pure("planStorage() goes over to another association when 128 contexts are not enough", () => {
  const needs = Array.from({ length: 129 }, (_, index) => need(`1.2.${index}`, JPEG, 1000 - index));
  const [first, second, ...others] = planStorage(needs);
  assert.deepEqual(first?.needs, needs.slice(0, 128));
  assert.deepEqual(second?.needs, needs.slice(128));
  assert.deepEqual(others, []);
});

pure("planStorage() gives each need a context of its own, and no association too many", () => {
  const uid = fc.integer({ min: 1, max: 60 }).map((number) => `1.2.${number}`);
  const syntax = fc.constantFrom(IMPLICIT, EXPLICIT, DEFLATED, BIG, JPEG, RLE, "1.9");
  const needs = fc.array(
    fc.record({
      sopClassUid: uid,
      transferSyntaxUid: syntax,
      count: fc.integer({ min: 1, max: 9 }),
    }),
    { maxLength: 400, size: "max" },
  );
  fc.assert(fc.property(needs, (given) => {
    const planned = planStorage(given);
    const kinds = (list: readonly StorageNeed[]): string[] =>
      list.map((each) => `${each.sopClassUid} ${each.transferSyntaxUid}`);
    const found = planned.flatMap((plan) => kinds(plan.needs));
    assert.deepEqual(found.toSorted(), [...new Set(kinds(given))].sort());
    const sum = (list: readonly StorageNeed[]): number =>
      list.reduce((total, { count }) => total + count, 0);
    assert.equal(sum(planned.flatMap((plan) => plan.needs)), sum(given));
    for (const [index, plan] of planned.entries()) {
      const { length } = plan.presentationContexts;
      assert.ok(length <= MAXIMUM_PRESENTATION_CONTEXTS);
      // The next need would have taken two contexts at most, and one fallback may have fallen away.
      if (index < planned.length - 1) assert.ok(length > 96, `${length}`);
      for (const kind of kinds(plan.needs)) {
        const [abstractSyntax, transferSyntax] = kind.split(" ");
        assert.ok(
          plan.presentationContexts.some((context) =>
            context.abstractSyntax === abstractSyntax && context.transferSyntaxes.length === 1 &&
            context.transferSyntaxes[0] === transferSyntax
          ),
        );
      }
    }
  }));
});

const ROUTES: readonly {
  readonly accepted: readonly string[];
  readonly from: string;
  readonly to: string | RegExp;
}[] = [
  { accepted: [EXPLICIT, IMPLICIT], from: IMPLICIT, to: IMPLICIT },
  { accepted: [IMPLICIT, EXPLICIT], from: BIG, to: EXPLICIT },
  { accepted: [BIG, DEFLATED, IMPLICIT], from: EXPLICIT, to: IMPLICIT },
  { accepted: [BIG, DEFLATED], from: EXPLICIT, to: DEFLATED },
  { accepted: [JPEG, BIG], from: DEFLATED, to: BIG },
  { accepted: [JPEG], from: JPEG, to: JPEG },
  {
    accepted: [EXPLICIT, BIG],
    from: RLE,
    to:
      /^Cannot send CT Image Storage in RLE Lossless: the peer accepted only Explicit VR Little Endian, Explicit VR Big Endian$/,
  },
  { accepted: [JPEG], from: EXPLICIT, to: /: the peer accepted only JPEG Lossless/ },
  { accepted: [EXPLICIT], from: "1.2.3.4", to: /^Cannot send CT Image Storage in 1\.2\.3\.4: / },
];

for (const { accepted, from, to } of ROUTES) {
  const what = to instanceof RegExp ? "refuses" : from === to ? "does not convert" : "converts";
  pure(`storageRoute() ${what} ${from} where ${accepted} is accepted`, async () => {
    const network = memoryNetwork();
    const clock = new FakeClock();
    const handlers = { store: () => 0 };
    await using _server = serve({ port: 104, handlers, clock, listen: network.listen });
    await using association = await associate({
      hostname: "h",
      port: 104,
      callingAeTitle: "A",
      calledAeTitle: "B",
      presentationContexts: [
        { abstractSyntax: MR, transferSyntaxes: [from] },
        ...accepted.map((uid) => ({ abstractSyntax: CT, transferSyntaxes: [uid] })),
      ],
      clock,
      connect: network.connect,
    });
    if (to instanceof RegExp) {
      assert.throws(() => storageRoute(association, CT, from), (error) => {
        assert.ok(error instanceof NegotiationError);
        assert.match(error.message, to);
        return true;
      });
    } else {
      const route = storageRoute(association, CT, from);
      assert.deepEqual([route.context.transferSyntax, route.converts], [to, from !== to]);
      assert.equal(route.context.abstractSyntax, CT);
    }
  });
}

import assert from "node:assert/strict";
import fc from "fast-check";
import type { ContextProposal } from "../../lib/association/presentation_context.ts";
import {
  GetPlan,
  type GetUse,
  planGet,
  planGetOneByOne,
  planGets,
  storageRoles,
} from "../../lib/service/get_plan.ts";
import { CLASSES_BY_USE, MOST_USED_CLASSES } from "../../lib/service/storage_usage.ts";
import { pure } from "../support/pure.ts";

const CT = "1.2.840.10008.5.1.4.1.1.2";
const MR = "1.2.840.10008.5.1.4.1.1.4";
const SR = "1.2.840.10008.5.1.4.1.1.88.11";
const EXPLICIT = "1.2.840.10008.1.2.1";
const IMPLICIT = "1.2.840.10008.1.2";
const JPEG = "1.2.840.10008.1.2.4.70";
const RLE = "1.2.840.10008.1.2.5";

/** Contexts as `class syntax`. */
function flat(contexts: readonly ContextProposal[] | undefined): string[] | undefined {
  return contexts?.map(({ abstractSyntax, transferSyntaxes }) =>
    `${abstractSyntax} ${transferSyntaxes.join()}`
  );
}

function contexts(count: number, sopClass = "1.2"): ContextProposal[] {
  return Array.from({ length: count }, (_, index) => ({
    abstractSyntax: `${sopClass}.${index}`,
    transferSyntaxes: [EXPLICIT],
  }));
}

/** All of the contexts accepted, and some used, by their index. */
function use(
  proposed: readonly ContextProposal[],
  used: readonly number[],
  rest: Partial<GetUse> = {},
): GetUse {
  const accepted = proposed.map(({ abstractSyntax, transferSyntaxes: [syntax = ""] }, index) => ({
    id: 2 * index + 3,
    abstractSyntax,
    transferSyntax: syntax,
    requestorIsScu: false,
    requestorIsScp: true,
  }));
  return { accepted, used: new Set(used.map((index) => 2 * index + 3)), ...rest };
}

pure("planGet() has one transfer syntax in a context, and each pair once", () => {
  for (const planned of [planGet(), planGet({ sopClassUids: [CT, MR, SR, CT, "1.2.3"] })]) {
    const pairs = flat(planned) ?? [];
    assert.equal(new Set(pairs).size, pairs.length);
    assert.ok(planned.every(({ transferSyntaxes }) => transferSyntaxes.length === 1));
  }
});

pure("planGet() takes the first step of every class before the second of any", () => {
  const planned = flat(planGet({ sopClassUids: [CT, SR] })) ?? [];
  assert.deepEqual(planned.slice(0, 6), [
    `${CT} ${EXPLICIT}`,
    `${CT} ${IMPLICIT}`,
    `${SR} ${EXPLICIT}`,
    `${SR} ${IMPLICIT}`,
    `${CT} ${JPEG}`,
    `${CT} 1.2.840.10008.1.2.4.50`,
  ]);
  assert.ok(planned.includes(`${SR} ${RLE}`), "even what is unlikely is tried in the end");
});

pure("planGet() puts what is likely with the first, and what is asked for alone", () => {
  const likely = planGet({ sopClassUids: [CT], likelyTransferSyntaxUids: ["1.9", JPEG] });
  assert.deepEqual(flat(likely)?.slice(0, 4), [
    `${CT} ${EXPLICIT}`,
    `${CT} ${IMPLICIT}`,
    `${CT} 1.9`,
    `${CT} ${JPEG}`,
  ]);
  const only = planGet({ sopClassUids: [CT, MR], transferSyntaxUids: [RLE] });
  assert.deepEqual(flat(only), [`${CT} ${RLE}`, `${MR} ${RLE}`]);
  const usual = planGet({ transferSyntaxUids: [RLE] });
  assert.deepEqual(flat(usual), CLASSES_BY_USE.map((uid) => `${uid} ${RLE}`));
});

pure(
  "planGet() without knowledge brings the most used classes compressed in one association",
  () => {
    const first = flat(new GetPlan([], planGet()).next([])) ?? [];
    assert.equal(first.length, 127);
    for (const uid of MOST_USED_CLASSES) {
      for (const syntax of [EXPLICIT, IMPLICIT]) assert.ok(first.includes(`${uid} ${syntax}`));
    }
    assert.ok(first.includes(`${CT} ${JPEG}`) && first.includes(`${SR} ${IMPLICIT}`));
  },
);

pure("eight associations bring every storage SOP class uncompressed", () => {
  const plan = new GetPlan([], planGet());
  const proposed = new Set<string>();
  // An archive that takes nothing: no context is worth trying alone.
  for (let next = plan.next([]); next !== undefined; next = plan.next([])) {
    for (const pair of flat(next) ?? []) proposed.add(pair);
  }
  for (const uid of CLASSES_BY_USE) assert.ok(proposed.has(`${uid} ${EXPLICIT}`), uid);
});

pure("storageRoles() makes the requestor SCP of each class once", () => {
  assert.deepEqual(storageRoles(planGet({ sopClassUids: [CT, MR] })), [
    { sopClassUid: CT, scu: false, scp: true },
    { sopClassUid: MR, scu: false, scp: true },
  ]);
});

pure("GetPlan proposes what is known before what is usual, none twice, at most 127", () => {
  fc.assert(fc.property(
    fc.nat(400),
    fc.nat(400),
    (known, usual) => {
      const plan = new GetPlan(contexts(known), [...contexts(known), ...contexts(usual, "1.3")]);
      const all: string[] = [];
      for (let next = plan.next([]); next !== undefined; next = plan.next([])) {
        assert.ok(next.length > 0 && next.length <= 127);
        all.push(...flat(next) ?? []);
      }
      const expected = flat([...contexts(known), ...contexts(usual, "1.3")]);
      assert.deepEqual(all, expected?.slice(0, 8 * 127));
    },
  ));
});

pure("GetPlan takes of what is usual as much as it proposes", () => {
  let made = 0;
  const usual = function* () {
    for (const context of planGetOneByOne()) {
      made += 1;
      yield context;
    }
  };
  const known = planGet({ sopClassUids: [CT], transferSyntaxUids: [EXPLICIT, JPEG] });
  const plan = new GetPlan(known, usual());
  assert.equal(plan.next([])?.length, 127);
  assert.ok(made <= 127, `${made} contexts`);
  const second = plan.next([]);
  assert.ok(made <= 2 * 127, `${made} contexts`);
  assert.deepEqual(flat(second), flat(planGet().slice(127, 2 * 127)));
});

pure("GetPlan tries accepted syntaxes alone where instances came by first contexts only", () => {
  const known = planGet({
    sopClassUids: [CT, MR],
    transferSyntaxUids: [EXPLICIT, IMPLICIT, JPEG, RLE],
  });
  const rounds = [[`${CT} ${JPEG}`, `${MR} ${JPEG}`], [`${CT} ${RLE}`, `${MR} ${RLE}`], [
    `${CT} ${IMPLICIT}`,
    `${MR} ${IMPLICIT}`,
  ]];
  const cases: [name: string, used: number[], rounds: string[][]][] = [
    ["by first contexts", [0, 4], rounds],
    ["none came", [], rounds],
    ["one by a second context", [0, 4, 6], []],
  ];
  for (const [name, used, expected] of cases) {
    const plan = new GetPlan(known);
    const first = plan.next([]) ?? [];
    const uses = [use(first, used)];
    const seen: string[][] = [];
    for (let next = plan.next(uses); next !== undefined; next = plan.next(uses)) {
      seen.push(flat(next) ?? []);
      uses.push(use(next, [0]));
    }
    assert.deepEqual(seen, expected, name);
  }
});

pure("GetPlan tries an archive's syntaxes alone before what is only usual", () => {
  const known = planGet({ sopClassUids: [CT], transferSyntaxUids: [EXPLICIT, JPEG] });
  const usual = contexts(300);
  const plan = new GetPlan(known, usual);
  const first = plan.next([]) ?? [];
  assert.equal(first.length, 127);
  const uses = [use(first, [0])];
  assert.deepEqual(flat(plan.next(uses)), [`${CT} ${JPEG}`]);
  assert.deepEqual(flat(plan.next(uses)), flat(usual.slice(125, 252)));
  assert.deepEqual(flat(plan.next(uses)), flat(usual.slice(252)));
  assert.equal(plan.next(uses), undefined);
});

pure(
  "GetPlan goes through the parts until an archive that stops gets on, then from the start",
  () => {
    const all = contexts(315);
    const plan = new GetPlan(all);
    const first = plan.next([]) ?? [];
    assert.deepEqual(flat(first), flat(all.slice(0, 127)));
    const part = (index: number): string[] => flat(all.slice(63 * index, 63 * (index + 1))) ?? [];
    const uses = [use(first, [5], { hasStopped: true, hasProgress: true })];
    const kept = `1.2.5 ${EXPLICIT}`;
    const second = plan.next(uses);
    assert.deepEqual(flat(second), [kept, ...part(2)]);
    uses.push(use(second ?? [], [0], { hasStopped: true, hasProgress: false }));
    const third = plan.next(uses);
    assert.deepEqual(flat(third), [kept, ...part(3)]);
    uses.push(use(third ?? [], [0, 1], { hasStopped: true, hasProgress: true }));
    const fourth = plan.next(uses);
    // Part 0 again: the archive has come to another instance.
    assert.deepEqual(flat(fourth), [
      kept,
      `1.2.189 ${EXPLICIT}`,
      ...part(0).filter((each) => each !== kept),
    ]);
    for (const index of [1, 2, 4]) {
      uses.push(use(fourth ?? [], [], { hasStopped: true, hasProgress: false }));
      assert.deepEqual(flat(plan.next(uses))?.slice(-63), part(index));
    }
    uses.push(use([], [], { hasStopped: true, hasProgress: false }));
    assert.equal(plan.next(uses), undefined);
  },
);

pure("GetPlan has an end, whatever the archive does", () => {
  fc.assert(fc.property(
    fc.array(fc.record({ stopped: fc.boolean(), progress: fc.boolean(), used: fc.nat(126) }), {
      minLength: 60,
      maxLength: 60,
    }),
    (ways) => {
      const plan = new GetPlan([], planGet());
      const uses: GetUse[] = [];
      let count = 0;
      for (const { stopped, progress, used } of ways) {
        const next = plan.next(uses);
        if (next === undefined) break;
        count += 1;
        assert.ok(next.length > 0 && next.length <= 127);
        uses.push(use(next, [used], { hasStopped: stopped, hasProgress: progress }));
      }
      assert.ok(count <= 8 + 24 + 12, `${count}`);
    },
  ));
});

pure("planGets() puts so many together that every class has every transfer syntax", () => {
  const most = MOST_USED_CLASSES.map((uid, index) => ({ name: index, sopClassUids: [uid] }));
  const planned = planGets([...most, ...most]);
  assert.deepEqual(
    planned.flatMap(({ wants }) => wants.map(({ name }) => name)).sort((a, b) => a - b),
    [...most, ...most].map(({ name }) => name).sort((a, b) => a - b),
  );
  for (const { contexts, wants } of planned) {
    assert.ok(contexts.length <= 127);
    const classes = new Set(wants.flatMap(({ sopClassUids }) => sopClassUids));
    assert.deepEqual(flat(contexts), flat(planGet({ sopClassUids: [...classes] })));
  }
  assert.ok(planned.length < most.length);
  assert.deepEqual(planGets([]), []);
});

pure("planGets() cuts what one series alone would need too much of", () => {
  const [only, ...others] = planGets([{ sopClassUids: MOST_USED_CLASSES }]);
  assert.equal(only?.contexts.length, 127);
  assert.deepEqual(others, []);
  const small = planGets([{ sopClassUids: [CT] }], { transferSyntaxUids: [RLE] });
  assert.deepEqual(small.map(({ contexts }) => flat(contexts)), [[`${CT} ${RLE}`]]);
});

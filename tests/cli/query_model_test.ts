import assert from "node:assert/strict";
import { UsageError } from "../../cli/exit_code.ts";
import {
  FIND_SOP_CLASS,
  givenQueryModel,
  type QueryExtensions,
  type QueryModel,
  type QueryModelOptions,
  queryNegotiation,
} from "../../cli/query_model.ts";

function pure(name: string, fn: () => void): void {
  Deno.test({ name, permissions: "none", fn });
}

const NO_MODEL: QueryModelOptions = {
  patientRoot: false,
  studyRoot: false,
  patientStudyOnly: false,
  worklist: false,
  unifiedProcedureStep: false,
};

const MODELS: readonly (readonly [given: Partial<QueryModelOptions>, QueryModel | undefined])[] = [
  [{}, undefined],
  [{ patientRoot: true }, "patient-root"],
  [{ studyRoot: true }, "study-root"],
  [{ patientStudyOnly: true }, "patient-study-only"],
  [{ worklist: true }, "worklist"],
  [{ unifiedProcedureStep: true }, "unified-procedure-step"],
];

for (const [given, model] of MODELS) {
  pure(`givenQueryModel() is ${model} for ${JSON.stringify(given)}`, () => {
    assert.equal(givenQueryModel({ ...NO_MODEL, ...given }), model);
  });
}

pure("givenQueryModel() refuses every two at once", () => {
  const names = Object.keys(NO_MODEL);
  for (const one of names) {
    for (const other of names.filter((name) => name !== one)) {
      const given = { ...NO_MODEL, [one]: true, [other]: true };
      assert.throws(() => givenQueryModel(given), UsageError, `${one} and ${other}`);
    }
  }
});

const NONE: QueryExtensions = {
  relationalQuery: false,
  dateTimeMatching: false,
  fuzzyNames: false,
  timezoneAdjustment: false,
  enhancedConversion: false,
};

const NEGOTIATIONS: readonly (readonly [
  model: QueryModel,
  extensions: Partial<QueryExtensions>,
  bytes: number[] | undefined,
])[] = [
  ["study-root", {}, undefined],
  ["study-root", { relationalQuery: true }, [1, 0, 0, 0, 0]],
  ["patient-root", { dateTimeMatching: true, enhancedConversion: true }, [0, 1, 0, 0, 1]],
  ["unified-procedure-step", { fuzzyNames: true }, [0, 0, 1, 0, 0]],
  ["worklist", {}, undefined],
  ["worklist", { relationalQuery: true, enhancedConversion: true }, undefined],
  ["worklist", { fuzzyNames: true }, [1, 1, 1, 0]],
  ["worklist", { timezoneAdjustment: true }, [1, 1, 0, 1]],
];

for (const [model, extensions, bytes] of NEGOTIATIONS) {
  pure(`queryNegotiation() of ${model} is [${bytes}] for ${JSON.stringify(extensions)}`, () => {
    const information = Uint8Array.from(bytes ?? []);
    assert.deepEqual(
      queryNegotiation(model, { ...NONE, ...extensions }),
      bytes === undefined ? [] : [{ sopClassUid: FIND_SOP_CLASS[model], information }],
    );
  });
}

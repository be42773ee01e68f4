/**
 * Requestors of every service, before an acceptor that answers what it likes: in memory, with a clock
 * that goes forward when nothing else does.
 *
 * @module
 */

import { DataSet } from "../../../lib/data_set/data_set.ts";
import { applyKeywordPath } from "../../../lib/data_set/keyword_path.ts";
import { DicomNetError } from "../../../lib/errors.ts";
import { dispatcher } from "../../../lib/service/dispatcher.ts";
import type { Association } from "../../../lib/net/association.ts";
import { sourceOf } from "../../../lib/net/data_set_source.ts";
import { associate } from "../../../lib/net/requestor.ts";
import { cFind } from "../../../lib/service/query_scu.ts";
import { cGet, cMove } from "../../../lib/service/retrieve_scu.ts";
import { cStore } from "../../../lib/service/storage_scu.ts";
import { cEcho } from "../../../lib/service/verification.ts";
import { CT, ECHO, IMPLICIT } from "../../support/core_pair.ts";
import { FakeClock, settle } from "../../support/fake_clock.ts";
import { memoryPair } from "../../support/memory_transport.ts";
import { INSTANCE, instanceBytes } from "../../support/served.ts";
import { cut, Random } from "../random.ts";
import { type Behaviour, type FuzzCase, must, shapeOf, type Target } from "../target.ts";

const STUDY_ROOT = "1.2.840.10008.5.1.4.1.2.2";

/** No wait of a requestor is longer. */
const MINUTE = 60_000;
const MINUTES = 30;

/** What a user does with an association: the class of its first context, and the operation. */
interface Operation {
  readonly sopClassUid: string;
  run(association: Association, messageId: number): Promise<string>;
}

const KEYS = new DataSet();
applyKeywordPath(KEYS, "QueryRetrieveLevel=STUDY");
applyKeywordPath(KEYS, "StudyInstanceUID=1.2.3");

async function statuses(responses: AsyncIterable<{ readonly status: number }>): Promise<string> {
  const seen: number[] = [];
  for await (const { status } of responses) seen.push(status);
  must(seen.length > 0, "an operation that has not failed has a final response");
  return `${seen.slice(0, 4)}`;
}

const OPERATIONS: readonly Operation[] = [
  {
    sopClassUid: ECHO,
    run: async (association) => `${(await cEcho(association)).status}`,
  },
  {
    sopClassUid: `${STUDY_ROOT}.1`,
    run: (association, messageId) =>
      statuses(cFind(association, { sopClassUid: `${STUDY_ROOT}.1`, identifier: KEYS, messageId })),
  },
  {
    sopClassUid: `${STUDY_ROOT}.2`,
    run: (association, messageId) =>
      statuses(
        cMove(association, {
          sopClassUid: `${STUDY_ROOT}.2`,
          identifier: KEYS,
          messageId,
          moveDestination: "LEFT",
        }),
      ),
  },
  {
    sopClassUid: `${STUDY_ROOT}.3`,
    run: (association, messageId) =>
      statuses(cGet(association, { sopClassUid: `${STUDY_ROOT}.3`, identifier: KEYS, messageId })),
  },
  {
    sopClassUid: CT,
    run: async (association) => {
      const response = await cStore(association, {
        sopClassUid: CT,
        sopInstanceUid: INSTANCE,
        transferSyntaxUid: IMPLICIT,
        dataSet: sourceOf(instanceBytes(2000)),
      });
      return `${response.status}`;
    },
  },
];

async function use(association: Association, operation: Operation, id: number): Promise<string> {
  const result = await operation.run(association, id);
  await association.release();
  return result;
}

/** A requestor of C-GET takes what it is sent. */
const SERVICES = {
  handlers: { store: () => 0x0000 },
  keepBrokenDataSets: false,
  onHandlerError: () => {},
};

/** Gives a requestor one acceptor's bytes. */
async function run({ bytes, control }: FuzzCase): Promise<Behaviour> {
  const random = new Random(control);
  const operation = random.pick(OPERATIONS);
  const messageId = 1 + random.below(8);
  const clock = new FakeClock();
  const [near, far] = memoryPair(1024 * 1024);

  let outcome: Behaviour | undefined;
  const failed: unknown[] = [];
  const working = associate({
    hostname: "peer",
    port: 104,
    callingAeTitle: "LEFT",
    calledAeTitle: "RIGHT",
    presentationContexts: [operation.sopClassUid, CT, ECHO].map((abstractSyntax) => ({
      abstractSyntax,
      transferSyntaxes: [IMPLICIT],
    })),
    roleSelections: [{ sopClassUid: CT, scu: true, scp: true }],
    connect: () => Promise.resolve(near),
    clock,
    onRequest: (association) => dispatcher(association, { ...SERVICES, clock }),
  }).then((association) => use(association, operation, messageId))
    .then((result) => void (outcome = result), (error) => {
      failed.push(error);
      outcome = error instanceof Error ? `${error.name} ${shapeOf(error.message)}` : `${error}`;
    });
  for (
    const piece of cut(
      bytes,
      random.splits(bytes.length).map((length) => Math.max(length, 16)),
    )
  ) {
    if (near.isClosed) break;
    await far.write(piece).catch(() => 0);
  }
  if (random.oneIn(2)) far.closeWrite();
  await settle();
  for (let turn = 0; outcome === undefined && turn < MINUTES; turn++) await clock.advance(MINUTE);
  must(outcome !== undefined, "an operation comes to an end");
  await working;
  far.close();
  await settle();
  must(near.isClosed, "the connection is closed when all is over");
  must(clock.pending === 0, "no timer is left");
  for (const error of failed) if (!(error instanceof DicomNetError)) throw error;
  return outcome;
}

/** Acceptors that requestors call. */
export const SCU: Target = {
  name: "scu",
  kinds: ["from-acceptor"],
  maximumLength: 32 * 1024,
  open: () => ({ run }),
};

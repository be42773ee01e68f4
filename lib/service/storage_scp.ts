/**
 * The Storage service class as SCP (PS3.4 Annex B): takes C-STORE requests and lets a handler have
 * the bytes as they arrive.
 *
 * @module
 */

import { DataSetError } from "../errors.ts";
import type { DataSet } from "../data_set/data_set.ts";
import { lookupKeyword, suggestKeyword } from "../data_set/dictionary.ts";
import { encodeFileMeta } from "../data_set/file_meta.ts";
import type { StoreRequestMessage } from "../dimse/message.ts";
import { STATUS } from "../dimse/status.ts";
import type { Tag } from "../data_set/tag.ts";
import type { Attributes, Handlers, StatusReply, StoreRequest } from "../handler/handler.ts";
import type { Association } from "../net/association.ts";
import type { InboundRequest } from "../net/request_handler.ts";
import { type DataConsumer, SKIP } from "../net/data_consumer.ts";
import { sopClass } from "../sop_class.ts";
import { IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME } from "../uid.ts";
import { type DataSetLimits, SizeLimit } from "./data_set_limits.ts";
import { type Arrival, DataSetStream, type Patience } from "./data_set_stream.ts";
import { InstanceInspector } from "./instance_inspector.ts";
import { type StoreOutcome, storeOutcome, thrownStatus } from "./store_outcome.ts";

/** PS3.5 section 9.1 allows less; but what identifies an instance must at least be short and visible. */
const USABLE_UID = /^[\x21-\x7e]{1,64}$/;

/** How C-STORE requests are taken. */
export interface StorageScpOptions {
  readonly store: NonNullable<Handlers["store"]>;
  /** The elements that the handler asks for, as {@linkcode attributeTags} has them. */
  readonly attributes: AttributeTags;
  /**
   * Whether an instance whose data set is broken is handed on, and answered 0xB007, instead of being
   * refused with 0xC000.
   */
  readonly keepBrokenDataSets: boolean;
  /** Told when the handler failed other than by its status. */
  readonly onHandlerError: (error: unknown) => void;
  /** With a handler that leaves the data set alone. */
  readonly patience: Patience;
  /** What a data set may take. */
  readonly limits: Required<DataSetLimits>;
}

const NO_TAGS: readonly Tag[] = [];

/** Elements by the keywords that they were asked for by. */
export type AttributeTags = ReadonlyMap<string, Tag>;

/**
 * Looks up the elements that handlers ask for.
 *
 * @param keywords Theirs.
 * @returns The tag of each.
 * @throws {TypeError} When a keyword is not in the dictionary, or that of a sequence.
 */
export function attributeTags(keywords: readonly string[] = []): AttributeTags {
  return new Map(keywords.map((keyword) => {
    const entry = lookupKeyword(keyword);
    if (entry === undefined) {
      const suggestion = suggestKeyword(keyword);
      const hint = suggestion === undefined ? "" : `; did you mean ${suggestion}?`;
      throw new TypeError(
        `Cannot tell the attribute ${JSON.stringify(keyword)}: the dictionary has none${hint}`,
      );
    }
    if (entry.vr === "SQ") {
      throw new TypeError(`Cannot tell the attribute ${keyword}: it is a sequence`);
    }
    return [keyword, entry.tag];
  }));
}

/** A C-STORE request of the association, with its message. */
export interface InboundStore extends InboundRequest {
  readonly message: StoreRequestMessage;
}

/** What one C-STORE request came to: the consumer of its data set, and the reply to come. */
export interface StoreTask {
  readonly consumer: DataConsumer;
  /** Runs the handler; resolves to the reply, or to `undefined` when there is nobody to reply to. */
  run(): Promise<StatusReply | undefined>;
}

/**
 * Prepares the taking of one instance.
 *
 * @param association The association.
 * @param inbound The request.
 * @param options How to take it.
 * @returns The consumer for the data set, and the handler's run.
 */
export function storeTask(
  association: Association,
  inbound: InboundStore,
  options: StorageScpOptions,
): StoreTask {
  const refusal = refusalOf(inbound);
  if (refusal !== undefined) {
    return { consumer: SKIP, run: () => Promise.resolve(refusal) };
  }
  const { attributes, limits } = options;
  const inspector = new InstanceInspector(inbound.message, {
    transferSyntaxUid: inbound.context.transferSyntax,
    tags: attributes.size === 0 ? NO_TAGS : [...attributes.values()],
    inflateBudget: limits.inflateBudget,
  });
  const stream = new DataSetStream(inspector, options.keepBrokenDataSets, options.patience);
  const limit = new SizeLimit(stream, limits.maximumSize);
  const request = storeRequest(association, inbound, stream, async () => {
    if (attributes.size === 0) return {};
    const error = await stream.leading();
    if (error !== undefined) throw error;
    return attributesOf(inspector.found, attributes);
  });
  return {
    consumer: limit,
    run: async () => {
      const outcome = await storeOutcome(() => options.store(request));
      // The handler has answered; what it left of the data set is of no use to it any more.
      stream.skip();
      const arrival = await stream.arrival;
      if (limit.excess === undefined) return replyOf(outcome, arrival, options);
      if (!await limit.passed) return undefined;
      return { status: STATUS.outOfResources, errorComment: limit.excess.message };
    },
  };
}

/** What can be refused by the command alone. */
function refusalOf({ context, message }: InboundStore): StatusReply | undefined {
  if (message.affectedSopClassUid !== context.abstractSyntax) {
    return {
      status: STATUS.sopClassNotSupported,
      errorComment: "SOP class is not that of the presentation context",
    };
  }
  if (!USABLE_UID.test(message.affectedSopInstanceUid)) {
    return { status: STATUS.invalidSopInstance, errorComment: "Affected SOP Instance UID" };
  }
  if (!message.hasDataSet) {
    return { status: STATUS.cannotUnderstand, errorComment: "No data set" };
  }
  return undefined;
}

function attributesOf(found: DataSet, tags: AttributeTags): Attributes {
  return Object.fromEntries(
    [...tags].filter(([, tag]) => found.has(tag)).map((
      [keyword, tag],
    ) => [keyword, found.getStrings(tag)]),
  );
}

function storeRequest(
  association: Association,
  { context, message }: InboundStore,
  stream: DataSetStream,
  attributes: () => Promise<Attributes>,
): StoreRequest {
  const { moveOriginatorAeTitle, moveOriginatorMessageId } = message;
  return {
    sopClassUid: message.affectedSopClassUid,
    sopInstanceUid: message.affectedSopInstanceUid,
    transferSyntaxUid: context.transferSyntax,
    messageId: message.messageId,
    ...(moveOriginatorAeTitle === undefined ? {} : {
      moveOriginator: { aeTitle: moveOriginatorAeTitle, messageId: moveOriginatorMessageId ?? 0 },
    }),
    get dataSet(): StoreRequest["dataSet"] {
      return stream.readable;
    },
    passDataSet: (take) => stream.passTo(take),
    fileMetaInformation: () =>
      encodeFileMeta({
        sopClassUid: message.affectedSopClassUid,
        sopInstanceUid: message.affectedSopInstanceUid,
        transferSyntaxUid: context.transferSyntax,
        sourceAeTitle: association.info.callingAeTitle,
        implementationClassUid: IMPLEMENTATION_CLASS_UID,
        implementationVersionName: IMPLEMENTATION_VERSION_NAME,
      }),
    attributes,
    association: association.info,
    get contexts(): StoreRequest["contexts"] {
      return storageContexts(association);
    },
    signal: association.signal,
  };
}

/** Of all that were accepted, those that instances come by. */
function storageContexts({ acceptedContexts }: Association): StoreRequest["contexts"] {
  return acceptedContexts.filter(({ abstractSyntax }) =>
    // What is not known by name and was accepted all the same is a storage SOP class.
    (sopClass(abstractSyntax)?.serviceClass ?? "storage") === "storage"
  ).map(({ abstractSyntax, transferSyntax }) => ({
    sopClassUid: abstractSyntax,
    transferSyntaxUid: transferSyntax,
  }));
}

function replyOf(
  outcome: StoreOutcome,
  arrival: Arrival,
  options: StorageScpOptions,
): StatusReply | undefined {
  if (arrival.type === "lost") return undefined;
  if (arrival.type === "broken") {
    if (!options.keepBrokenDataSets) return brokenReply(arrival.error);
    if (outcome.reply.status === STATUS.success) {
      return { status: STATUS.dataSetDoesNotMatchWarning, errorComment: arrival.error.message };
    }
  }
  if ("error" in outcome) options.onHandlerError(outcome.error);
  return outcome.reply;
}

function brokenReply(error: Error): StatusReply {
  const status = thrownStatus(error) ?? STATUS.cannotUnderstand;
  const { tag } = error instanceof DataSetError ? error : { tag: undefined };
  return {
    status,
    errorComment: error.message,
    ...(tag === undefined ? {} : { offendingElements: [tag] }),
  };
}

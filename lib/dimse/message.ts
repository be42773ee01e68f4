/**
 * The DIMSE messages of the composite services as values (PS3.7 sections 9.3.1 to 9.3.5).
 *
 * A message here is its command set; the data set or identifier that follows it passes as a stream
 * and is announced by `hasDataSet`.
 *
 * @module
 */

/** Command Field (0000,0100) values (PS3.7 section E.1). */
export const COMMAND_FIELD = {
  "C-STORE-RQ": 0x0001,
  "C-STORE-RSP": 0x8001,
  "C-GET-RQ": 0x0010,
  "C-GET-RSP": 0x8010,
  "C-FIND-RQ": 0x0020,
  "C-FIND-RSP": 0x8020,
  "C-MOVE-RQ": 0x0021,
  "C-MOVE-RSP": 0x8021,
  "C-ECHO-RQ": 0x0030,
  "C-ECHO-RSP": 0x8030,
  "C-CANCEL-RQ": 0x0fff,
} as const;

/** Command Data Set Type (0000,0800) that says no data set follows (PS3.7 section E.1). */
export const NO_DATA_SET = 0x0101;

/** Priority (0000,0700). */
export const PRIORITY = { medium: 0, high: 1, low: 2 } as const;

/** A value of Priority (0000,0700). */
export type Priority = (typeof PRIORITY)[keyof typeof PRIORITY];

/** What every request with a response says (PS3.7 section 9.3). */
export interface RequestFields {
  /**
   * Message ID (0000,0110): 0 to 65535, of no other operation under way; responses and C-CANCEL
   * refer to it.
   */
  readonly messageId: number;
  /** Affected SOP Class UID (0000,0002): that of the presentation context the message goes by. */
  readonly affectedSopClassUid: string;
  /** Whether a data set follows: Command Data Set Type (0000,0800) other than 0101H. */
  readonly hasDataSet: boolean;
}

/** C-ECHO-RQ (PS3.7 section 9.3.5.1). */
export interface EchoRequestMessage extends RequestFields {
  /** Command Field 0030H. */
  readonly type: "C-ECHO-RQ";
}

/** C-STORE-RQ (PS3.7 section 9.3.1.1). */
export interface StoreRequestMessage extends RequestFields {
  /** Command Field 0001H. */
  readonly type: "C-STORE-RQ";
  /**
   * Priority (0000,0700); a received message without it, or with an undefined value, counts as
   * medium.
   */
  readonly priority: Priority;
  /** `""` when the peer sent none. */
  readonly affectedSopInstanceUid: string;
  /**
   * Move Originator Application Entity Title (0000,1030): who asked for the C-MOVE that this is a
   * sub-operation of; absent otherwise.
   */
  readonly moveOriginatorAeTitle?: string;
  /** Move Originator Message ID (0000,1031): the message ID of that C-MOVE; absent otherwise. */
  readonly moveOriginatorMessageId?: number;
}

/** C-FIND-RQ (PS3.7 section 9.3.2.1). */
export interface FindRequestMessage extends RequestFields {
  /** Command Field 0020H. */
  readonly type: "C-FIND-RQ";
  /**
   * Priority (0000,0700); a received message without it, or with an undefined value, counts as
   * medium.
   */
  readonly priority: Priority;
}

/** C-GET-RQ (PS3.7 section 9.3.3.1). */
export interface GetRequestMessage extends RequestFields {
  /** Command Field 0010H. */
  readonly type: "C-GET-RQ";
  /**
   * Priority (0000,0700); a received message without it, or with an undefined value, counts as
   * medium.
   */
  readonly priority: Priority;
}

/** C-MOVE-RQ (PS3.7 section 9.3.4.1). */
export interface MoveRequestMessage extends RequestFields {
  /** Command Field 0021H. */
  readonly type: "C-MOVE-RQ";
  /** Priority (0000,0700) of the C-MOVE and of its C-STORE sub-operations; as in C-FIND. */
  readonly priority: Priority;
  /** `""` when the peer sent none. */
  readonly moveDestination: string;
}

/** C-CANCEL-RQ (PS3.7 sections 9.3.2.3, 9.3.3.3, 9.3.4.3). */
export interface CancelRequestMessage {
  /** Command Field 0FFFH. */
  readonly type: "C-CANCEL-RQ";
  /** Message ID of the request to cancel. */
  readonly messageIdBeingRespondedTo: number;
  /** A C-CANCEL has none, whatever its Command Data Set Type says. */
  readonly hasDataSet: false;
}

/** What every response says (PS3.7 section 9.3). */
export interface ResponseFields {
  /** Message ID Being Responded To (0000,0120): that of the request. */
  readonly messageIdBeingRespondedTo: number;
  /** Status (0000,0900), 0 to FFFFH; `statusCategory()` says what kind it is (PS3.7 annex C). */
  readonly status: number;
  /** Affected SOP Class UID (0000,0002), where the responder repeats that of the request. */
  readonly affectedSopClassUid?: string;
  /** Error Comment (0000,0902). */
  readonly errorComment?: string;
  /** Offending Element (0000,0901). */
  readonly offendingElements?: readonly number[];
  /** Whether an identifier follows: Command Data Set Type (0000,0800) other than 0101H. */
  readonly hasDataSet: boolean;
}

/** C-ECHO-RSP (PS3.7 section 9.3.5.2). */
export interface EchoResponseMessage extends ResponseFields {
  /** Command Field 8030H. */
  readonly type: "C-ECHO-RSP";
}

/** C-STORE-RSP (PS3.7 section 9.3.1.2). */
export interface StoreResponseMessage extends ResponseFields {
  /** Command Field 8001H. */
  readonly type: "C-STORE-RSP";
  /** Affected SOP Instance UID (0000,1000), where the responder repeats that of the request. */
  readonly affectedSopInstanceUid?: string;
}

/** C-FIND-RSP (PS3.7 section 9.3.2.2). */
export interface FindResponseMessage extends ResponseFields {
  /** Command Field 8020H. A pending response has an identifier, the final one has none. */
  readonly type: "C-FIND-RSP";
}

/** The sub-operation counters of a retrieve; one that is absent is unknown, not 0. */
export interface SubOperationCounters {
  /** (0000,1020) */
  readonly remaining?: number;
  /** (0000,1021) */
  readonly completed?: number;
  /** (0000,1022) */
  readonly failed?: number;
  /** (0000,1023) */
  readonly warning?: number;
}

/** C-GET-RSP (PS3.7 section 9.3.3.2). */
export interface GetResponseMessage extends ResponseFields, SubOperationCounters {
  /** Command Field 8010H. */
  readonly type: "C-GET-RSP";
}

/** C-MOVE-RSP (PS3.7 section 9.3.4.2). */
export interface MoveResponseMessage extends ResponseFields, SubOperationCounters {
  /** Command Field 8021H. */
  readonly type: "C-MOVE-RSP";
}

/**
 * A request of an operation that the library does not implement (an N-service, say): enough of it to
 * answer 0x0211 (PS3.7 section C.5.22).
 */
export interface UnsupportedRequestMessage {
  /** Not a wire name: stands for every Command Field that has no type of its own here. */
  readonly type: "unsupported";
  /** Command Field (0000,0100) as received. */
  readonly commandField: number;
  /** Message ID (0000,0110), for the response to refer to. */
  readonly messageId: number;
  /**
   * Affected SOP Class UID (0000,0002), or else Requested SOP Class UID (0000,0003), which
   * N-services on an existing instance have instead (PS3.7 section 10.3); absent when there is
   * neither.
   */
  readonly affectedSopClassUid?: string;
  /** Whether a data set follows, to be passed over before the response. */
  readonly hasDataSet: boolean;
}

/** A response to {@linkcode UnsupportedRequestMessage}. */
export interface UnsupportedResponseMessage extends ResponseFields {
  /**
   * Not a wire name: its Command Field is that of {@linkcode
   * UnsupportedResponseMessage.commandField}.
   */
  readonly type: "unsupported-response";
  /** Command Field of the response: that of the request with bit 15 set. */
  readonly commandField: number;
}

/** The requests, C-CANCEL apart. */
export type RequestMessage =
  | EchoRequestMessage
  | StoreRequestMessage
  | FindRequestMessage
  | GetRequestMessage
  | MoveRequestMessage;

/** The responses. */
export type ResponseMessage =
  | EchoResponseMessage
  | StoreResponseMessage
  | FindResponseMessage
  | GetResponseMessage
  | MoveResponseMessage
  | UnsupportedResponseMessage;

/** Any DIMSE-C message. */
export type Message =
  | RequestMessage
  | ResponseMessage
  | CancelRequestMessage
  | UnsupportedRequestMessage;

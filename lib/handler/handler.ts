/**
 * What a handler module is made of: types only, so that a handler depends on nothing at run time
 * and works unchanged under `deno run`, from a registry, and inside an executable.
 *
 * A handler module's default export is a {@linkcode HandlerFactory}.
 *
 * @example
 * ```ts
 * import type { HandlerFactory } from "@dicom/dimse/handler";
 *
 * const count: HandlerFactory = (context) => ({
 *   async store(request) {
 *     let bytes = 0;
 *     for await (const chunk of request.dataSet) bytes += chunk.byteLength;
 *     context.log.info(`${request.sopInstanceUid}: ${bytes} bytes`);
 *     return 0x0000;
 *   },
 * });
 * export default count;
 * ```
 *
 * @module
 */

import type { DataSet } from "../data_set/data_set.ts";

/** A value, or a promise of one. */
export type Awaitable<T> = T | PromiseLike<T>;

/** A DIMSE status, Status (0000,0900): see PS3.7 Annex C and PS3.4 for each service. */
export type Status = number;

/** A DIMSE status with what may go with it in the response. */
export interface StatusReply {
  /** 0x0000 says done, 0xBxxx done with a warning; a pending status is no reply. */
  readonly status: Status;
  /** Error Comment (0000,0902); cut at 64 characters. */
  readonly errorComment?: string;
  /** Offending Element (0000,0901): tags as numbers GGGGEEEE. */
  readonly offendingElements?: readonly number[];
}

/** What is known of the association that a request came by. */
export interface AssociationInfo {
  /** Unique in this process; for logs. */
  readonly id: string;
  /** Who requested the association, by its own account: anybody can send any AE title. */
  readonly callingAeTitle: string;
  /** Whom the requestor meant to call. */
  readonly calledAeTitle: string;
  /** The peer's address, `host:port`. */
  readonly peerAddress: string;
  /** What the peer has proven to be, where the connection is TLS and the peer has shown a certificate. */
  readonly peerCertificate?: PeerCertificate;
}

/** The certificate (X.509) that a peer has shown; an authority that is trusted here has signed it. */
export interface PeerCertificate {
  /** Whose it is, the most specific part first (RFC 4514), such as `CN=CT 1,OU=Radiology,O=Hospital`. */
  readonly subject: string;
  /** Who signed it, in the same form. */
  readonly issuer: string;
  /** The other names of the subject, such as `DNS:ct1.hospital`, `IP:10.1.2.3`, `URI:urn:ct1`. */
  readonly alternativeNames: readonly string[];
  /** SHA-256 of the certificate, in hexadecimal digits. */
  readonly fingerprint: string;
}

/**
 * Values of a data set by keyword, such as `{ Modality: ["CT"] }`: each value as text, numbers too.
 * An element that is empty has no values; one that is missing, inside a sequence, or longer than
 * 4096 bytes is not there.
 */
export type Attributes = Readonly<Record<string, readonly string[]>>;

/** An accepted presentation context for storage. */
export interface StorageContext {
  /** The abstract syntax: SOP Class UID of the instances that it carries. */
  readonly sopClassUid: string;
  /** The transfer syntax that was accepted. */
  readonly transferSyntaxUid: string;
}

/** A C-STORE request (PS3.7 section 9.1.1): one SOP instance, arriving. */
export interface StoreRequest {
  /** Affected SOP Class UID (0000,0002): the abstract syntax of the presentation context. */
  readonly sopClassUid: string;
  /** As the peer sent it: not fit to be a file name. */
  readonly sopInstanceUid: string;
  /** The transfer syntax of the presentation context, which the data set is encoded in. */
  readonly transferSyntaxUid: string;
  /**
   * Message ID (0000,0110), 0 to 65535; unique only among the requests under way of its
   * association.
   */
  readonly messageId: number;
  /** Of a C-STORE that a C-MOVE caused: who asked, and by which message. */
  readonly moveOriginator?: { readonly aeTitle: string; readonly messageId: number };
  /**
   * The bytes of the data set, exactly as they came. A byte stream: a BYOB reader gets them without
   * a further copy. Consume it, cancel it, or leave it: the host skips the rest. It fails when the
   * association is lost, or when the data set turns out to be broken.
   */
  readonly dataSet: ReadableStream<Uint8Array<ArrayBuffer>>;
  /**
   * Gives {@linkcode StoreRequest.dataSet} to a function, in the pieces that come off the connection, and
   * without the copy that a stream costs. Read it or have it passed, not both. Ask for
   * {@linkcode StoreRequest.attributes} before: while the function has a piece, no other comes.
   *
   * Absent where the host has no more than a stream, as in a chain of handlers, or in a sandbox.
   *
   * @param take Takes the next piece: a view that is valid until the function returns, or until what it
   * returns is settled. The buffer below it is the host's, neither to be written to nor transferred. What
   * the function throws ends it; the rest of the data set passes by.
   * @returns Resolves when all pieces are taken.
   * @throws What the stream would fail with, or what the function throws; when the function has done with
   * the piece that it has.
   */
  passDataSet?(take: (piece: Uint8Array) => Awaitable<void>): Promise<void>;
  /** Preamble, `DICM` and group 0002 for a file of {@linkcode StoreRequest.dataSet} (PS3.10 7.1). */
  fileMetaInformation(): Uint8Array<ArrayBuffer>;
  /**
   * The elements that {@linkcode Handlers.attributes} names, as far as the data set has them.
   *
   * Resolves as soon as they have passed by, or 1 MiB of the data set, or its end, also before the
   * handler reads: what comes by then is held for the reader. An element that comes later still is
   * not told.
   *
   * @returns The values by keyword.
   * @throws What {@linkcode StoreRequest.dataSet} fails with, when it fails before that.
   */
  attributes(): Promise<Attributes>;
  /** The association that the instance arrives by. */
  readonly association: AssociationInfo;
  /** What the association may bring: its accepted presentation contexts for storage. */
  readonly contexts: readonly StorageContext[];
  /**
   * Aborted when the association is lost before the reply. A peer that has sent further instances ahead
   * is not read on meanwhile: that it has gone shows when the handler has replied.
   */
  readonly signal: AbortSignal;
}

/**
 * The options of a query or retrieve that extended negotiation agrees on (PS3.4 section C.5): in a
 * request, those that are agreed; of handlers, those that they serve.
 */
export interface QueryOptions {
  /**
   * Relational queries and retrieves: the unique keys of the levels above may be missing. Without it
   * they are hierarchical (PS3.4 section C.4.1.2.2).
   */
  readonly relational?: boolean;
  /** The range of a date and that of its time are one range of moments (PS3.4 section C.2.2.2.5). */
  readonly combineDateTime?: boolean;
  /** Person names match also where they differ in case and the like (PS3.4 section C.2.2.2.1). */
  readonly foldPersonNames?: boolean;
}

/** A C-FIND request (PS3.7 section 9.1.2). */
export interface FindRequest extends QueryOptions {
  /** The information model, such as Study Root FIND (PS3.4 section C.6). */
  readonly sopClassUid: string;
  /**
   * Message ID (0000,0110), 0 to 65535; unique only among the requests under way of its
   * association.
   */
  readonly messageId: number;
  /** The query: Query/Retrieve Level (0008,0052), keys to match, and keys to return. */
  readonly identifier: DataSet;
  /**
   * Whether relational queries or retrieval were negotiated: keys of any level may be combined, without
   * the unique keys of the levels above (PS3.4 section C.5.1.1.1). Absent: they were not.
   */
  readonly relational?: boolean;
  /**
   * Whether it was negotiated that a range of dates and that of times are one range of moments. Absent:
   * it was not.
   */
  readonly combineDateTime?: boolean;
  /** Whether fuzzy matching of person names was negotiated. Absent: it was not. */
  readonly fuzzy?: boolean;
  /** The association that the request came by. */
  readonly association: AssociationInfo;
  /** Aborted by C-CANCEL, and when the association is lost. */
  readonly signal: AbortSignal;
}

/** A C-MOVE or C-GET request (PS3.7 sections 9.1.3 and 9.1.4). */
export interface RetrieveRequest extends FindRequest {
  /** Of a C-MOVE: the AE title that the instances go to. */
  readonly moveDestination?: string;
}

/** An instance that a retrieve may send. */
export interface StoredInstance {
  /** SOP Class UID (0008,0016) of the data set: its C-STORE needs a presentation context for it. */
  readonly sopClassUid: string;
  /**
   * SOP Instance UID (0008,0018) of the data set; named in the response when its sub-operation
   * fails.
   */
  readonly sopInstanceUid: string;
  /** How the bytes of {@linkcode StoredInstance.open} are encoded. */
  readonly transferSyntaxUid: string;
  /** The data set's bytes, without preamble and group 0002. */
  open(): Awaitable<ReadableStream<Uint8Array<ArrayBuffer>>>;
}

/** Where an application entity listens. */
export interface Address {
  /** A host name, or an IP address without brackets. */
  readonly hostname: string;
  /** The TCP port, 1 to 65535; 104 and 11112 are the registered ones. */
  readonly port: number;
  /** The AE title to call there, where it differs from the one that was asked for. */
  readonly aeTitle?: string;
  /** Whether it is to be called by TLS, in the way that the host knows. Default: it is not. */
  readonly tls?: boolean;
}

/** What a peer asks when it requests an association. */
export interface AssociationRequest {
  /** Who calls, without padding; by its own account. */
  readonly callingAeTitle: string;
  /** Whom the peer means to call, without padding. */
  readonly calledAeTitle: string;
  /** Where the peer calls from, `host:port`. */
  readonly peerAddress: string;
  /** The certificate that the peer has shown, where the connection is TLS. */
  readonly peerCertificate?: PeerCertificate;
  /** User identity negotiation (PS3.7 section D.3.3.7); absent when the peer sent none. */
  readonly userIdentity?: {
    /** 1 user name, 2 user name and passcode, 3 Kerberos, 4 SAML, 5 JSON Web Token. */
    readonly type: number;
    /** User name in UTF-8, Kerberos ticket, SAML assertion or JSON Web Token, as the type says. */
    readonly primaryField: Uint8Array;
    /** The passcode: never to be logged. */
    readonly secondaryField: Uint8Array;
  };
}

/**
 * The answer to an association request: accept, with a user identity response where one is due, or
 * reject with the codes of A-ASSOCIATE-RJ (PS3.8 table 9-21).
 */
export type Acceptance =
  | { readonly accept: true; readonly userIdentityResponse?: Uint8Array }
  | {
    readonly accept: false;
    readonly result: 1 | 2;
    readonly source: 1 | 2 | 3;
    readonly reason: number;
    /** Why, in words, for the log: the peer is told the codes alone. */
    readonly because?: string;
  };

/** The services that a handler offers. A service that is absent is not negotiated. */
export interface Handlers extends Partial<AsyncDisposable> {
  /**
   * The keywords (PS3.6), such as `Modality`, of the elements that {@linkcode StoreRequest.attributes}
   * tells: those of the data set itself, not of its sequences.
   */
  readonly attributes?: readonly string[];
  /**
   * Takes one instance. The status is the reply, so answer 0x0000 only when the instance is safe.
   * A thrown value with a numeric `status` is the reply; any other becomes 0x0110.
   */
  store?(request: StoreRequest): Awaitable<Status | StatusReply>;
  /**
   * What {@linkcode Handlers.find} and {@linkcode Handlers.locate} can be asked for beyond the
   * baseline: offered in extended negotiation. Default: nothing.
   */
  readonly queryOptions?: QueryOptions;
  /**
   * Yields one identifier for each match; each is sent before the next is asked for. The host ends the
   * iteration when the request is cancelled. A thrown value with a numeric `status` is the reply; any
   * other becomes 0xC000.
   */
  find?(request: FindRequest): AsyncIterable<DataSet>;
  /**
   * Whether {@linkcode Handlers.find} serves the Modality Worklist (PS3.4 annex K) too. Default: it
   * serves the information models of Query/Retrieve alone.
   */
  readonly worklist?: boolean;
  /**
   * Yields the instances that match; all are asked for before the first is sent, since they are
   * counted. Without {@linkcode Handlers.resolveMoveDestination} it serves C-GET alone. What it throws
   * is the reply, as of {@linkcode Handlers.find}.
   */
  locate?(request: RetrieveRequest): AsyncIterable<StoredInstance>;
  /**
   * Says where the AE of a C-MOVE's destination listens; `undefined` is answered 0xA801. It is asked
   * before {@linkcode Handlers.locate}, and what it throws is the reply in the same way.
   */
  resolveMoveDestination?(aeTitle: string): Awaitable<Address | undefined>;
  /** Decides on an association; without it, all are accepted. */
  acceptAssociation?(request: AssociationRequest): Awaitable<Acceptance>;
}

/** Where a handler's messages go: the host's log. */
export interface Log {
  /** What helps to find a fault, and is not shown otherwise. */
  debug(message: string): void;
  /** What happened in the ordinary course, such as an instance that was stored. */
  info(message: string): void;
  /** What is wrong but does not keep the request from being served. */
  warn(message: string): void;
  /** What kept a request from being served. */
  error(message: string): void;
}

/** An association to request, to send instances by. */
export interface StorageAssociationOptions {
  /** A host name, or an IP address without brackets. */
  readonly hostname: string;
  /** The TCP port, 1 to 65535. */
  readonly port: number;
  /** Whether to connect by TLS, in the way that the host knows. Default: it is not. */
  readonly tls?: boolean;
  /** Who is called. */
  readonly calledAeTitle: string;
  /** Who calls. */
  readonly callingAeTitle: string;
  /** What to propose, each in a presentation context of its own; 1 to 128. */
  readonly contexts: readonly StorageContext[];
  /**
   * Whether an uncompressed data set is converted where the peer takes only another uncompressed
   * transfer syntax. Default: it is.
   */
  readonly convert?: boolean;
  /** Ends the attempt, and aborts the association when it stands. */
  readonly signal?: AbortSignal;
}

/** An instance to send: a {@linkcode StoreRequest} is one. */
export type OutgoingInstance =
  & Pick<StoreRequest, "sopClassUid" | "sopInstanceUid" | "transferSyntaxUid" | "dataSet">
  & Partial<Pick<StoreRequest, "moveOriginator">>;

/** An association that a handler requested, to send instances by. Disposing of it releases it. */
export interface StorageAssociation extends AsyncDisposable {
  /** What can be sent, of what was proposed: as it is, or converted. */
  readonly contexts: readonly StorageContext[];
  /** Aborted when the association has ended, whoever ended it. */
  readonly signal: AbortSignal;
  /**
   * Sends an instance by C-STORE, its bytes as they come; one at a time.
   *
   * @param instance What to send. Its data set is read to the end, or cancelled.
   * @returns The peer's reply; a failure status is a value.
   * @throws When the association is lost. When the data set fails: if a part of it is with the peer, the
   * association is then aborted. With a numeric `status`, when the instance cannot be sent by it: 0x0122
   * where the peer does not take the SOP class, 0xC000 where it does not take the transfer syntax.
   */
  store(instance: OutgoingInstance): Promise<StatusReply>;
}

/** What the host gives a handler. */
export interface HandlerContext {
  /** The `key=value` options of the command line; of a key given twice, both values. */
  readonly options: Readonly<Record<string, readonly string[]>>;
  /** Where messages go: the tools write them to standard error, as far as the log level allows. */
  readonly log: Log;
  /** Aborted when the host shuts down. */
  readonly signal: AbortSignal;
  /**
   * Requests an association to send instances by.
   *
   * @param options Whom to call, and what to propose.
   * @returns The association; there may be none of the proposed contexts in it.
   * @throws When there is no connection, or the association is rejected.
   */
  associate(options: StorageAssociationOptions): Promise<StorageAssociation>;
}

/** The default export of a handler module. */
export type HandlerFactory = (context: HandlerContext) => Awaitable<Handlers>;

/**
 * What a handler needs to be allowed to do, in the words of Deno's permissions: what it gets in a
 * sandbox. Nothing else is allowed there.
 */
export interface HandlerPermissions {
  /** Hosts that it connects to, as `host` or `host:port`. */
  readonly net?: readonly string[];
  /** Files and directories that it reads. */
  readonly read?: readonly string[];
  /** Files and directories that it writes. */
  readonly write?: readonly string[];
  /** Environment variables that it reads. */
  readonly env?: readonly string[];
  /** Programs that it runs; a program has the rights of the user, so this one is no sandbox. */
  readonly run?: readonly string[];
}

/** What a handler module exports. */
export interface HandlerModule {
  /** Makes the handlers. */
  readonly default: HandlerFactory;
  /** What the handler calls itself; the file's name unless given. */
  readonly name?: string;
  /** Its version, as it counts them. */
  readonly version?: string;
  /** What it needs; when that depends on its options, a function of them. None unless given. */
  readonly permissions?:
    | HandlerPermissions
    | ((options: HandlerContext["options"]) => HandlerPermissions);
}

/**
 * The seven protocol data units of the DICOM Upper Layer as values (PS3.8 section 9.3), with the
 * constants and limits of their encoding.
 *
 * @module
 */

/** PDU-type octets (PS3.8 section 9.3.1). */
export const PDU_TYPE = {
  "A-ASSOCIATE-RQ": 0x01,
  "A-ASSOCIATE-AC": 0x02,
  "A-ASSOCIATE-RJ": 0x03,
  "P-DATA-TF": 0x04,
  "A-RELEASE-RQ": 0x05,
  "A-RELEASE-RP": 0x06,
  "A-ABORT": 0x07,
} as const;

/** PDU type, reserved octet, and a 32-bit length that counts what follows (PS3.8 section 9.3.1). */
export const PDU_HEADER_LENGTH = 6;

/** A PDV item's 32-bit length, presentation context ID and message control header (PS3.8 9.3.5.1, E.2). */
export const PDV_HEADER_LENGTH = 6;

/** The only application context name (PS3.7 section A.2.1). */
export const DICOM_APPLICATION_CONTEXT = "1.2.840.10008.3.1.1.1";

/**
 * The longest A-ASSOCIATE-RQ or -AC taken. Real ones stay under 64 KiB; DCMTK uses the same bound.
 */
export const ASSOCIATE_PDU_LIMIT = 1024 * 1024;

/** More contexts than this cannot have distinct odd IDs (PS3.8 section 9.3.2.2). */
export const MAXIMUM_PRESENTATION_CONTEXTS = 128;

/**
 * The hard cap for a P-DATA-TF when we advertise no maximum length (0): a PDU is streamed, never
 * held, so the cap only stops a length that is plainly garbage.
 */
export const UNLIMITED_P_DATA_CAP = 0x7fff_ffff;

/** What is assumed of a peer that sends no maximum length sub-item (mandatory by PS3.8 D.1). */
export const ASSUMED_MAXIMUM_LENGTH = 16384;

/** A presentation context as proposed in an A-ASSOCIATE-RQ (PS3.8 section 9.3.2.2). */
export interface PresentationContextProposed {
  /** Odd, 1 to 255. */
  readonly id: number;
  /**
   * The abstract syntax sub-items found; one in a correct request. None is answered with result 3,
   * two with result 2.
   */
  readonly abstractSyntaxes: readonly string[];
  /** The transfer syntaxes proposed, in order of preference. */
  readonly transferSyntaxes: readonly string[];
}

/** Result/Reason of a presentation context in an A-ASSOCIATE-AC (PS3.8 table 9-18). */
export type PresentationContextResultCode = number;

/** The answer to one proposed presentation context (PS3.8 section 9.3.3.2). */
export interface PresentationContextResult {
  /** As proposed. */
  readonly id: number;
  /** 0 acceptance, 1 user-rejection, 2 no-reason, 3 abstract syntax, 4 transfer syntaxes not supported. */
  readonly result: PresentationContextResultCode;
  /** Significant only with result 0; `""` when the peer sent none. */
  readonly transferSyntax: string;
}

/** SCP/SCU role selection, sub-item 54H (PS3.7 section D.3.3.4). */
export interface RoleSelection {
  /** The SOP class that the roles are for, in all its presentation contexts. */
  readonly sopClassUid: string;
  /** Whether the requestor proposes, or the acceptor accepts, that the requestor is an SCU. */
  readonly scu: boolean;
  /** The same for the role of SCP. */
  readonly scp: boolean;
}

/** Asynchronous operations window, sub-item 53H (PS3.7 section D.3.3.3). 0 is unlimited. */
export interface AsynchronousOperationsWindow {
  /** Most operations that the association requestor may have outstanding with the acceptor. */
  readonly invoked: number;
  /** Most operations that the acceptor may have outstanding with the requestor. */
  readonly performed: number;
}

/** SOP class extended negotiation, sub-item 56H (PS3.7 section D.3.3.5). */
export interface SopClassExtendedNegotiation {
  /** The SOP class that the information is for. */
  readonly sopClassUid: string;
  /** Service class application information; its bytes mean what the service class says. */
  readonly information: Uint8Array;
}

/** SOP class common extended negotiation, sub-item 57H (PS3.7 section D.3.3.6). RQ only. */
export interface SopClassCommonExtendedNegotiation {
  /** The SOP class that is described. */
  readonly sopClassUid: string;
  /** The service class that it belongs to, such as Storage (1.2.840.10008.4.2). */
  readonly serviceClassUid: string;
  /** Standard SOP classes whose instances those of this one can be treated as; may be empty. */
  readonly relatedGeneralSopClassUids: readonly string[];
}

/** User identity of the requestor, sub-item 58H (PS3.7 section D.3.3.7.1). */
export interface UserIdentity {
  /** 1 user name, 2 user name and passcode, 3 Kerberos, 4 SAML, 5 JSON Web Token. */
  readonly type: number;
  /**
   * Whether the requestor wants sub-item 59H in the A-ASSOCIATE-AC when the identity is accepted.
   */
  readonly positiveResponseRequested: boolean;
  /** User name in UTF-8, Kerberos ticket, SAML assertion or JSON Web Token, as the type says. */
  readonly primaryField: Uint8Array;
  /** The passcode; empty unless the type is 2. Never to be logged. */
  readonly secondaryField: Uint8Array;
}

/** A user-information sub-item of a type this library does not know; kept as it came. */
export interface UnknownSubItem {
  /** The item-type octet: any but 51H to 59H. */
  readonly type: number;
  /** What follows the 4-byte item header. */
  readonly data: Uint8Array;
}

/** The user information item, 50H (PS3.8 section 9.3.2.3, PS3.7 section D.3.3). */
export interface UserInformation {
  /** 51H: largest P-DATA-TF the sender takes, without the 6-byte header; 0 unlimited; absent when not sent. */
  readonly maximumLength?: number;
  /** 52H */
  readonly implementationClassUid?: string;
  /** 53H */
  readonly asynchronousOperationsWindow?: AsynchronousOperationsWindow;
  /** 54H */
  readonly roleSelections: readonly RoleSelection[];
  /** 55H */
  readonly implementationVersionName?: string;
  /** 56H */
  readonly extendedNegotiations: readonly SopClassExtendedNegotiation[];
  /** 57H */
  readonly commonExtendedNegotiations: readonly SopClassCommonExtendedNegotiation[];
  /** 58H */
  readonly userIdentity?: UserIdentity;
  /** 59H: the server's response (PS3.7 section D.3.3.7.2); may be empty. */
  readonly userIdentityResponse?: Uint8Array;
  /** Sub-items of unknown type, in order; skipped by the protocol, kept for diagnosis. */
  readonly unknown: readonly UnknownSubItem[];
}

/** A-ASSOCIATE-RQ (PS3.8 section 9.3.2). */
export interface AssociateRequestPdu {
  /** PDU-type 01H. */
  readonly type: "A-ASSOCIATE-RQ";
  /** Bit field; version 1 is bit 0. */
  readonly protocolVersion: number;
  /** Without the padding. */
  readonly calledAeTitle: string;
  /** Without the padding. */
  readonly callingAeTitle: string;
  /** `undefined` when the item is missing. */
  readonly applicationContext: string | undefined;
  /** In the order proposed; their IDs are distinct, and at most 128. */
  readonly presentationContexts: readonly PresentationContextProposed[];
  /** What the requestor says of itself; with empty lists when the item is missing. */
  readonly userInformation: UserInformation;
}

/** A-ASSOCIATE-AC (PS3.8 section 9.3.3). */
export interface AssociateAcceptPdu {
  /** PDU-type 02H. */
  readonly type: "A-ASSOCIATE-AC";
  /** Bit field of the versions the acceptor speaks; version 1 is bit 0. */
  readonly protocolVersion: number;
  /** What the request carried; not tested by the receiver. */
  readonly calledAeTitle: string;
  /** What the request carried; not tested by the receiver. */
  readonly callingAeTitle: string;
  /** `undefined` when the item is missing. */
  readonly applicationContext: string | undefined;
  /** The answers, found by their IDs; in a correct acceptance one for each context proposed. */
  readonly presentationContexts: readonly PresentationContextResult[];
  /**
   * What the acceptor says of itself, and its answers to role selection and extended negotiation.
   */
  readonly userInformation: UserInformation;
}

/** A-ASSOCIATE-RJ (PS3.8 section 9.3.4). */
export interface AssociateRejectPdu {
  /** PDU-type 03H. */
  readonly type: "A-ASSOCIATE-RJ";
  /** 1: rejected-permanent. 2: rejected-transient. */
  readonly result: number;
  /** 1: service-user. 2: service-provider (ACSE). 3: service-provider (presentation). */
  readonly source: number;
  /** Reason/Diag.; its meaning depends on the source (PS3.8 table 9-21). */
  readonly reason: number;
}

/** A-RELEASE-RQ (PS3.8 section 9.3.6). */
export interface ReleaseRequestPdu {
  /** PDU-type 05H. */
  readonly type: "A-RELEASE-RQ";
}

/** A-RELEASE-RP (PS3.8 section 9.3.7). */
export interface ReleaseResponsePdu {
  /** PDU-type 06H. */
  readonly type: "A-RELEASE-RP";
}

/** A-ABORT (PS3.8 section 9.3.8). */
export interface AbortPdu {
  /** PDU-type 07H. */
  readonly type: "A-ABORT";
  /** 0: service-user. 2: service-provider. */
  readonly source: number;
  /** Reason/Diag. (PS3.8 table 9-26); only significant when the source is 2. */
  readonly reason: number;
}

/** Every PDU but P-DATA-TF, which is never held whole: see the decoder's events. */
export type Pdu =
  | AssociateRequestPdu
  | AssociateAcceptPdu
  | AssociateRejectPdu
  | ReleaseRequestPdu
  | ReleaseResponsePdu
  | AbortPdu;

/** The header of a P-DATA-TF has arrived; its PDVs follow as {@linkcode PdvPiece}s. */
export interface PDataStart {
  /** PDU-type 04H. */
  readonly type: "P-DATA-TF";
  /** The PDU-length field. */
  readonly length: number;
}

/**
 * A part of a PDV's fragment, as it arrived: a view on the bytes given to the decoder, valid only
 * until the decoder is given the next bytes.
 */
export interface PdvPiece {
  /** Tells a piece from the PDUs; PDVs have no type octet. */
  readonly type: "PDV";
  /** The presentation context ID of the PDV: odd, 1 to 255. */
  readonly contextId: number;
  /** Message control header bit 0: a command fragment, else a data set fragment (PS3.8 E.2). */
  readonly isCommand: boolean;
  /** Whether this piece ends the last fragment of the command or data set (header bit 1). */
  readonly isLast: boolean;
  /** May be empty when the fragment is. */
  readonly data: Uint8Array;
}

/** What the streaming decoder tells, one at a time and in order. */
export type PduEvent = Pdu | PDataStart | PdvPiece;

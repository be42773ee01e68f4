/**
 * Every error of the library, in one hierarchy under {@linkcode DicomNetError}.
 *
 * A DIMSE failure status is a value, never an exception; what is thrown is a broken association,
 * an unreachable peer, input that cannot be decoded, or wrong use of the library.
 *
 * @module
 */

/** What an error leads to on the wire: the A-ABORT to send (PS3.8 table 9-26). */
export interface AbortCode {
  /** 0: the service-user gave up. 2: the service-provider found a violation. */
  readonly source: 0 | 2;
  /** Reason/Diag.; only significant when the source is 2. */
  readonly reason: number;
}

/** The root of the library's errors. */
export class DicomNetError extends Error {
  /** The name of the class. */
  override name = "DicomNetError";
}

/** A rule of the protocol was broken, by us or by the peer. */
export abstract class ProtocolError extends DicomNetError {
  /** The name of the class. */
  override name = "ProtocolError";
}

/** The library was used against the protocol's rules: a bug in the calling code. Nothing was sent. */
export class LocalProtocolError extends ProtocolError {
  /** The name of the class. */
  override name = "LocalProtocolError";
}

/** The peer broke a rule of the protocol; {@linkcode RemoteProtocolError.abort} is the answer. */
export class RemoteProtocolError extends ProtocolError {
  /** The name of the class. */
  override name = "RemoteProtocolError";
  /** The A-ABORT that answers the violation. */
  readonly abort: AbortCode;

  /**
   * Makes the error of a violation.
   *
   * @param message What was wrong, as a sentence.
   * @param abort The A-ABORT that answers it.
   * @param options The cause, if any.
   */
  constructor(message: string, abort: AbortCode, options?: ErrorOptions) {
    super(message, options);
    this.abort = abort;
  }
}

/** What a peer can speak instead of DICOM; `text` is something readable that is none of the others. */
export type ForeignProtocol = "TLS" | "HTTP" | "SSH" | "SMTP" | "HL7" | "PROXY" | "text";

/** The first that came from the peer is known, and is another protocol than DICOM. */
export class ForeignProtocolError extends RemoteProtocolError {
  /** The name of the class. */
  override name = "ForeignProtocolError";
  /** What the peer speaks. */
  readonly protocol: ForeignProtocol;

  /**
   * Makes the error of a peer that speaks something else.
   *
   * @param message What it speaks, as a sentence.
   * @param abort The A-ABORT that answers it.
   * @param protocol What it speaks.
   */
  constructor(message: string, abort: AbortCode, protocol: ForeignProtocol) {
    super(message, abort);
    this.protocol = protocol;
  }
}

/** The peer answered the association request with A-ASSOCIATE-RJ (PS3.8 section 9.3.4). */
export class AssociationRejectedError extends DicomNetError {
  /** The name of the class. */
  override name = "AssociationRejectedError";
  /** 1: rejected-permanent. 2: rejected-transient. */
  readonly result: number;
  /** 1: service-user. 2: service-provider (ACSE). 3: service-provider (presentation). */
  readonly source: number;
  /** Reason/Diag.; its meaning depends on the source. */
  readonly reason: number;

  /**
   * Makes the error of an A-ASSOCIATE-RJ that came.
   *
   * @param message What was rejected, in words.
   * @param rejection The three codes of the A-ASSOCIATE-RJ.
   * @param options The cause, if any.
   */
  constructor(
    message: string,
    rejection: { readonly result: number; readonly source: number; readonly reason: number },
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.result = rejection.result;
    this.source = rejection.source;
    this.reason = rejection.reason;
  }
}

/** The association ended by A-ABORT, the peer's or ours, before the operation was done. */
export class AssociationAbortedError extends DicomNetError {
  /** The name of the class. */
  override name = "AssociationAbortedError";
}

/** There is no connection: it could not be opened, or it was lost. */
export class ConnectionError extends DicomNetError {
  /** The name of the class. */
  override name = "ConnectionError";
}

/**
 * Why there is no TLS with a peer.
 *
 * | value | meaning |
 * |---|---|
 * | `unknown-authority` | the peer's certificate is of an authority that is not trusted here |
 * | `expired`, `not-yet-valid` | the peer's certificate is out of its time |
 * | `wrong-host` | the peer's certificate is for other hosts than the one that was called |
 * | `bad-certificate` | the peer's certificate is of no use for another reason |
 * | `no-certificate` | the peer was to show a certificate, and has shown none |
 * | `certificate-wanted` | the peer wants a certificate of us, and we have shown none |
 * | `certificate-refused` | the peer has refused our certificate |
 * | `nothing-in-common` | the two have no version of TLS or no cipher suite in common |
 * | `no-tls` | the peer does not speak TLS |
 * | `closed` | the peer closed the connection instead of answering |
 * | `other` | what the message says |
 */
export type TlsFault =
  | "unknown-authority"
  | "expired"
  | "not-yet-valid"
  | "wrong-host"
  | "bad-certificate"
  | "no-certificate"
  | "certificate-wanted"
  | "certificate-refused"
  | "nothing-in-common"
  | "no-tls"
  | "closed"
  | "other";

/** There is no TLS with the peer, or no longer. */
export class TlsError extends ConnectionError {
  /** The name of the class. */
  override name = "TlsError";
  /** Why. */
  readonly fault: TlsFault;

  /**
   * Makes the error of a TLS connection that could not be made.
   *
   * @param message What went wrong, as a sentence.
   * @param fault Why.
   * @param options The cause, if any.
   */
  constructor(message: string, fault: TlsFault, options?: ErrorOptions) {
    super(message, options);
    this.fault = fault;
  }
}

/** What a {@linkcode TimeoutError} was waiting for. */
export type TimeoutPhase =
  | "connect"
  | "acse"
  | "dimse"
  | "network"
  | "pdu"
  | "release"
  | "write"
  | "artim"
  | "handler";

/** A deadline passed. */
export class TimeoutError extends DicomNetError {
  /** The name of the class. */
  override name = "TimeoutError";
  /** What was waited for. */
  readonly phase: TimeoutPhase;

  /**
   * Makes the error of a timer that ran out.
   *
   * @param message What was waited for and how long, as a sentence.
   * @param phase The timer that ran out.
   * @param options The cause, if any.
   */
  constructor(message: string, phase: TimeoutPhase, options?: ErrorOptions) {
    super(message, options);
    this.phase = phase;
  }
}

/** The association stands, but carries no presentation context (or role) for what is asked. */
export class NegotiationError extends DicomNetError {
  /** The name of the class. */
  override name = "NegotiationError";
}

/** A data set, command set or file cannot be decoded or encoded. */
export class DataSetError extends DicomNetError {
  /** The name of the class. */
  override name = "DataSetError";
  /** The element at fault, as a number GGGGEEEE, where it is known. */
  readonly tag: number | undefined;
  /** Where the fault is, in bytes from the start of the data set or file, where it is known. */
  readonly offset: number | undefined;

  /**
   * Makes the error of a fault at a place in the data.
   *
   * @param message What is wrong, as a sentence.
   * @param at The element and the offset, where known; and the cause, if any.
   */
  constructor(
    message: string,
    at: { readonly tag?: number; readonly offset?: number } & ErrorOptions = {},
  ) {
    super(message, at);
    this.tag = at.tag;
    this.offset = at.offset;
  }
}

/** A handler module could not be loaded, or what it did was not allowed. */
export class HandlerError extends DicomNetError {
  /** The name of the class. */
  override name = "HandlerError";
  /** The URL or built-in name of the handler. */
  readonly url: string;

  /**
   * Makes the error of one handler.
   *
   * @param message What went wrong, as a sentence.
   * @param url The URL or built-in name of the handler.
   * @param options The cause, if any.
   */
  constructor(message: string, url: string, options?: ErrorOptions) {
    super(message, options);
    this.url = url;
  }
}

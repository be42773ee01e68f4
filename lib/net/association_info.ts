/**
 * What is known of an association.
 *
 * @module
 */

import type { AssociationInfo } from "../handler/handler.ts";
import type { AssociateRequestPdu } from "../pdu/pdu.ts";
import type { Transport } from "./transport.ts";

/**
 * Describes an association.
 *
 * @param id Tells it apart from others.
 * @param transport Its connection.
 * @param request The association request, once there is one.
 * @returns What is known by now.
 */
export function associationInfo(
  id: string,
  { peerAddress, peerCertificate }: Transport,
  request: AssociateRequestPdu | undefined,
): AssociationInfo {
  return {
    id,
    callingAeTitle: request?.callingAeTitle ?? "",
    calledAeTitle: request?.calledAeTitle ?? "",
    peerAddress,
    ...(peerCertificate ? { peerCertificate } : {}),
  };
}

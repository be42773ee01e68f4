/**
 * A Storage SCP made of dcmjs-dimse's server as its documentation shows it: port and directory. What
 * it takes is written as the library makes it.
 *
 * @module
 */

import dcmjsDimse from "dcmjs-dimse";

const { constants, responses, Scp, Server } = dcmjsDimse;
const { PresentationContextResult, Status, TransferSyntax } = constants;
const [port, directory] = Deno.args;

class StorageScp extends Scp {
  override associationRequested(
    association: InstanceType<typeof dcmjsDimse.association.Association>,
  ): void {
    association.setMaxPduLength(65536);
    for (const { id } of association.getPresentationContexts()) {
      const context = association.getPresentationContext(id);
      const proposed = context.getTransferSyntaxUids();
      const chosen = [TransferSyntax.ExplicitVRLittleEndian, TransferSyntax.ImplicitVRLittleEndian]
        .find((uid) => proposed.includes(uid));
      if (chosen !== undefined) {
        context.setResult(PresentationContextResult.Accept, chosen);
      } else {
        context.setResult(PresentationContextResult.RejectTransferSyntaxesNotSupported);
      }
    }
    this.sendAssociationAccept();
  }

  override cStoreRequest(
    request: InstanceType<typeof dcmjsDimse.requests.CStoreRequest>,
    callback: (response: InstanceType<typeof responses.CStoreResponse>) => void,
  ): void {
    request.getDataset()?.toFile(`${directory}/${request.getAffectedSopInstanceUid()}.dcm`);
    const response = responses.CStoreResponse.fromRequest(request);
    response.setStatus(Status.Success);
    callback(response);
  }

  override cEchoRequest(
    request: InstanceType<typeof dcmjsDimse.requests.CEchoRequest>,
    callback: (response: InstanceType<typeof responses.CEchoResponse>) => void,
  ): void {
    const response = responses.CEchoResponse.fromRequest(request);
    response.setStatus(Status.Success);
    callback(response);
  }

  override associationReleaseRequested(): void {
    this.sendAssociationReleaseResponse();
  }
}

new Server(StorageScp).listen(Number(port));

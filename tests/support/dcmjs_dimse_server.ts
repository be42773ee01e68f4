/**
 * A Storage SCP made of dcmjs-dimse's server, as a program: port, directory, and the transfer syntaxes
 * that it accepts. What it takes is written as it came, behind file meta information.
 *
 * @module
 */
import dcmjsDimse from "dcmjs-dimse";
import { Writable } from "node:stream";
import { encodeFileMeta } from "../../lib/data_set/file_meta.ts";

const { constants, Dataset, responses, Scp, Server } = dcmjsDimse;
const [port, directory, ...accepted] = Deno.args;

/** Gathers the data set of one C-STORE. */
class Gathering extends Writable {
  readonly pieces: Uint8Array[] = [];
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;

  constructor(sopClassUid: string, sopInstanceUid: string) {
    super();
    this.sopClassUid = sopClassUid;
    this.sopInstanceUid = sopInstanceUid;
  }

  override _write(piece: Uint8Array, _encoding: string, done: () => void): void {
    this.pieces.push(piece.slice());
    done();
  }
}

class StorageScp extends Scp {
  override associationRequested(
    association: InstanceType<typeof dcmjsDimse.association.Association>,
  ): void {
    for (const { id } of association.getPresentationContexts()) {
      const context = association.getPresentationContext(id);
      const chosen = context.getTransferSyntaxUids().find((uid: string) => accepted.includes(uid));
      if (chosen === undefined) {
        context.setResult(
          constants.PresentationContextResult.RejectTransferSyntaxesNotSupported,
        );
      } else {
        context.setResult(constants.PresentationContextResult.Accept, chosen);
      }
    }
    this.sendAssociationAccept();
  }

  override createStoreWritableStream(
    _context: unknown,
    request: InstanceType<typeof dcmjsDimse.requests.CStoreRequest>,
  ): Gathering {
    return new Gathering(request.getAffectedSopClassUid(), request.getAffectedSopInstanceUid());
  }

  override createDatasetFromStoreWritableStream(
    gathering: Gathering,
    context: { getAcceptedTransferSyntaxUid(): string | undefined },
    callback: (dataset: InstanceType<typeof Dataset>) => void,
  ): void {
    const { sopClassUid, sopInstanceUid, pieces } = gathering;
    const meta = encodeFileMeta({
      sopClassUid,
      sopInstanceUid,
      transferSyntaxUid: context.getAcceptedTransferSyntaxUid() ?? "",
      implementationClassUid: "1.2.3",
    });
    Deno.writeFileSync(`${directory}/${sopInstanceUid}`, meta);
    for (const piece of pieces) {
      Deno.writeFileSync(`${directory}/${sopInstanceUid}`, piece, { append: true });
    }
    callback(new Dataset({}));
  }

  override cStoreRequest(
    request: InstanceType<typeof dcmjsDimse.requests.CStoreRequest>,
    callback: (response: InstanceType<typeof responses.CStoreResponse>) => void,
  ): void {
    const response = responses.CStoreResponse.fromRequest(request);
    response.setStatus(constants.Status.Success);
    callback(response);
  }

  override associationReleaseRequested(): void {
    this.sendAssociationReleaseResponse();
  }
}

new Server(StorageScp).listen(Number(port));

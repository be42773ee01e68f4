/**
 * Surroundings for tools under test: no process, no network, no time but the test's.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Io, StopSignal } from "../../cli/io.ts";
import type { AssociateRequestPdu, UserInformation } from "../../lib/pdu/pdu.ts";
import type { Transport, TransportListener } from "../../lib/net/transport.ts";
import { CT, EXPLICIT } from "../support/core_pair.ts";
import { FakeClock, settle } from "../support/fake_clock.ts";
import { type MemoryNetwork, memoryNetwork } from "../support/memory_transport.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import type { MoveResponseMessage, StoreRequestMessage } from "../../lib/dimse/message.ts";

/** A tool. */
export type Main = (args: readonly string[], io: Io) => Promise<number>;

/** What a tool under test sees, and what it did. */
export class ToolBench {
  readonly clock = new FakeClock();
  readonly files = new Map<string, Uint8Array<ArrayBuffer>>();
  /** Who is called. */
  readonly peerNetwork: MemoryNetwork = memoryNetwork();
  /** Who calls the tool's Storage SCP. */
  readonly storeNetwork: MemoryNetwork = memoryNetwork();
  readonly #listener: TransportListener;
  readonly #signalListeners = new Set<(signal: StopSignal) => void>();
  stdout = "";
  stderr = "";
  /** Where the tool called, and where it listened. */
  readonly calls: string[] = [];
  readonly #listened = Promise.withResolvers<void>();
  readonly io: Io;

  constructor() {
    this.#listener = this.peerNetwork.listen({ port: 104 });
    this.io = {
      stdout: (text) => void (this.stdout += text),
      stderr: (text) => void (this.stderr += text),
      columns: undefined,
      clock: this.clock,
      connect: async (options) => {
        this.calls.push(`connect ${options.hostname} ${options.port}`);
        return await this.peerNetwork.connect(options);
      },
      listen: (options) => {
        this.calls.push(`listen ${options.hostname ?? "*"} ${options.port}`);
        this.#listened.resolve();
        return this.storeNetwork.listen(options);
      },
      onSignal: (listener) => {
        this.#signalListeners.add(listener);
        return () => void this.#signalListeners.delete(listener);
      },
      readFile: (path) => {
        const bytes = this.files.get(path);
        return bytes === undefined
          ? Promise.reject(new Deno.errors.NotFound(path))
          : Promise.resolve(bytes);
      },
    };
  }

  /** Resolves when the tool listens, its handlers loaded. */
  async listened(): Promise<void> {
    await this.#listened.promise;
    await settle();
  }

  /** How many wait for signals. */
  get signalListeners(): number {
    return this.#signalListeners.size;
  }

  /** The lines of the standard error. */
  get lines(): string[] {
    return this.stderr.split("\n").slice(0, -1);
  }

  /** Sends the tool a signal, and lets it act. */
  async signal(signal: StopSignal): Promise<void> {
    for (const listener of [...this.#signalListeners]) listener(signal);
    await settle();
  }

  /** The peer's end of the connection that the tool opens. */
  async accept(): Promise<ScriptedPeer> {
    return new ScriptedPeer(await this.#listener.accept());
  }

  /** Takes the association of the tool, and tells its request. */
  async acceptAssociation(
    answer: Partial<UserInformation> = {},
  ): Promise<{ peer: ScriptedPeer; request: AssociateRequestPdu }> {
    const peer = await this.accept();
    const request = await peer.expect("A-ASSOCIATE-RQ");
    await peer.send(acceptOf(request, answer));
    return { peer, request };
  }

  /** Takes the association and the C-MOVE; tells the destination and the identifier's bytes. */
  async acceptMove(): Promise<{ peer: ScriptedPeer; destination: string; identifier: Uint8Array }> {
    const { peer } = await this.acceptAssociation();
    const { moveDestination } = await peer.expectMessage("C-MOVE-RQ");
    const { data } = await peer.expect("data");
    return { peer, destination: moveDestination, identifier: data };
  }

  /** Associates with the tool's Storage SCP as an archive does. */
  async callStorage(): Promise<StoringPeer> {
    const peer = new StoringPeer(this.storeNetwork.dial());
    await peer.associate();
    return peer;
  }
}

function acceptOf(
  request: AssociateRequestPdu,
  answer: Partial<UserInformation>,
): Parameters<ScriptedPeer["send"]>[0] {
  const { userIdentity: _identity, asynchronousOperationsWindow: _window, ...userInformation } =
    request.userInformation;
  return {
    ...request,
    type: "A-ASSOCIATE-AC",
    presentationContexts: request.presentationContexts.map(({ id, transferSyntaxes: [first] }) => ({
      id,
      result: 0,
      transferSyntax: first ?? "",
    })),
    userInformation: { ...userInformation, extendedNegotiations: [], ...answer },
  };
}

/** Whose C-MOVE an instance is sent for. */
interface Originator {
  readonly aeTitle: string;
  readonly messageId: number;
}

/** An archive that sends instances. */
export class StoringPeer extends ScriptedPeer {
  #messageId = 0;

  constructor(transport: Transport) {
    super(transport);
  }

  /** Requests an association for CT images and Verification, and has it. */
  async associate(): Promise<void> {
    await this.requestAssociation();
    await this.expect("A-ASSOCIATE-AC");
  }

  /** Requests an association for CT images and Verification. */
  async requestAssociation(): Promise<void> {
    await this.send({
      type: "A-ASSOCIATE-RQ",
      protocolVersion: 1,
      callingAeTitle: "ARCHIVE",
      calledAeTitle: "STORESCP",
      applicationContext: "1.2.840.10008.3.1.1.1",
      presentationContexts: [
        { id: 1, abstractSyntaxes: [CT], transferSyntaxes: [EXPLICIT] },
        { id: 3, abstractSyntaxes: ["1.2.840.10008.1.1"], transferSyntaxes: [EXPLICIT] },
      ],
      userInformation: {
        maximumLength: 16384,
        implementationClassUid: "1.2.3",
        roleSelections: [],
        extendedNegotiations: [],
        commonExtendedNegotiations: [],
        unknown: [],
      },
    });
  }

  /** Begins a C-STORE: sends all of it, and waits for nothing. */
  async beginStore(sopInstanceUid: string, originator?: Originator): Promise<number> {
    const request = this.#storeRequest(sopInstanceUid, originator);
    await this.sendMessage(1, request, instance(sopInstanceUid));
    return request.messageId;
  }

  /** Begins a C-STORE, and sends all of it but its last bytes: see `sendRest()`. */
  async beginLongStore(sopInstanceUid: string, originator?: Originator): Promise<void> {
    await this.sendTruncated(
      1,
      this.#storeRequest(sopInstanceUid, originator),
      instance(sopInstanceUid),
    );
  }

  #storeRequest(sopInstanceUid: string, originator?: Originator): StoreRequestMessage {
    return {
      type: "C-STORE-RQ",
      messageId: ++this.#messageId,
      affectedSopClassUid: CT,
      affectedSopInstanceUid: sopInstanceUid,
      priority: 0,
      hasDataSet: true,
      ...(originator && {
        moveOriginatorAeTitle: originator.aeTitle,
        moveOriginatorMessageId: originator.messageId,
      }),
    };
  }

  /** Sends an instance, and tells the status of the answer. */
  async store(sopInstanceUid: string, originator?: Originator): Promise<number> {
    await this.beginStore(sopInstanceUid, originator);
    return (await this.expectMessage("C-STORE-RSP")).status;
  }

  /** Releases the association. */
  async release(): Promise<void> {
    await this.send({ type: "A-RELEASE-RQ" });
    await this.expect("A-RELEASE-RP");
    this.transport.close();
  }
}

/** The data set of a small CT image, in Explicit VR Little Endian. */
export function instance(sopInstanceUid: string): Uint8Array {
  const text = (value: string): string => value.length % 2 === 0 ? value : `${value}\0`;
  const element = (tag: readonly number[], value: string): number[] => [
    ...tag,
    ...new TextEncoder().encode("UI"),
    text(value).length,
    0,
    ...new TextEncoder().encode(text(value)),
  ];
  return Uint8Array.from([
    ...element([0x08, 0x00, 0x16, 0x00], CT),
    ...element([0x08, 0x00, 0x18, 0x00], sopInstanceUid),
  ]);
}

/** A C-MOVE response to message 1. */
export function moveResponse(
  status: number,
  counters: Partial<MoveResponseMessage> = {},
): MoveResponseMessage {
  return {
    type: "C-MOVE-RSP",
    messageIdBeingRespondedTo: 1,
    status,
    hasDataSet: false,
    ...counters,
  };
}

/** The counters of a C-MOVE response. */
export function counters(
  remaining: number,
  completed: number,
  failed = 0,
  warning = 0,
): Partial<MoveResponseMessage> {
  return { remaining, completed, failed, warning };
}

/**
 * Runs a tool on a command line that it must refuse before it calls or listens anywhere.
 *
 * @param main The tool.
 * @param args The command line.
 * @param expected All that it must write.
 * @param bench Its surroundings.
 */
export async function refuses(
  main: Main,
  args: readonly string[],
  expected: string,
  bench: ToolBench = new ToolBench(),
): Promise<void> {
  const code = await main(args, bench.io);
  const told = { stderr: bench.stderr, stdout: bench.stdout, calls: bench.calls, code };
  assert.deepEqual(told, { stderr: expected, stdout: "", calls: [], code: 2 });
  assert.equal(bench.signalListeners, 0, "the signals must have their usual effect again");
}

/**
 * An archive that serves C-FIND and C-MOVE, and does not always do what it says.
 *
 * @module
 */

import { associationAccept } from "../../lib/association/negotiation.ts";
import type { DataSet } from "../../lib/data_set/data_set.ts";
import { decodeDataSet } from "../../lib/data_set/decoder.ts";
import { encodeDataSet } from "../../lib/data_set/encoder.ts";
import type { SubOperationCounters } from "../../lib/dimse/message.ts";
import type { ScriptedPeer } from "../support/scripted_peer.ts";
import { dataSetOf } from "./get_archive.ts";
import type { ToolBench } from "./tool_bench.ts";

/** What the archive does at one C-MOVE. */
export interface MoveWay {
  /** The instances that it sends, in this order; those that are asked for by default. */
  readonly sends?: readonly string[];
  /** Its status; Success by default. */
  readonly status?: number;
  /** Its counters; by default as many as it sends are completed. */
  readonly counters?: SubOperationCounters;
  /** Its Failed SOP Instance UID List. */
  readonly failed?: readonly string[];
  /** Whether the connection breaks when all that it sends is sent. */
  readonly breaks?: boolean;
}

/** Its ways. */
export interface MoveArchiveWays {
  /** The instances of each series of its only study. */
  readonly holds: Readonly<Record<string, readonly string[]>>;
  /** What it does at each C-MOVE, the last for all further ones. */
  readonly moves?: readonly MoveWay[];
  /** Whether it serves C-FIND; it does by default. */
  readonly finds?: boolean;
  /** Which associations it rejects for the time being, by number from 1. */
  readonly isBusy?: (association: number) => boolean;
}

/** A scripted archive. */
export class MoveArchive {
  readonly #bench: ToolBench;
  readonly #ways: MoveArchiveWays;
  #associations = 0;
  /** What was asked for by each C-MOVE: level, series and instances. */
  readonly moves: string[] = [];
  /** How many C-FINDs there were. */
  finds = 0;
  /** The status of each C-STORE, by instance. */
  readonly stores: [uid: string, status: number][] = [];

  constructor(bench: ToolBench, ways: MoveArchiveWays) {
    this.#bench = bench;
    this.#ways = ways;
    this.#serve();
  }

  /** How many associations were requested. */
  get associations(): number {
    return this.#associations;
  }

  async #serve(): Promise<void> {
    while (true) {
      const peer = await this.#bench.accept();
      const request = await peer.expect("A-ASSOCIATE-RQ");
      this.#associations += 1;
      if (this.#ways.isBusy?.(this.#associations)) {
        await peer.send({ type: "A-ASSOCIATE-RJ", result: 2, source: 3, reason: 2 });
        continue;
      }
      await peer.send(associationAccept(request, {
        select: (abstractSyntax, [first = ""]) =>
          abstractSyntax.endsWith(".1") && this.#ways.finds === false ? 3 : first,
        maximumLength: 16384,
      }));
      await this.#operate(peer);
    }
  }

  async #operate(peer: ScriptedPeer): Promise<void> {
    while (true) {
      const next = await peer.receive();
      if (next.type === "A-RELEASE-RQ") await peer.send({ type: "A-RELEASE-RP" });
      if (next.type === "closed" || next.type === "A-ABORT") return peer.transport.close();
      if (next.type !== "message") continue;
      const { message } = next;
      const { data } = await peer.expect("data");
      const identifier = decodeDataSet(data, IMPLICIT);
      if (message.type === "C-FIND-RQ") await this.#find(peer, message.messageId, identifier);
      if (message.type === "C-MOVE-RQ") {
        if (!await this.#move(peer, message.messageId, identifier)) return;
      }
    }
  }

  async #find(peer: ScriptedPeer, messageId: number, identifier: DataSet): Promise<void> {
    this.finds += 1;
    const rsp = { type: "C-FIND-RSP", messageIdBeingRespondedTo: messageId } as const;
    for (const keys of this.#matches(identifier)) {
      const match = encodeDataSet(dataSetOf(...keys), IMPLICIT);
      await peer.sendMessage(1, { ...rsp, status: 0xff00, hasDataSet: true }, match);
    }
    await peer.sendMessage(1, { ...rsp, status: 0x0000, hasDataSet: false });
  }

  #matches(identifier: DataSet): readonly string[][] {
    const { holds } = this.#ways;
    const series = identifier.getString(SERIES) ?? "";
    switch (identifier.getString(LEVEL)) {
      case "STUDY":
        return [["StudyInstanceUID=1"]];
      case "SERIES":
        return Object.keys(holds).map((uid) => [`SeriesInstanceUID=${uid}`, "Modality=CT"]);
      default:
        return (holds[series] ?? []).map((uid) => [`SOPInstanceUID=${uid}`, `SOPClassUID=${CT}`]);
    }
  }

  /** Whether the association stands. */
  async #move(peer: ScriptedPeer, messageId: number, identifier: DataSet): Promise<boolean> {
    const series = identifier.getString(SERIES) ?? "";
    const asked = identifier.getStrings(INSTANCE).filter((uid) => uid !== "");
    const parts = [identifier.getString(LEVEL) ?? "", series, asked.join(",")];
    this.moves.push(parts.filter((part) => part !== "").join(" "));
    const { holds, moves = [] } = this.#ways;
    const way = moves[this.moves.length - 1] ?? moves.at(-1) ?? {};
    const wanted = asked.length > 0
      ? asked
      : series !== ""
      ? holds[series] ?? []
      : Object.values(holds).flat();
    const { sends = wanted, status = 0x0000, failed = [], breaks = false } = way;
    if (sends.length > 0) {
      const destination = await this.#bench.callStorage();
      for (const uid of sends) this.stores.push([uid, await destination.store(uid)]);
      await destination.release();
    }
    if (breaks) {
      peer.transport.close();
      return false;
    }
    const { counters = { completed: sends.length, failed: failed.length, warning: 0 } } = way;
    const response = {
      type: "C-MOVE-RSP",
      messageIdBeingRespondedTo: messageId,
      status,
      hasDataSet: failed.length > 0,
      ...counters,
    } as const;
    const list = dataSetOf(`FailedSOPInstanceUIDList=${failed.join("\\")}`);
    await peer.sendMessage(
      1,
      response,
      failed.length > 0 ? encodeDataSet(list, IMPLICIT) : undefined,
    );
    return true;
  }
}

const IMPLICIT = "1.2.840.10008.1.2";
const CT = "1.2.840.10008.5.1.4.1.1.2";
const LEVEL = 0x00080052;
const INSTANCE = 0x00080018;
const SERIES = 0x0020000e;

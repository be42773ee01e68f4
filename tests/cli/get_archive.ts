/**
 * An archive that serves C-FIND and C-GET, with the ways that real ones have.
 *
 * @module
 */

import assert from "node:assert/strict";
import { associationAccept } from "../../lib/association/negotiation.ts";
import { DataSet } from "../../lib/data_set/data_set.ts";
import { decodeDataSet } from "../../lib/data_set/decoder.ts";
import { encodeDataSet } from "../../lib/data_set/encoder.ts";
import { applyKeywordPath } from "../../lib/data_set/keyword_path.ts";
import type { GetResponseMessage } from "../../lib/dimse/message.ts";
import type { AssociateRequestPdu } from "../../lib/pdu/pdu.ts";
import type { ScriptedPeer } from "../support/scripted_peer.ts";
import type { ToolBench } from "./tool_bench.ts";

/** What the archive holds. */
export interface Held {
  readonly uid: string;
  readonly sopClassUid: string;
  readonly transferSyntaxUid: string;
  /** What a C-GET of a series is compared with; instances without belong to every series. */
  readonly seriesUid?: string;
}

/** Its ways. */
export interface ArchiveWays {
  readonly holds: readonly Held[];
  /** The matches of C-FIND by level, as keyword paths; `undefined` when it does not serve C-FIND. */
  readonly finds?:
    | Readonly<Record<string, readonly (readonly string[])[]>>
    | ((level: string, identifier: DataSet) => readonly (readonly string[])[]);
  /**
   * How it chooses the context of an instance: by its transfer syntax, or always the first of the class,
   * or the former and it gives up where there is none.
   */
  readonly way?: "by-instance" | "first-context" | "stops";
  /** Whether it accepts a context; all by default. */
  accepts?(abstractSyntax: string, transferSyntaxUid: string): boolean;
  /** Whether it leaves the role selections unanswered. */
  readonly isMuteOnRoles?: boolean;
  /** What it does with an association, before all else. */
  refuses?(count: number): boolean;
  /** After how many instances of a C-GET, by its number from 1, the connection breaks. */
  breaksAt?(get: number): number | undefined;
  /** Which instances it counts as sent without sending them. */
  skips?(uid: string, get: number): boolean;
}

/** One association as the archive saw it. */
export interface SeenAssociation {
  readonly request: AssociateRequestPdu;
  readonly finds: DataSet[];
  /** The identifiers of C-GET. */
  readonly gets: DataSet[];
  /** The status of each C-STORE, by instance. */
  readonly stores: [uid: string, status: number][];
}

/** A scripted archive. */
export class GetArchive {
  readonly #bench: ToolBench;
  readonly #ways: ArchiveWays;
  readonly associations: SeenAssociation[] = [];
  #gets = 0;

  constructor(bench: ToolBench, ways: ArchiveWays) {
    this.#bench = bench;
    this.#ways = ways;
    this.#serve();
  }

  /** The associations of C-GET. */
  get gets(): SeenAssociation[] {
    return this.associations.filter(({ request }) =>
      request.presentationContexts.some(({ abstractSyntaxes: [uid] }) =>
        uid?.endsWith(".3") && isQr(uid)
      )
    );
  }

  async #serve(): Promise<void> {
    while (true) {
      const peer = await this.#bench.accept();
      const request = await peer.expect("A-ASSOCIATE-RQ");
      const seen: SeenAssociation = { request, finds: [], gets: [], stores: [] };
      this.associations.push(seen);
      if (this.#ways.refuses?.(this.associations.length)) {
        await peer.send({ type: "A-ASSOCIATE-RJ", result: 2, source: 3, reason: 2 });
        continue;
      }
      await this.#answer(peer, seen);
      await this.#operate(peer, seen);
    }
  }

  async #answer(peer: ScriptedPeer, { request }: SeenAssociation): Promise<void> {
    const { finds, accepts, isMuteOnRoles } = this.#ways;
    const accept = associationAccept(request, {
      select: (abstractSyntax, [first = ""]) => {
        if (isQr(abstractSyntax)) return abstractSyntax.endsWith(".1") && !finds ? 3 : first;
        return accepts?.(abstractSyntax, first) ?? true ? first : 4;
      },
      roles: () => ({ scu: true, scp: true }),
      maximumLength: 16384,
    });
    const userInformation = isMuteOnRoles
      ? { ...accept.userInformation, roleSelections: [] }
      : accept.userInformation;
    await peer.send({ ...accept, userInformation });
  }

  async #operate(peer: ScriptedPeer, seen: SeenAssociation): Promise<void> {
    while (true) {
      const next = await peer.receive();
      if (next.type === "A-RELEASE-RQ") await peer.send({ type: "A-RELEASE-RP" });
      if (next.type === "closed" || next.type === "A-ABORT") return peer.transport.close();
      if (next.type !== "message") continue;
      const { data } = await peer.expect("data");
      if (next.message.type === "C-FIND-RQ") await this.#find(peer, seen, next.contextId, data);
      if (next.message.type === "C-GET-RQ") {
        await this.#get(peer, seen, next.message.messageId, data);
      }
    }
  }

  async #find(peer: ScriptedPeer, seen: SeenAssociation, id: number, data: Uint8Array) {
    const identifier = decodeDataSet(data, IMPLICIT);
    seen.finds.push(identifier);
    const rsp = { type: "C-FIND-RSP", messageIdBeingRespondedTo: seen.finds.length } as const;
    const { finds = {} } = this.#ways;
    const level = identifier.getString(0x00080052) ?? "";
    const matches = typeof finds === "function" ? finds(level, identifier) : finds[level] ?? [];
    for (const keys of matches) {
      const match = encodeDataSet(dataSetOf(...keys), IMPLICIT);
      await peer.sendMessage(id, { ...rsp, status: 0xff00, hasDataSet: true }, match);
    }
    await peer.sendMessage(id, { ...rsp, status: 0x0000, hasDataSet: false });
  }

  async #get(
    peer: ScriptedPeer,
    seen: SeenAssociation,
    messageId: number,
    data: Uint8Array,
  ): Promise<void> {
    const { way = "by-instance" } = this.#ways;
    const identifier = decodeDataSet(data, IMPLICIT);
    seen.gets.push(identifier);
    const series = identifier.getString(0x0020000e);
    const instances = identifier.getStrings(0x00080018).filter((uid) => uid !== "");
    const holds = this.#ways.holds.filter(({ seriesUid = series, uid }) =>
      (series === undefined || seriesUid === series) &&
      (instances.length === 0 || instances.includes(uid))
    );
    const get = ++this.#gets;
    const { breaksAt, skips } = this.#ways;
    let completed = 0;
    const failed: string[] = [];
    const response = (status: number): GetResponseMessage => ({
      type: "C-GET-RSP",
      messageIdBeingRespondedTo: messageId,
      status,
      hasDataSet: false,
      completed,
      failed: failed.length,
      warning: 0,
      remaining: holds.length - completed - failed.length,
    });
    for (const [index, held] of holds.entries()) {
      if (breaksAt?.(get) === index) return peer.transport.close();
      if (skips?.(held.uid, get)) {
        completed += 1;
        continue;
      }
      const contextId = this.#contextOf(seen.request, held);
      if (contextId === undefined) {
        failed.push(held.uid);
        if (way === "stops") return await peer.sendMessage(1, response(0xc000));
      } else if (await store(peer, contextId, held, index + 1, seen)) completed += 1;
      else failed.push(held.uid);
      await peer.sendMessage(1, response(0xff00));
    }
    const status = failed.length === 0 ? 0x0000 : completed > 0 ? 0xb000 : 0xa702;
    if (failed.length === 0) return await peer.sendMessage(1, response(status));
    const list = dataSetOf(`FailedSOPInstanceUIDList=${failed.join("\\")}`);
    const message = { ...response(status), hasDataSet: true };
    await peer.sendMessage(1, message, encodeDataSet(list, IMPLICIT));
  }

  #contextOf(request: AssociateRequestPdu, held: Held): number | undefined {
    const { way, accepts } = this.#ways;
    const ofClass = request.presentationContexts.filter(({ abstractSyntaxes, transferSyntaxes }) =>
      abstractSyntaxes[0] === held.sopClassUid &&
      (accepts?.(held.sopClassUid, transferSyntaxes[0] ?? "") ?? true)
    );
    const [first] = ofClass;
    const fits = ofClass.find(({ transferSyntaxes: [uid] }) => uid === held.transferSyntaxUid);
    if (way === "first-context") return fits === first ? first?.id : undefined;
    return fits?.id;
  }
}

/** Whether it was taken. */
async function store(
  peer: ScriptedPeer,
  contextId: number,
  { uid, sopClassUid, transferSyntaxUid }: Held,
  messageId: number,
  seen: SeenAssociation,
): Promise<boolean> {
  await peer.sendMessage(
    contextId,
    {
      type: "C-STORE-RQ",
      messageId,
      affectedSopClassUid: sopClassUid,
      affectedSopInstanceUid: uid,
      priority: 0,
      hasDataSet: true,
    },
    encodeDataSet(
      dataSetOf(`SOPClassUID=${sopClassUid}`, `SOPInstanceUID=${uid}`),
      transferSyntaxUid,
    ),
  );
  const { message, contextId: answeredOn } = await peer.expect("message");
  assert.ok(message.type === "C-STORE-RSP");
  assert.deepEqual([answeredOn, message.messageIdBeingRespondedTo], [contextId, messageId]);
  seen.stores.push([uid, message.status]);
  return message.status === 0x0000;
}

/** Makes a data set of keyword paths. */
export function dataSetOf(...keys: readonly string[]): DataSet {
  const dataSet = new DataSet();
  for (const key of keys) applyKeywordPath(dataSet, key);
  return dataSet;
}

function isQr(abstractSyntax: string): boolean {
  return abstractSyntax.startsWith("1.2.840.10008.5.1.4.1.2.");
}

const IMPLICIT = "1.2.840.10008.1.2";

/**
 * What qrscp serves: its archive, opened and looked through, the destinations of C-MOVE, and the handlers
 * of what is received.
 *
 * @module
 */

import type { Handlers, Log } from "../lib/handler/handler.ts";
import { type Archive, openArchive, type ScanProgress } from "../plugins/archive.ts";
import type { ArchiveChoice } from "./archive_options.ts";
import { type IndexedEvent, wholeMilliseconds } from "./event_output.ts";
import { UsageError } from "./exit_code.ts";
import { reasonOf } from "./io.ts";
import { DestinationBook, type DestinationOptions } from "./move_destination.ts";
import { requireSpaceKnown, requireWritable } from "./output_directory.ts";
import type { Offer, OfferHost } from "./offer.ts";
import { count } from "./service_tally.ts";
import { storageHandlers } from "./storage_handlers.ts";

/**
 * Makes the offer of an archive: opens it, and puts its index right.
 *
 * @param choice What the archive is to be.
 * @param destinations What is known of the destinations of C-MOVE.
 * @param host What the server has.
 * @returns The offer; when the server is told to stop meanwhile, what has been made of it.
 * @throws {UsageError} When a folder, the index or the file of destinations cannot be used.
 */
export async function archiveOffer(
  choice: ArchiveChoice,
  destinations: DestinationOptions,
  host: OfferHost,
): Promise<Offer> {
  const { output: { log } } = host;
  const book = await DestinationBook.open(destinations, host.io, log);
  await using made = new AsyncDisposableStack();
  await requireFolders(choice, log);
  const archive = made.use(await open(choice, host));
  const { directory, minimumFree } = choice.archive;
  if (minimumFree !== undefined) await requireSpaceKnown(directory);
  const storing = choice.storage === undefined
    ? undefined
    : made.use(await storeTo(archive, choice.storage, host));
  if (host.part?.prepares !== false) await index(archive, host);
  if (host.part?.prepares && !host.signal.aborted) await share(archive);
  const { find, locate } = archive.handlers;
  const { attributes, store, acceptAssociation } = storing?.handlers ?? {};
  const handlers: Handlers = {
    ...(attributes && { attributes }),
    ...(store && { store: store.bind(storing?.handlers) }),
    ...(acceptAssociation && { acceptAssociation: acceptAssociation.bind(storing?.handlers) }),
    queryOptions: { relational: true, combineDateTime: true, foldPersonNames: true },
    find,
    locate,
    async resolveMoveDestination(aeTitle) {
      const address = await book.resolve(aeTitle);
      if (address === undefined) {
        log.warn(
          `Cannot send to ${aeTitle}: no address is known for it; give one by ` +
            `--destination ${aeTitle}=host:port, or in the file of --destinations`,
        );
      }
      return address;
    },
  };
  const rest = made.move();
  return {
    handlers,
    directory: storing?.directory,
    lines: [
      `Serving ${described(archive)} of ${choice.served.join(", ")}`,
      storing === undefined ? "Instances are not taken" : `Instances ${storing.fate}`,
      destinationLine(book),
    ],
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  };
}

/** The folder that is written to may be made; the others have to be there. */
async function requireFolders(
  { archive, served, storage }: ArchiveChoice,
  log: Log,
): Promise<void> {
  const own = storage === undefined ? undefined : archive.directory;
  for (const folder of served) {
    if (folder === own) continue;
    try {
      // Reads nothing yet, but fails where nothing can be read.
      for await (const _entry of Deno.readDir(folder)) break;
    } catch (cause) {
      const reason = cause instanceof Deno.errors.NotFound
        ? "there is no such folder"
        : cause instanceof Deno.errors.NotADirectory
        ? "it is no folder"
        : reasonOf(cause);
      throw new UsageError(`Cannot serve ${folder}: ${reason}`, { cause });
    }
  }
  if (own === undefined) return;
  if (await makeDirectory(own)) log.info(`Made ${own}: the archive begins empty`);
  await requireWritable(own);
}

/** Says whether the directory was missing. */
async function makeDirectory(path: string): Promise<boolean> {
  const isMissing = await Deno.stat(path).then(() => false, () => true);
  if (isMissing && /^[0-9]{1,5}$/.test(path)) {
    throw new UsageError(
      `Cannot serve ${path}: there is no such folder; if it is the port, give it by -p ${path}`,
    );
  }
  try {
    await Deno.mkdir(path, { recursive: true });
  } catch (cause) {
    throw new UsageError(`Cannot make output directory ${path}: ${reasonOf(cause)}`, { cause });
  }
  return isMissing;
}

async function open({ archive }: ArchiveChoice, host: OfferHost): Promise<Archive> {
  const { output, tally, events, handlerLog, part } = host;
  const { rescanInterval, reindex, ...rest } = archive;
  try {
    return await openArchive({
      ...rest,
      // Once, by one worker.
      ...(part?.maintains !== false && rescanInterval !== undefined && { rescanInterval }),
      ...(part?.prepares === false ? { isShared: true } : { reindex: reindex ?? false }),
      log: output.log,
      onStored({ path, bytes, sopInstanceUid }) {
        tally.stored(bytes);
        events?.holds(sopInstanceUid, { path, bytes });
        handlerLog.info(`Storing DICOM file: ${path}`);
      },
      onExisting({ path, bytes, sopInstanceUid }) {
        tally.stored(bytes);
        events?.holds(sopInstanceUid, { path, bytes });
        handlerLog.info(`DICOM file already exists: ${path}`);
      },
      onFailed: () => tally.storageFailed(),
    });
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    throw new UsageError(cause.message, { cause });
  }
}

/** Lets the other workers have the index too. */
async function share(archive: Archive): Promise<void> {
  try {
    await archive.share();
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    throw new UsageError(cause.message, { cause });
  }
}

/** The chain of handlers, where `store` stands for the archive. */
function storeTo(
  archive: Archive,
  choice: NonNullable<ArchiveChoice["storage"]>,
  host: OfferHost,
): ReturnType<typeof storageHandlers> {
  const { output: { log }, tally: ledger } = host;
  const directory = choice.directory ?? ".";
  return storageHandlers({
    ...host,
    choice,
    log,
    ledger,
    makeStore(given) {
      const [option] = Object.keys(given);
      if (option !== undefined) {
        throw new UsageError(
          `Cannot use handler option ${option}: the archive has -od, --filename, --on-exist and ` +
            "--durable instead",
        );
      }
      const { attributes, store } = archive.handlers;
      return Promise.resolve({ handlers: { attributes, store }, directory });
    },
  });
}

/** Looks through the folders, until it is at the end or the server is told to stop. */
async function index(archive: Archive, { output, io, signal }: OfferHost): Promise<void> {
  const { log, progress, events } = output;
  const since = io.clock.now();
  let state: ScanProgress | undefined;
  progress.start(() => ({ unit: "files", done: state?.files ?? 0 }));
  try {
    for await (const now of archive.scan({ signal })) state = now;
  } catch (error) {
    if (!signal.aborted) throw error;
    log.info(
      `Stopped after ${count(state?.files ?? 0, "file")}: what was found by then is in the index`,
    );
    return;
  } finally {
    progress.stop();
  }
  const { files = 0, added = 0, changed = 0, removed = 0, duplicates = 0, unusable = 0 } = state ??
    {};
  const elapsed = io.clock.now() - since;
  log.info(
    `Looked through ${count(files, "file")} in ${(elapsed / 1000).toFixed(1)} s: ` +
      `${added} new, ${changed} changed, ${removed} gone` +
      `${duplicates > 0 ? `, ${duplicates} twice` : ""}` +
      `${unusable > 0 ? `, ${unusable} cannot be served` : ""}`,
  );
  const event: IndexedEvent = {
    event: "indexed",
    ...archive.counts,
    ...{ files, added, changed, removed, duplicates, unusable },
    durationMs: wholeMilliseconds(elapsed),
  };
  events.emit(event);
}

function described({ counts }: Archive): string {
  const { patients, studies, series, instances } = counts;
  return [
    count(patients, "patient"),
    studies === 1 ? "1 study" : `${studies} studies`,
    `${series} series`,
    count(instances, "instance"),
  ].join(", ");
}

function destinationLine({ destinations }: DestinationBook): string {
  const titles = [...new Set(destinations.map(({ aeTitle }) => aeTitle))];
  return titles.length === 0
    ? "No destination of C-MOVE is known: see --destination"
    : `Destinations of C-MOVE: ${titles.join(", ")}`;
}

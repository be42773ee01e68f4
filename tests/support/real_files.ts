/**
 * The DICOM files of Debian's python3-pydicom, told apart into those that lie there as they are, edited copies,
 * and those that cannot take part. The sorting is done by `real_files.py`, with pydicom.
 *
 * @module
 */
import { runOk } from "./command.ts";
import { SYSTEM_PYTHON } from "./peer_programs.ts";

/** A file that can be loaded into an archive. */
export interface RealFile {
  /** Path relative to pydicom's data directory. */
  readonly name: string;
  /** Where it lies: pydicom's own file, or the edited copy. */
  readonly path: string;
  /** Whether the file is pydicom's own or a copy in which identifying attributes were set. */
  readonly origin: "original" | "edited";
  /** Keywords of the attributes that were set; empty for an original. */
  readonly edits: readonly string[];
  /** SOP Class UID (0008,0016). */
  readonly sopClassUid: string;
  /** SOP Instance UID (0008,0018), unique in the list. */
  readonly sopInstanceUid: string;
  /** Study Instance UID (0020,000D). */
  readonly studyUid: string;
  /** Series Instance UID (0020,000E). */
  readonly seriesUid: string;
  /** Patient ID (0010,0020), never empty. */
  readonly patientId: string;
  /** Transfer Syntax UID (0002,0010). */
  readonly transferSyntaxUid: string;
}

/** pydicom's files and the directory that holds the edited copies. */
export interface RealFileSet extends AsyncDisposable {
  /** Files that can take part, in a fixed order. */
  readonly files: readonly RealFile[];
  /** Files that cannot, with the reason. */
  readonly unusable: readonly { readonly name: string; readonly reason: string }[];
}

/**
 * List pydicom's files, and make the edited copies.
 *
 * @param nameParts Take only files whose name contains one of these; all files if none is given.
 * @returns The files; disposing of the set removes the copies.
 */
export async function realFiles(nameParts: readonly string[] = []): Promise<RealFileSet> {
  const directory = await Deno.makeTempDir({ prefix: "dimse_real_files_" });
  const script = new URL("./real_files.py", import.meta.url).pathname;
  try {
    const output = await runOk(SYSTEM_PYTHON, [script, directory, ...nameParts]);
    const list: Pick<RealFileSet, "files" | "unusable"> = JSON.parse(output.stdout);
    return {
      ...list,
      [Symbol.asyncDispose]: () => Deno.remove(directory, { recursive: true }),
    };
  } catch (error) {
    await Deno.remove(directory, { recursive: true });
    throw error;
  }
}

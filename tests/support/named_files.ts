/**
 * Small DICOM files whose patient names are in the character sets of the world, made by pydicom.
 *
 * @module
 */
import { runOk } from "./command.ts";
import { SYSTEM_PYTHON } from "./peer_programs.ts";
import type { RealFile } from "./real_files.ts";

/** A patient, with a study of one instance. */
export interface NamedPatient {
  /** Patient ID (0010,0020). */
  readonly id: string;
  /** The values of Specific Character Set (0008,0005). */
  readonly characterSets: readonly string[];
  /** Patient's Name (0010,0010). */
  readonly name: string;
}

/** Patients whose names are in Latin, Greek, Cyrillic, Japanese, Korean and Chinese script. */
export const NAMED_PATIENTS: readonly NamedPatient[] = [
  { id: "LATIN1", characterSets: ["ISO_IR 100"], name: "Äneas^Rüdiger" },
  { id: "GREEK", characterSets: ["ISO_IR 126"], name: "Διονυσιος" },
  { id: "CYRILLIC", characterSets: ["ISO_IR 144"], name: "Люкceмбypг" },
  {
    id: "JAPANESE",
    characterSets: ["", "ISO 2022 IR 87"],
    name: "Yamada^Tarou=山田^太郎=やまだ^たろう",
  },
  {
    id: "KATAKANA",
    characterSets: ["ISO 2022 IR 13", "ISO 2022 IR 87"],
    name: "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう",
  },
  {
    id: "KOREAN",
    characterSets: ["", "ISO 2022 IR 149"],
    name: "Hong^Gildong=洪^吉洞=홍^길동",
  },
  { id: "CHINESE", characterSets: ["GB18030"], name: "Wang^XiaoDong=王^小东" },
  { id: "UNICODE", characterSets: ["ISO_IR 192"], name: "Wang^XiaoDong=王^小東" },
];

/** Files in a directory that disposing removes. */
export interface NamedFiles extends AsyncDisposable {
  /** One file for each patient. */
  readonly files: readonly RealFile[];
}

/**
 * Make a file for each patient.
 *
 * @returns The files.
 */
export async function namedFiles(): Promise<NamedFiles> {
  const directory = await Deno.makeTempDir({ prefix: "dimse_named_files_" });
  const script = new URL("./named_files.py", import.meta.url).pathname;
  const remove = (): Promise<void> => Deno.remove(directory, { recursive: true });
  try {
    const names = NAMED_PATIENTS.map(({ id, characterSets, name }) => [id, characterSets, name]);
    const { stdout } = await runOk(SYSTEM_PYTHON, [script, directory, JSON.stringify(names)]);
    return { files: JSON.parse(stdout), [Symbol.asyncDispose]: remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

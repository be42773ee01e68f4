/**
 * The files that pydicom ships for its own tests, as they are.
 *
 * @module
 */
import { runOk } from "./command.ts";
import { SYSTEM_PYTHON } from "./peer_programs.ts";

/** A DICOM file of pydicom's, broken or not. */
export interface PydicomFile {
  /** Its path below pydicom's folder. */
  readonly name: string;
  readonly path: string;
}

const NOT_DICOM = /\.(?:py|pyc|json|txt|dump|md|gz)$|README$/;

/** The folder of the files; it has others too. */
export async function pydicomFolder(): Promise<string> {
  const code = "import os, pydicom.data; print(os.path.dirname(pydicom.data.__file__))";
  return (await runOk(SYSTEM_PYTHON, ["-c", code])).stdout.trim();
}

/** All DICOM files in it, in the order of their names. */
export async function pydicomFiles(): Promise<PydicomFile[]> {
  const folder = await pydicomFolder();
  return [...namesIn(folder)].sort().map((name) => ({ name, path: `${folder}/${name}` }));
}

function* namesIn(folder: string, below = ""): Generator<string> {
  for (const entry of Deno.readDirSync(`${folder}/${below}`)) {
    const name = `${below}${entry.name}`;
    if (entry.isDirectory) yield* namesIn(folder, `${name}/`);
    else if (!NOT_DICOM.test(name)) yield name;
  }
}

/**
 * Finding the foreign programs that interoperability tests run against.
 *
 * @module
 */

/** A group of programs that a test may need. */
export type PeerName = "dcmtk" | "orthanc" | "pynetdicom" | "pydicom";

/** The Python of the distribution, which has python3-pydicom with its data files. */
export const SYSTEM_PYTHON = "/usr/bin/python3";

const DCMTK = [
  ...["dcmqrscp", "dcmqridx", "movescu", "storescu", "echoscu", "findscu", "dcmdump"],
  ...["wlmscpfs", "dump2dcm"],
];
const VENV_PYTHON = "/opt/pynetdicom-venv/bin/python";
const found = new Map<PeerName, string | undefined>();

/**
 * Why a peer cannot be used here.
 *
 * @param peer The group of programs.
 * @returns A reason, or `undefined` if all of it is here.
 */
export function whyMissing(peer: PeerName): string | undefined {
  if (!found.has(peer)) found.set(peer, look(peer));
  return found.get(peer);
}

/**
 * The Python interpreter that has pynetdicom and SQLAlchemy.
 *
 * @returns Its path, or `undefined` if there is none.
 */
export function pynetdicomPython(): string | undefined {
  const named = Deno.env.get("DIMSE_PYNETDICOM_PYTHON");
  const candidates = named ? [named] : [VENV_PYTHON, "python3"];
  return candidates.find((python) => imports(python, "pynetdicom, sqlalchemy"));
}

/**
 * Path of the Orthanc server.
 *
 * @returns Its path, or `undefined` if it is not installed.
 */
export function orthancProgram(): string | undefined {
  return inPath("Orthanc") ?? (isFile("/usr/sbin/Orthanc") ? "/usr/sbin/Orthanc" : undefined);
}

function look(peer: PeerName): string | undefined {
  if (Deno.permissions.querySync({ name: "run" }).state !== "granted") {
    return "there is no permission to run programs";
  }
  switch (peer) {
    case "dcmtk": {
      const missing = DCMTK.filter((program) => inPath(program) === undefined);
      return missing.length === 0 ? undefined : `dcmtk is not installed (no ${missing.join(", ")})`;
    }
    case "orthanc":
      return orthancProgram() === undefined ? "Orthanc is not installed" : undefined;
    case "pynetdicom":
      return pynetdicomPython() === undefined
        ? "no Python has pynetdicom and SQLAlchemy"
        : undefined;
    case "pydicom":
      return imports(SYSTEM_PYTHON, "pydicom.data")
        ? undefined
        : `${SYSTEM_PYTHON} has no pydicom (python3-pydicom)`;
  }
}

function inPath(program: string): string | undefined {
  const folders = (Deno.env.get("PATH") ?? "").split(":").filter((folder) => folder !== "");
  return folders.map((folder) => `${folder}/${program}`).find(isFile);
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

function imports(python: string, modules: string): boolean {
  try {
    const args = ["-c", `import ${modules}`];
    const options = { args, stdin: "null", stdout: "null", stderr: "null" } as const;
    return new Deno.Command(python, options).outputSync().success;
  } catch {
    return false;
  }
}

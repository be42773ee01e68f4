"""Lists the DICOM files that Debian's python3-pydicom ships, as one JSON document on standard output.

usage: real_files.py DIRECTORY [NAME-PART...]

A file that can take part in a retrieve as it is, is listed where it lies ("original"). A file that lacks
something every archive needs (file meta information, a SOP Class, a UID, a Patient ID) or whose SOP Instance
UID is taken by another file, gets a copy in DIRECTORY in which just those attributes are set ("edited");
its transfer syntax and pixel data stay what they were. The rest is listed with the reason. UIDs of copies are
derived from the file's name, so each run gives the same bytes.
"""

import hashlib
import json
import os
import sys
import warnings

import pydicom
from pydicom.dataset import FileMetaDataset
from pydicom.uid import UID, ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

warnings.simplefilter("ignore")

ROOT = os.path.join(os.path.dirname(pydicom.__file__), "data")
RAW_DATA_STORAGE = "1.2.840.10008.5.1.4.1.1.66"
IDENTITY = ("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "PatientID")

# Files that no honest edit of their attributes makes into an instance.
BROKEN = {
    "MR_truncated.dcm": "the data set ends inside Pixel Data",
    "rtplan_truncated.dcm": "the data set ends inside an element",
    "no_meta.dcm": "a stray byte stands before the data set",
    "SC_rgb_jpeg.dcm": "the data set is implicit VR although its transfer syntax is explicit VR",
}


def candidates():
    """Paths of the files that look like DICOM, in a fixed order."""
    for folder, folders, names in os.walk(ROOT):
        folders.sort()
        for name in sorted(names):
            path = os.path.join(folder, name)
            with open(path, "rb") as stream:
                part10 = stream.read(132)[128:] == b"DICM"
            if part10 or name.endswith(".dcm"):
                yield path


def invented_uid(name, what):
    """A UID under 2.25 that depends on nothing but the file's name."""
    digest = hashlib.sha256(f"{what} of {name}".encode()).digest()
    return "2.25." + str(int.from_bytes(digest[:15], "big"))


def stored_syntax(data_set):
    """The transfer syntax in which pydicom found the data set."""
    stated = data_set.file_meta.get("TransferSyntaxUID")
    if stated:
        return str(stated)
    if data_set.is_implicit_VR:
        return str(ImplicitVRLittleEndian)
    return str(ExplicitVRLittleEndian if data_set.is_little_endian else ExplicitVRBigEndian)


def missing(data_set, name, taken):
    """The attributes to set, by keyword, so that the data set identifies one instance."""
    edits = {}
    for keyword in IDENTITY:
        element = data_set.get_item(keyword) if keyword in data_set else None
        stored_vr = getattr(element, "VR", None)
        value = str(data_set.get(keyword) or "").strip()
        if not value and keyword == "SOPClassUID":
            edits[keyword] = RAW_DATA_STORAGE
        elif not value and keyword == "PatientID":
            edits[keyword] = "NO ID " + hashlib.sha256(name.encode()).hexdigest()[:8].upper()
        elif not value:
            edits[keyword] = invented_uid(name, keyword)
        elif stored_vr == "UN":
            edits[keyword] = value  # written again in its own VR: no archive indexes a UID of VR UN
    instance = edits.get("SOPInstanceUID") or str(data_set.get("SOPInstanceUID"))
    if instance in taken:
        edits["SOPInstanceUID"] = invented_uid(name, "SOPInstanceUID")
    return edits


def write_copy(data_set, edits, syntax, path):
    """Write the data set with the edits, in its own transfer syntax."""
    for keyword, value in edits.items():
        if keyword in data_set:
            del data_set[keyword]
        setattr(data_set, keyword, value)
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = data_set.SOPClassUID
    meta.MediaStorageSOPInstanceUID = data_set.SOPInstanceUID
    meta.TransferSyntaxUID = UID(syntax)
    data_set.file_meta = meta
    data_set.preamble = bytes(128)
    data_set.save_as(path, write_like_original=False)


def main():
    """Print the list."""
    directory, parts = sys.argv[1], sys.argv[2:]
    files, unusable, taken = [], [], set()
    for path in candidates():
        name = os.path.relpath(path, ROOT)
        if parts and not any(part in name for part in parts):
            continue
        base = os.path.basename(name)
        if base in BROKEN:
            unusable.append({"name": name, "reason": BROKEN[base]})
            continue
        if base.startswith("DICOMDIR"):
            unusable.append({"name": name, "reason": "a media directory, not a composite instance"})
            continue
        if name.startswith("palettes"):
            unusable.append({"name": name, "reason": "a colour palette belongs to no patient or study"})
            continue
        data_set = pydicom.dcmread(path, force=True)
        syntax = stored_syntax(data_set)
        edits = missing(data_set, name, taken)
        without_meta = not data_set.file_meta.get("TransferSyntaxUID")
        without_length = not data_set.file_meta.get("FileMetaInformationGroupLength")
        changed = sorted(edits)
        if without_meta or without_length:
            changed.insert(0, "FileMetaInformation")
        if changed:
            path = os.path.join(directory, name.replace(os.sep, "_"))
            write_copy(data_set, edits, syntax, path)
        taken.add(str(data_set.SOPInstanceUID))
        files.append({
            "name": name,
            "path": path,
            "origin": "edited" if changed else "original",
            "edits": changed,
            "sopClassUid": str(data_set.SOPClassUID),
            "sopInstanceUid": str(data_set.SOPInstanceUID),
            "studyUid": str(data_set.StudyInstanceUID),
            "seriesUid": str(data_set.SeriesInstanceUID),
            "patientId": str(data_set.PatientID),
            "transferSyntaxUid": syntax,
        })
    json.dump({"files": files, "unusable": unusable}, sys.stdout, indent=1)


main()

"""Compares the data sets of DICOM files element for element.

usage: compare_elements.py LIST

LIST is a JSON object with "pairs", an array of [path, path], and "options" (ignorePadding, ignoreVrOf, ignoreTags).
Prints a JSON array with one array of sentences per pair. Lengths of sequences and items (defined or not) and group
lengths are no elements and are not compared. Between files of the same byte order values are compared as the bytes
that are stored, otherwise as pydicom decodes them, and the words of OW and its like, which it leaves alone, in one order.
"""

import json
import sys
import warnings

import pydicom
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.values import convert_SQ

warnings.simplefilter("ignore")

WORDS = {"OW": 2, "OL": 4, "OF": 4, "OD": 8, "OV": 8}
EMPTY = (None, "", b"", [])


def name_of(tag):
    """A tag as gggg,eeee."""
    return f"{tag.group:04x},{tag.elem:04x}"


def elements(data_set):
    """Tag to (VR as stored or None, raw bytes or None, decoded element or None)."""
    result = {}
    for tag in sorted(data_set.keys()):
        if tag.elem == 0:
            continue
        raw = data_set.get_item(tag)
        if isinstance(raw, RawDataElement):
            stored_vr, value = raw.VR, raw.value if raw.value is not None else b""
            decoded = None
            if stored_vr in (None, "SQ", "UN"):
                try:
                    decoded = data_set[tag]
                except Exception:  # a value pydicom cannot decode is still compared as bytes
                    decoded = None
            if decoded is not None and decoded.VR != "SQ":
                decoded = None
            result[tag] = (stored_vr, value, decoded)
        else:
            # pydicom decodes empty elements at once, and then gives them a VR that no implicit VR file tells.
            untold = data_set.is_implicit_VR and raw.VR != "SQ"
            result[tag] = (None if untold else raw.VR, None, raw)
    return result


def is_sequence(entry):
    """Whether an entry of elements() is a sequence."""
    return entry[2] is not None and entry[2].VR == "SQ"


def as_sequence(entry, tag, data_set):
    """An entry whose VR the file does not tell, read as a sequence of defined length if it is one."""
    stored_vr, value, _ = entry
    if stored_vr not in (None, "UN") or value is None:
        return entry
    try:
        items = convert_SQ(value, True, data_set.is_little_endian)
    except Exception:  # then it is no sequence
        return entry
    return (stored_vr, None, DataElement(tag, "SQ", items))


def other_order(value, vr):
    """The words of a value in the other byte order."""
    unit = WORDS.get(vr, 1)
    whole = len(value) - len(value) % unit
    return b"".join(value[at : at + unit][::-1] for at in range(0, whole, unit)) + value[whole:]


def brief(value):
    """A value for a sentence."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}... ({len(value)})"


def compare(left, right, options, same_order, path=""):
    """Yield a sentence for each difference between two data sets."""
    a, b = elements(left), elements(right)
    for tag in sorted(set(a) | set(b)):
        name = name_of(tag)
        if name in options.get("ignoreTags", []):
            continue
        where = f"{path}({name})"
        if tag not in a or tag not in b:
            yield f"{where}: only in the {'first' if tag in a else 'second'} file"
            continue
        one, other = a[tag], b[tag]
        if is_sequence(one) and not is_sequence(other):
            other = as_sequence(other, tag, right)
        elif is_sequence(other) and not is_sequence(one):
            one = as_sequence(one, tag, left)
        if is_sequence(one) != is_sequence(other):
            yield f"{where}: a sequence in the {'first' if is_sequence(one) else 'second'} file only"
            continue
        if is_sequence(one):
            items, others = one[2].value, other[2].value
            if len(items) != len(others):
                yield f"{where}: {len(items)} items, {len(others)} items"
            for number, (item, item2) in enumerate(zip(items, others), 1):
                item.is_little_endian = left.is_little_endian
                item2.is_little_endian = right.is_little_endian
                item.is_implicit_VR = left.is_implicit_VR
                item2.is_implicit_VR = right.is_implicit_VR
                yield from compare(item, item2, options, same_order, f"{where}[{number}].")
            continue
        vrs = (one[0], other[0])
        if None not in vrs and vrs[0] != vrs[1] and name not in options.get("ignoreVrOf", []):
            yield f"{where}: VR {one[0]}, VR {other[0]}"
        values = [one[1], other[1]]
        # The bytes of UN are in no order, and never swapped (PS3.5 section 6.2.2, note 2).
        if None in values or not same_order and "UN" not in vrs:
            values = [left[tag].value, right[tag].value]
            if not same_order and isinstance(values[0], bytes):
                values[0] = other_order(values[0], left[tag].VR)
            if values[0] in EMPTY and values[1] in EMPTY:
                continue
        if options.get("ignorePadding"):
            values = [v.rstrip(b" \0") if isinstance(v, bytes) else v for v in values]
        if values[0] != values[1]:
            yield f"{where}: {brief(values[0])}, {brief(values[1])}"


def main():
    """Compare all pairs."""
    with open(sys.argv[1], encoding="utf-8") as stream:
        job = json.load(stream)
    result = []
    for path, path2 in job["pairs"]:
        left, right = pydicom.dcmread(path, force=True), pydicom.dcmread(path2, force=True)
        same_order = left.is_little_endian == right.is_little_endian
        differences = list(compare(left, right, job["options"], same_order))
        result.append(differences)
    json.dump(result, sys.stdout)


main()

"""Prints what pydicom finds in DICOM files, one JSON document per line.

usage: pydicom_dump.py LIST

LIST is a file with a JSON array of paths. A line is {"elements": [[path, VR, value], ...]} or {"error": sentence}. A path is tags
and item numbers, as in 300a00b0/0/300a00c0. A VR is that of the file; of an implicit one, that of pydicom's dictionary,
and UN for private elements. A value is the hexadecimal bytes that are stored, in little endian order; the number of items
of a sequence; or an array of fragments.
"""

import json
import struct
import sys
import warnings

import pydicom
from pydicom import config
from pydicom.datadict import dictionary_VR
from pydicom.dataelem import RawDataElement

warnings.simplefilter("ignore")
config.replace_un_with_known_vr = False

UNITS = {"US": 2, "SS": 2, "AT": 2, "OW": 2, "UL": 4, "SL": 4, "FL": 4, "OL": 4, "OF": 4, "FD": 8, "OD": 8, "OV": 8,
         "UV": 8, "SV": 8}
UNDEFINED = 0xFFFFFFFF


def little_endian(vr, value):
    """The bytes of a big endian value in little endian order."""
    unit = UNITS.get(vr, 1)
    whole = len(value) - len(value) % unit
    units = [value[at : at + unit][::-1] for at in range(0, whole, unit)]
    return b"".join(units) + value[whole:]


def fragments(value):
    """The items of encapsulated pixel data."""
    result = []
    at = 0
    while at + 8 <= len(value):
        tag, length = struct.unpack_from("<LL", value, at)
        if tag != 0xE000FFFE:
            break
        result.append(value[at + 8 : at + 8 + length].hex())
        at += 8 + length
    return result


def encoded(vr, value):
    """The bytes of a value that pydicom has decoded for itself: a character set, an offset of a DICOMDIR."""
    if isinstance(value, int):
        return value.to_bytes(UNITS[vr], "little")
    values = [value] if isinstance(value, str) else value or []
    text = "\\".join(values).encode()
    return text + (b"\0" if vr == "UI" else b" ") * (len(text) % 2)


def implicit_vr(tag):
    """The VR of an element in implicit VR."""
    if tag.element == 0:
        return "UL"
    if tag.is_private:
        return "LO" if tag.is_private_creator else "UN"
    try:
        return str(dictionary_VR(tag))
    except KeyError:
        return "UN"


def rows(data_set, path=""):
    """Yield the elements of a data set and of what is nested in it."""
    for tag in sorted(data_set.keys()):
        here = f"{path}{tag.group:04x}{tag.element:04x}"
        element = data_set.get_item(tag)
        raw = isinstance(element, RawDataElement)
        vr = element.VR if element.VR is not None else implicit_vr(tag)
        if vr == "SQ":
            items = data_set[tag].value
            yield [here, "SQ", len(items)]
            for number, item in enumerate(items):
                yield from rows(item, f"{here}/{number}/")
        elif raw and element.length == UNDEFINED:
            yield [here, str(vr), fragments(element.value)]
        elif not raw:
            yield [here, str(vr), encoded(str(vr), element.value).hex()]
        else:
            value = element.value or b""
            if not element.is_little_endian:
                value = little_endian(str(vr), value)
            yield [here, str(vr), value.hex()]


def main():
    """Answer for each file of the list."""
    with open(sys.argv[1]) as stream:
        paths = json.load(stream)
    for path in paths:
        try:
            answer = {"elements": list(rows(pydicom.dcmread(path, force=True)))}
        except Exception as error:  # the reason is the answer
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer))


main()

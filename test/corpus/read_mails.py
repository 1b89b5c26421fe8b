"""Reads mails with Python's own email package: every path on standard input, one JSON object per mail on standard output."""

import base64
import json
import sys
from email import policy
from email.header import decode_header, make_header
from email.parser import BytesParser
from email.utils import getaddresses


def names_in(plain, header):
    """The names of a header's boxes, by the older reader: the newer puts a space between two encoded words (RFC 2047 6.2)."""
    value = plain[header].replace("\r", "").replace("\n", "")
    return [str(make_header(decode_header(name))) for name, _ in getaddresses([value])]


def list_of(plain):
    """What stands before the id is a phrase like the name of a box (RFC 2919)."""
    if plain["list-id"] is None:
        return None
    [(name, id)] = getaddresses([plain["list-id"].replace("\r", "").replace("\n", "")])
    return [str(make_header(decode_header(name))), id]


def filename_of(part):
    """Without `get_filename`, which takes quotes away that belong to the name."""
    disposition = part["content-disposition"]
    return None if disposition is None else disposition.params.get("filename")


def read(path):
    with open(path, "rb") as file:
        raw = file.read()
    # Lets every defect of the structure end in an error; those of headers show when they are read.
    mail = BytesParser(policy=policy.strict).parsebytes(raw)
    plain = BytesParser(policy=policy.compat32).parsebytes(raw)
    defects = []
    for part in mail.walk():
        defects += [repr(defect) for defect in part.defects]
        for name, value in part.items():
            defects += [f"{name}: {defect!r}" for defect in value.defects]
    leaves = [part for part in mail.walk() if not part.is_multipart()]
    return {
        "defects": defects,
        "types": [part.get_content_type() for part in mail.walk()],
        "headers": {name.lower(): str(value) for name, value in mail.items()},
        "boxes": {
            header: [
                [name, address.addr_spec]
                for name, address in zip(names_in(plain, header), mail[header].addresses, strict=True)
            ]
            for header in ("from", "to", "cc", "reply-to")
            if mail[header] is not None
        },
        "list": list_of(plain),
        "parts": [
            {
                "type": part.get_content_type(),
                "filename": filename_of(part),
                "disposition": part.get_content_disposition(),
                "cid": None if part["content-id"] is None else str(part["content-id"]),
                "content": base64.b64encode(part.get_payload(decode=True)).decode(),
            }
            for part in leaves
        ],
    }


for line in sys.stdin:
    path = line.rstrip("\n")
    try:
        result = read(path)
    except Exception as error:  # What the strict policy raises is what the caller wants to hear of.
        result = {"defects": [repr(error)]}
    print(json.dumps({"path": path, **result}))

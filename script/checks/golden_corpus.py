"""Golden records as inputs for the fuzzer of changes: header size (2 bytes, little endian), header, body.

usage: golden_corpus.py FILE… FOLDER
"""

import hashlib
import pathlib
import sys


def inputs(path):
    for line in path.read_text().splitlines():
        *_, header, body = line.split()
        header = bytes.fromhex(header)
        yield len(header).to_bytes(2, "little") + header + (b"" if body == "-" else bytes.fromhex(body))


*files, folder = map(pathlib.Path, sys.argv[1:])
for file in files:
    for data in inputs(file):
        (folder / hashlib.sha1(data).hexdigest()).write_bytes(data)

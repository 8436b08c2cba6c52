"""Applies the delta of each case of the vectors as examples/python does, and prints what comes out as JSON lines.

Usage: apply_vectors.py FOLDER_OF_THE_EXAMPLE FILE...
"""

import json
import sys

sys.path.insert(0, sys.argv[1])

from odds import Gap, apply_delta  # noqa: E402

for name in sys.argv[2:]:
    with open(name, encoding="utf-8") as file:
        cases = json.load(file)
    for case in cases:
        try:
            outcome = {"result": apply_delta(case["board"], case["delta"])}
        except Gap:
            outcome = {"error": "gap"}
        print(json.dumps({"name": case["name"], **outcome}))

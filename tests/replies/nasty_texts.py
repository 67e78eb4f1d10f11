"""Texts that JSON is to be found in, as models write them, each with what is in it."""

from __future__ import annotations

import json
from typing import Any, Final

from openrouter.core.errors import InvalidOutputError, OutputError, TruncatedOutputError

CITY: Final = {"name": "Aachen", "rivers": ["Wurm", "Pau"]}
FENCED: Final = '```json\n{"name": "Aachen", "rivers": ["Wurm", "Pau"]}\n```'
PLAIN: Final = '{"name": "Aachen", "rivers": ["Wurm", "Pau"]}'
LONG: Final = {"numbers": list(range(20_000)), "text": '{[\\"]}' * 5_000}

NASTY: Final[dict[str, tuple[str, Any]]] = {
    "alone": (PLAIN, CITY),
    "white space around": (f"\n\n\t  {PLAIN}\r\n ", CITY),
    "a byte order mark": (f"\ufeff{PLAIN}", CITY),
    "a fence": (FENCED, CITY),
    "a fence without a language": (f"```\n{PLAIN}\n```", CITY),
    "a fence that never ends": (f"```json\n{PLAIN}", CITY),
    "a fence of tildes": (f"~~~json\n{PLAIN}\n~~~", CITY),
    "a fence on one line": (f"`{PLAIN}`", CITY),
    "prose before": (f"Sure! Here is the city that you asked for: {PLAIN}", CITY),
    "prose behind": (f"{PLAIN}\nLet me know if you need more {{details}}!", CITY),
    "prose and a fence": (f"Here you are:\n\n{FENCED}\n\nI hope that this helps.", CITY),
    "a comma of the prose": (f"As {PLAIN}, [sic], and so on,", CITY),
    "braces in the prose": (f"I filled in {{name}} and {{rivers}}: {PLAIN}", CITY),
    "brackets in the prose": (f"[Note: as in [the schema]] {PLAIN}", CITY),
    "brackets around it": (f"[Answer: {PLAIN}]", CITY),
    "double braces": (f"{{{PLAIN}}}", CITY),
    "LaTeX": (f"$\\boxed{{{PLAIN}}}$", CITY),
    "tags": (f"<answer>{PLAIN}</answer>", CITY),
    "thoughts": (f"<think>An object {{...}}, or a list [...]?</think>{PLAIN}", CITY),
    "code": (f"function city() {{ return {PLAIN}; }}", CITY),
    "quotes around it": (f'"{PLAIN}"', CITY),
    "quoted brackets": (f'It begins with "[" or with "{{" as you know ["] {PLAIN}', CITY),
    "an unclosed bracket": (f"a [ b {PLAIN}", CITY),
    "a smiley": (f":[ but then {PLAIN} :]", CITY),
    "the first of two": (f"{PLAIN}\n[1, 2]", CITY),
    "the first of many lines": ('{"a": 1}\n{"a": 2}\n{"a": 3}\n', {"a": 1}),
    "the first, though the second is cut": (f'{PLAIN}\n{{"name": "Bo', CITY),
    "an array": ('The rivers are ["Wurm", \'Pau\'] or ["Wurm", "Pau"].', ["Wurm", "Pau"]),
    "an empty object": ("Nothing: {}", {}),
    "an empty array": ("Nothing: [ ]", []),
    "nested": ('{"a": {"b": [{"c": [[], {}]}]}} }', {"a": {"b": [{"c": [[], {}]}]}}),
    "brackets in strings": ('{"a": "}]{[", "b": "\\"}"}', {"a": "}]{[", "b": '"}'}),
    "a fence in a string": ('{"code": "```json\\n{}\\n```"}', {"code": "```json\n{}\n```"}),
    "escapes": ('{"a\\u0041": "\\ud83c\\udf0a\\\\\\/\\n"}', {"aA": "🌊\\/\n"}),
    "control characters": ('{"poem": "one\ntwo\tthree"}', {"poem": "one\ntwo\tthree"}),
    "numbers": ("[0, -1, 2.5, 1e3, -0.5E-2]", [0, -1, 2.5, 1000.0, -0.005]),
    "words": ("[true, false, null]", [True, False, None]),
    "many scripts": ('Städte {Köln}: {"名前": "آخن", "🌊": "\u2028"}', {"名前": "آخن", "🌊": "\u2028"}),
    "huge": (f"Here: {json.dumps(LONG)} [", LONG),
    "much prose": ("[see] {this} " * 2_000 + PLAIN, CITY),
    "a broken one, and then a whole one": (
        '{"name": "Aachen", "rivers": ["Wurm",]} I mean {"name": "Bonn"}',
        {"name": "Bonn"},
    ),
    "a key without a value, in prose": ('{"name" of the city} is {"name": "Bonn"}', {"name": "Bonn"}),
    # --- Cut off
    "cut in a string": ('```json\n{"name": "Aach', TruncatedOutputError),
    "cut behind an escape": ('{"name": "Aach\\', TruncatedOutputError),
    "cut in an escape": ('{"name": "Aach\\u00', TruncatedOutputError),
    "cut in a key": ('{"name": "Aachen", "riv', TruncatedOutputError),
    "cut behind a colon": ('{"name":', TruncatedOutputError),
    "cut behind a comma": ('[{"name": "Aachen"}, ', TruncatedOutputError),
    "cut between items": ('{"rivers": [{"name": "Wurm"}, {"name": "Pau"}', TruncatedOutputError),
    "cut in a number": ("[1, 2.", TruncatedOutputError),
    "cut behind a number": ("[1, 2", TruncatedOutputError),
    "cut in an exponent": ("[1, 2e-", TruncatedOutputError),
    "cut in a word": ('{"is_old": tru', TruncatedOutputError),
    "cut behind a word": ('{"is_old": true', TruncatedOutputError),
    "cut at once": ("Here you are: {", TruncatedOutputError),
    "cut in prose that may be JSON": ('["and then {', TruncatedOutputError),
    "opened only": ("[" * 50_000, TruncatedOutputError),
    # --- None
    "nothing": ("", InvalidOutputError),
    "white space": (" \n\t ", InvalidOutputError),
    "prose": ("I cannot find a city of that name.", InvalidOutputError),
    "a refusal with braces": ("I cannot fill in {name} and [rivers].", InvalidOutputError),
    "a string": ('"Aachen"', InvalidOutputError),
    "a number": ("42", InvalidOutputError),
    "null": ("null", InvalidOutputError),
    "closed only": ("}]" * 100, InvalidOutputError),
    "a comma at the end": ('{"name": "Aachen", "rivers": ["Wurm", "Pau"],}', InvalidOutputError),
    "a comma at the end of an array": ('{"name": "Aachen", "rivers": ["Wurm", "Pau",]}', InvalidOutputError),
    "single quotes": ("{'name': 'Aachen'}", InvalidOutputError),
    "no quotes": ("{name: Aachen}", InvalidOutputError),
    "Python": ('{"is_old": True}', InvalidOutputError),
    "no number": ('{"a": NaN}', InvalidOutputError),
    "infinity": ('{"a": [-Infinity]}', InvalidOutputError),
    "octal": ('{"a": 012}', InvalidOutputError),
    "a plus": ('{"a": +1}', InvalidOutputError),
    "a comment": ('{"a": 1 // the first\n}', InvalidOutputError),
    "left out": ('[{"a": 1}, {"a": 2}, ...]', InvalidOutputError),
    "rows left out": ('[[1, 2], [3, 4], ...] {"a": 1}', {"a": 1}),
    "broken inside": ('{"a": {"b": oops}, "c": [1]}', InvalidOutputError),
    "broken, with a bracket in a string": ('{"a": oops, "b": "}", "c": [1]}', InvalidOutputError),
    "prose at the end": ("as in [above", InvalidOutputError),
    "left out inside": ('{"a": [1, 2, ...], "b": {"c": 1}}', InvalidOutputError),
    "quotes in a string": ('{"a": "say "hi" to", "b": [1], "c": {}}', InvalidOutputError),
    "a wrong escape": ('{"a": "C:\\x", "b": [1]}', InvalidOutputError),
    "half an escape": ('{"a": "\\u12", "b": [1]}', InvalidOutputError),
    "the wrong bracket": ('{"a": [1, 2}', InvalidOutputError),
    "broken, and never closed": ('{"a": oops, "b": [1]', InvalidOutputError),
    "another broken white space": ('{"a":\u00a01}', InvalidOutputError),
    "too deep": ('{"a": ' + "[" * 50_000 + "]" * 50_000 + "}", InvalidOutputError),
    "a number of too many digits": ('{"a": ' + "1" * 5_000 + "}", InvalidOutputError),
    "storms of quotes": ('{"' * 5_000 + "!", TruncatedOutputError),
    "storms of brackets": ("[" * 50_000 + "!", InvalidOutputError),
    "storms of both": ('["' * 5_000 + "!]", TruncatedOutputError),
}


def is_error(expected: Any) -> bool:
    """Tell an error that is expected from a value."""
    return isinstance(expected, type) and issubclass(expected, OutputError)

"""The stand-in with one behaviour changed: for each probe a MiMoCode for which that probe alone fails.

A mutation is one or more pieces of the stand-in's text with what stands in their place; each piece must be
there exactly once, so that a mutation that no longer changes anything is noticed.
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tests.support.target import STANDIN

Mutation = tuple[tuple[str, str], ...]

NEWER: Final = "0.2.0"
OF_A_NEWER_VERSION: Final[Mutation] = (('VERSION: Final = "0.1.15"', f'VERSION: Final = "{NEWER}"'),)

_WALK: Final = "        for folder in reversed(walk):\n            self._pair(folder)\n"
_FOLDERS: Final = '        self._defaults("agent", "mode", "plugin")\n        self._folders(walk)\n'
_NAMED: Final = (
    '        if named := self.env.get("MIMOCODE_CONFIG"):\n            self._add(self._file(Path(named)))\n'
)
_CONTENT: Final = '        self._text("MIMOCODE_CONFIG_CONTENT")\n'
_DOTS: Final = '*(folder / ".mimocode" for folder in walk)'
_ORDERED: Final = "    return _javascript_order(result)\n\n\ndef layered"
_LISTS: Final = (
    "    for name in lower.keys() & higher.keys():\n"
    "        if isinstance(higher[name], list) and isinstance(lower[name], list):\n"
    "            result[name] = lower[name] + higher[name]\n"
)
_RESOLVE: Final = "            Layers(self.env, Path.cwd(), paths).resolve()\n"
_FORGET: Final = '        config.get("provider", {}).get("gonkagate", {}).pop("npm", None)\n'

MUTATIONS: Final[Mapping[str, Mutation]] = {
    "version_text": (("{self.controls.get('VERSION') or VERSION}\\n", "mimo {VERSION}\\n"),),
    "paths_form": (("lines = ((name, getattr", 'lines = ((name.replace("home", "user"), getattr'),),
    "paths_default": (('"cache": ".cache", "state"', '"cache": ".caches", "state"'),),
    "paths_xdg": (('env.get(f"XDG_{name.upper()}_HOME")', 'env.get(f"XDG_{name}_HOME")'),),
    "paths_own_home": (('own = env.get("MIMOCODE_HOME")', 'own = env.get("MIMO_HOME")'),),
    "quiet_questions": (('if command == "paths":\n', f'if command == "paths":\n{_RESOLVE}'),),
    "config_json": (("return say(json.dumps(_for_", "return say('Loaded.\\n' + json.dumps(_for_"),),
    "entry_resolved": (
        ('        config.setdefault("username"', f'{_FORGET}        config.setdefault("username"'),
    ),
    "key_file_read": (('.decode(errors="replace").strip(BLANKS)', '.decode(errors="replace")'),),
    "user_files_order": (
        (
            '"mimocode.json", "mimocode.jsonc")\n        for name',
            '"mimocode.jsonc", "mimocode.json")\n        for name',
        ),
    ),
    "schema_kept": (('(None, "", OPENCODE_SCHEMA)', '(None, "", OPENCODE_SCHEMA, "./kept.json")'),),
    "schema_line": (("stream.write(with_schema(text).encode", "stream.write(json.dumps(layer).encode"),),
    "project_marks": (
        (
            "mark_git_folder(holder)\n    top",
            'mark_git_folder(holder)\n    (holder / "MIMO.md").touch()\n    top',
        ),
    ),
    "fault_told": (("if issues or not isinstance(result, dict):", "if not isinstance(result, dict):"),),
    "model_lines": (
        (
            'text = ""\n        for provider in',
            'text = f"{wanted}:\\n" if wanted else ""\n        for provider in',
        ),
    ),
    "gates_close": (('or ("whitelist" in provider and key not in provider["whitelist"])', ""),),
    "project_over_user": ((_WALK + _FOLDERS, _FOLDERS + _WALK),),
    "wire_request": (('"/chat/completions"', '"/v2/chat/completions"'),),
    "wire_bearer": (('f"Bearer {key}"', 'f"Basic {key}"'),),
    "wire_key_source": (("if key is None:\n            with", "if True:\n            with"),),
    "wire_model": (('body = {"model": model,', 'body = {"model": model.rpartition("/")[2],'),),
    "wire_no_cache_key": (('if options.get("setCacheKey"):', "if True:"),),
    "key_stays": (
        (
            "        address = options",
            '        print(key, file=self.log_file.open("a"))\n        address = options',
        ),
    ),
    "layers_managed": (
        (_CONTENT, ""),
        ("        return self._finish()\n", f"{_CONTENT}        return self._finish()\n"),
    ),
    "layers_variables": (
        (_NAMED, ""),
        ("        self._global_files()\n", f"{_NAMED}        self._global_files()\n"),
    ),
    "layers_home": (
        (f'{_DOTS}, self.paths.home / ".mimocode"]', f'self.paths.home / ".mimocode", {_DOTS}]'),
    ),
    "layers_folders": ((_DOTS, '*(folder / ".mimocode" for folder in reversed(walk))'),),
    "layers_bare": (("for folder in reversed(walk):", "for folder in walk:"),),
    "layers_stop": (("walk[: walk.index(root) + 1]", "walk[: walk.index(root) + 2]"),),
    "merge_objects": (
        ("merged(lower[name], value)\n", 'value if name == "kept" else merged(lower[name], value)\n'),
    ),
    "merge_lists": ((_ORDERED, _LISTS + _ORDERED),),
}
"""By the probe that fails for it."""


def mutated(mutation: Mutation) -> str:
    """Return the stand-in's text with its mutation."""
    text = STANDIN.read_text("utf-8")
    for old, new in mutation:
        assert text.count(old) == 1, f"this stands there {text.count(old)} times: {old}"
        text = text.replace(old, new)
    return text


def install(folder: Path, mutation: Mutation = ()) -> Path:
    """Put a ``mimo`` into a folder that runs the stand-in with a mutation, which lies beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "mimo-program.py"
    program.write_text(mutated(mutation), "utf-8")
    command = folder / "mimo"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -I "{program}" "$@"\n')
    command.chmod(0o755)
    return command

"""The claims about the stand-in, as data: played with it and with the real mimo, each must come out alike."""

import itertools
import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from tests.support.worlds import CONFIG, MODELS, Scenario

G: Final = "home/.config/mimocode"
USER: Final = f"{G}/mimocode.jsonc"
BARE: Final = "project/mimocode.json"
SECRET: Final = "s3cr3t-of-the-test"  # noqa: S105  made up
KEPT: Final = {"$schema": "./kept.json"}


def gonkagate(**more: Any) -> dict[str, Any]:  # noqa: ANN401  any member of a provider
    """Return a config with one provider of that name and two models, and more members of it."""
    models = {"moonshotai/kimi-k2.6": {"limit": {"context": 262144, "output": 0}}, "qwen/qwen3-8b": {}}
    return {**KEPT, "provider": {"gonkagate": {"npm": "@ai-sdk/openai-compatible", "models": models, **more}}}


def dump(value: object) -> str:
    """Return a value as the text of a config."""
    return json.dumps(value, ensure_ascii=False)


def pairwise(layers: Iterable[str]) -> dict[str, str]:
    """Return a config text for each layer such that one run shows which of any two layers wins.

    Every pair of layers shares one made-up provider, whose name both of them set.
    """
    texts: dict[str, dict[str, Any]] = {layer: {} for layer in layers}
    for number, pair in enumerate(itertools.combinations(texts, 2)):
        for layer in pair:
            texts[layer][f"pair-{number}"] = {"name": layer}
    return {layer: dump({**KEPT, "provider": providers}) for layer, providers in texts.items()}


def both(*folders: str) -> list[str]:
    """Return the two config files of each folder."""
    return [f"{folder}/mimocode.{ending}" for folder in folders for ending in ("json", "jsonc")]


def layers(claim: str, competing: list[str], variables: tuple[str, ...] = (), **more: Any) -> Scenario:  # noqa: ANN401
    """Return a scenario that sets the files and variables of that name to compete pair by pair."""
    texts = pairwise([*competing, *variables])
    env = {name: texts[name] for name in variables} | more.pop("env", {})
    return Scenario(
        claim, files={name: texts[name] for name in competing} | more.pop("files", {}), env=env, **more
    )


GLOBAL: Final = [f"{G}/config.json", *both(G)]
TEXTS: Final = ("MIMOCODE_CONFIG_CONTENT", "MIMOCODE_CONFIG_DEFAULTS")
NEVER: Final = [
    *(
        "project/opencode.json",
        "project/opencode.jsonc",
        "project/.opencode/opencode.json",
        "project/config.json",
    ),
    *("project/.mimocode/config.json", "project/.mimocode.json", f"{G}/opencode.json", "managed/config.json"),
]
IN_GIT: Final = [
    *GLOBAL,
    *both("project", "project/mid", "project/mid/cwd"),
    *both("project/.mimocode", "project/mid/.mimocode", "project/mid/cwd/.mimocode"),
    *both("home/.mimocode", "managed", "named"),
]
NAMED: Final = {
    "MIMOCODE_CONFIG": "@ROOT@/one.json",
    "MIMOCODE_CONFIG_DIR": "@ROOT@/named",
    "MIMOCODE_TEST_MANAGED_CONFIG_DIR": "@ROOT@/managed",
}
SUBMODULE: Final = (
    "git init -q --bare project/.git/modules/sub; cd project/.git/modules/sub;"
    "git config core.bare false; git config core.worktree ../../../sub"
)
LAYERS: Final = (
    layers(
        "in a git work tree any two layers rank alike",
        [*IN_GIT, *NEVER, "one.json", *both(".mimocode", ".")],
        TEXTS,
        cwd="project/mid/cwd",
        env=NAMED,
    ),
    layers(
        "without project config any two layers rank alike",
        [*IN_GIT, "one.json"],
        TEXTS,
        cwd="project/mid/cwd",
        env={**NAMED, "MIMOCODE_DISABLE_PROJECT_CONFIG": "TRUE"},
    ),
    layers(
        "outside of git the walk goes on above the home",
        [*GLOBAL, *both("home", "home/.mimocode", "home/w", "home/w/.mimocode", "home/w/c", ".mimocode")],
        git=(),
        cwd="home/w/c",
    ),
    layers(
        "a git folder in the home is ignored and only the working folder is searched",
        [
            *GLOBAL,
            *both("home", "home/w", "home/w/.mimocode", "home/w/c", "home/w/c/.mimocode", "home/.mimocode"),
        ],
        git=("home",),
        cwd="home/w/c",
    ),
    layers(
        "MIMOCODE_DISABLE_GIT leaves only the working folder",
        [*GLOBAL, *both("project", "project/.mimocode", "project/mid", "project/mid/.mimocode")],
        cwd="project/mid",
        env={"MIMOCODE_DISABLE_GIT": "1"},
    ),
    layers(
        "a value but 1 and true does not switch project config off",
        [*GLOBAL, BARE],
        env={"MIMOCODE_DISABLE_PROJECT_CONFIG": "yes"},
    ),
    layers(
        "MIMOCODE_CONFIG_DIR on MiMoCode's own folder ranks it above bare files",
        [*GLOBAL, *both("project", "project/.mimocode")],
        env={"MIMOCODE_CONFIG_DIR": f"@ROOT@/{G}"},
    ),
    layers(
        "MIMOCODE_CONFIG_DIR on MiMoCode's own folder with a slash at its end ranks it above .mimocode",
        [*GLOBAL, *both("project", "project/.mimocode")],
        env={"MIMOCODE_CONFIG_DIR": f"@ROOT@/{G}/"},
    ),
    layers(
        "named files and folders may be relative to the working folder",
        [*GLOBAL, BARE, "project/named.txt", *both("project/folder")],
        env={"MIMOCODE_CONFIG": "named.txt", "MIMOCODE_CONFIG_DIR": "folder"},
    ),
    layers(
        "an empty git folder stops the walk",
        [*both("project", "outside/deep", "outside/deep/w")],
        files={"outside/deep/.git": None},
        cwd="outside/deep/w",
    ),
    layers(
        "without git on PATH its folder stops the walk all the same",
        [*both("project", "project/sub", ".")],
        cwd="project/sub",
        env={"PATH": "@ROOT@/bin"},
    ),
    layers(
        "in a linked work tree the main one is not read",
        [*both("project", "tree", "tree/sub")],
        cwd="tree/sub",
        script="git -C project commit -q --allow-empty -m x; mkdir keep; mv tree keep/;"
        "git -C project worktree add -q ../tree; cp -r keep/tree/. tree; rm -r keep",
    ),
    layers(
        "a link as working folder stands for its target",
        [*both("project", "outside", "project/sub")],
        links={"outside/link": "@ROOT@/project/sub"},
        cwd="outside/link",
    ),
    Scenario(
        "a sub-folder of a submodule breaks MiMoCode",
        files={"project/sub/.git": "gitdir: ../.git/modules/sub\n", "project/sub/deep": None},
        script=SUBMODULE,
        cwd="project/sub/deep",
        calls=(CONFIG, ("debug", "paths")),
    ),
    layers(
        "the root of a submodule works",
        [*both("project", "project/sub")],
        files={"project/sub/.git": "gitdir: ../.git/modules/sub\n"},
        script=SUBMODULE,
        cwd="project/sub",
    ),
    Scenario("the root of the file system is refused", cwd="/", calls=(CONFIG, MODELS)),
    Scenario("a folder of the system is refused", cwd="/etc"),
    layers(
        "the home itself may be the working folder",
        [*GLOBAL, *both("home", "home/.mimocode", ".")],
        git=(),
        cwd="home",
    ),
    layers(
        "a git folder of its own place gets its marks two folders above that place",
        [*both("project", ".")],
        git=(),
        files={"project/sub": None, "deep": None},
        script="mkdir -p deep/er; git init -q --separate-git-dir deep/er/git project",
        cwd="project/sub",
    ),
    Scenario("permissions in a variable must be JSON", env={"MIMOCODE_PERMISSION": "{"}),
    Scenario("a dot-mimocode that is a file breaks MiMoCode", files={"project/.mimocode": "x"}),
    Scenario("a config that is a folder breaks MiMoCode", files={BARE: None}),
    layers("a dangling link is no config", [USER], links={BARE: "@ROOT@/nothing"}),
    layers("a link is followed", [USER, "outside/real.json"], links={BARE: "@ROOT@/outside/real.json"}),
    layers("a named file that is missing is ignored", [USER], env={"MIMOCODE_CONFIG": "@ROOT@/nothing.json"}),
    Scenario("a named file that is a folder breaks MiMoCode", env={"MIMOCODE_CONFIG": "@ROOT@/outside"}),
    Scenario("a named folder that is missing breaks MiMoCode", env={"MIMOCODE_CONFIG_DIR": "@ROOT@/nothing"}),
    Scenario(
        "a TOML file of old is imported and deleted",
        files={f"{G}/config": 'provider = "gonkagate"\nmodel = "old"\nshare = "disabled"\n'},
        calls=(CONFIG, CONFIG),
    ),
    Scenario(
        "servers of another program come along, their secrets too",
        files={
            "home/.claude.json": dump(
                {
                    "mcpServers": {
                        "a": {"command": "x", "args": ["y"], "env": {"TOKEN": SECRET}},
                        "b": {"url": "u"},
                    }
                }
            ),
            USER: dump({**KEPT, "mcp": {"c": {"type": "local", "command": ["z"]}}}),
        },
    ),
    Scenario(
        "an agent's own model is taken from Markdown too",
        files={
            USER: dump({**KEPT, "agent": {"plan": {"model": "x/y"}}}),
            "project/.mimocode/agent/build.md": "---\nmodel: gonkagate/a/b\ndescription: d\n---\nDo it.\n",
        },
    ),
)

MERGING: Final = (
    Scenario(
        "objects merge deep, lists are replaced, instructions are joined",
        files={
            USER: dump(
                {
                    **gonkagate(options={"apiKey": "mine", "custom": None, "baseURL": "https://a/v1"}),
                    "model": "gonkagate/a",
                    "disabled_providers": ["x"],
                    "enabled_providers": ["y", "gonkagate"],
                    "instructions": ["one", "two"],
                    "watcher": {"ignore": ["a", "b"]},
                }
            ),
            BARE: dump(
                {
                    **gonkagate(options={"baseURL": "https://b/v1"}, whitelist=["z"], env=[]),
                    "disabled_providers": [],
                    "enabled_providers": ["z"],
                    "instructions": ["two", "three"],
                    "watcher": {"ignore": ["c"]},
                    "small_model": "gonkagate/small",
                }
            ),
            "project/.mimocode/mimocode.json": dump({**KEPT, "provider": {"gonkagate": {"models": {}}}}),
        },
    ),
    Scenario(
        "between the global files instructions are replaced, and unknown members are dropped",
        files={
            f"{G}/config.json": dump(
                {**KEPT, "instructions": ["one"], "theme": "x", "keybinds": {}, "history": 1}
            ),
            f"{G}/mimocode.json": dump({**gonkagate(zzz=1, name="N"), "instructions": ["two"]}),
        },
    ),
    Scenario(
        "names keep their order but for indices, duplicates count once, proto names vanish",
        files={
            USER: '{"provider":{"gonkagate":{"models":{"z":{},"10":{},"a":{},"2":{},"z":{"name":"Z"},'
            '"__proto__":{}},"name":"later","options":{"zeta":1,"setCacheKey":false,"apiKey":"k","baseURL":"u"}}},'
            '"small_model":"s","model":"first","model":"last","$schema":"./kept"}'
        },
    ),
    Scenario(
        "an empty model counts as none, and an explicit lite group stays",
        files={
            USER: dump({**KEPT, "model": "a/b", "small_model": "a/b", "model_groups": {"lite": "a/c"}}),
            BARE: dump({**KEPT, "model": "", "small_model": ""}),
        },
    ),
    Scenario("an empty small model makes an empty group", files={USER: dump({**KEPT, "small_model": ""})}),
    Scenario(
        "defaults come too late to make a group",
        env={"MIMOCODE_CONFIG_DEFAULTS": dump({**KEPT, "small_model": "a/b", "model": "a/c"})},
    ),
)

FILLED: Final = {
    "a": '{"name":"{file:~/secret}","env":["{file:nested/x}","{env:HOME}","{env:NOPE}","{env:}","{file:}"]}',
    "b": '{"name":"{file:{env:SOMEWHERE}/secret}","env":["{FILE:x}","\\u007bfile:x}","{env: X}"]}',
    "c": '{"name":"{file:@ROOT@/odd}","env":["{file:empty}","{env:VIA}","{file:bytes}"]}',
    "{env:VIA2}": '{"options":{"{env:VIA2}":{env:NUMBER}}}',
}
SUBSTITUTION: Final = (
    Scenario(
        "variables come before files, files arrive escaped and trimmed",
        files={
            USER: '{"$schema":"./kept",\n  // {file:~/missing} is skipped, {env:MORE}\n'
            f'"provider":{{{",".join(f"{dump(name)}:{text}" for name, text in FILLED.items())}}}}}',
            "home/secret": f" \ufeff{SECRET}\u00a0\r\n",
            f"{G}/nested/x": "in a folder",
            f"{G}/empty": "",
            f"{G}/bytes": b"a\xff\xfeb",
            "odd": 'quote " back \\ tab\t nul\x00 {file:x} {env:HOME} $& \u2028 } two\nlines',
        },
        env={
            "SOMEWHERE": "@ROOT@/home",
            "VIA": "{file:~/secret}",
            "VIA2": "k",
            "NUMBER": "7",
            "X": "not this",
        },
    ),
    Scenario(
        "a text in a variable is relative to the working folder",
        files={"project/rel": "here"},
        env={"MIMOCODE_CONFIG_CONTENT": '{"model":"{file:rel}"}', "MIMOCODE_CONFIG_DEFAULTS": "{}"},
    ),
    Scenario(
        "a file that is missing stops MiMoCode",
        files={USER: '{"model":"{file:~/missing}"}'},
        calls=(CONFIG, MODELS),
    ),
    Scenario("a folder in a file's place stops MiMoCode", files={USER: '{"model":"{file:~/.config}"}'}),
    Scenario(
        "a comment behind a value does not hide a file", files={USER: '{"model":"a" // {file:missing}\n}'}
    ),
    Scenario("a block comment does not hide a file", files={USER: '{"model":"a" /* {file:~x} */}'}),
    Scenario("a variable can break the text", files={USER: '{"model":"{env:BAD}"}'}, env={"BAD": 'a"b'}),
)

BROKEN: Final = {
    "single quotes": "{'model':1}",
    "a bare name": "{model:1}",
    "two commas": '{"model":"a",,}',
    "no comma": '{\n  "model": "a"\n  "small_model": "b"\n}',
    "no brace": '{\n  "model": "a"\n',
    "no bracket": '{"instructions":["a"',
    "two roots": '{"model":"a"}\n{}',
    "blanks alone": " \n",
    "a comment alone": "// nothing\n",
    "an open comment": '{"model":"a"} /* open',
    "a raw tab": '{"model":"a\tb"}',
    "a bad escape": '{"model":"a\\x"}',
    "not a number": '{"provider":{"a":{"options":{"x":NaN}}}}',
    "no value": '{"model":}',
    "no colon": '{"model" "a"}',
}
SYNTAX: Final = (
    *(Scenario(f"text with {name} stops MiMoCode", files={USER: text}) for name, text in BROKEN.items()),
    Scenario(
        "a syntax error shows the secret that was filled in",
        files={USER: '{"provider":{"gonkagate":{"options":{"apiKey":"{file:~/k}"}}},,}', "home/k": SECRET},
        calls=(CONFIG, MODELS),
    ),
    Scenario("a byte order mark in a variable stops MiMoCode", env={"MIMOCODE_CONFIG_CONTENT": "\ufeff{}"}),
    Scenario(
        "comments, one comma too many, odd bytes and any line ends are let pass",
        files={
            USER: b'\xef\xbb\xbf{"$schema":"./k",/* c */"model":"a\xffb",// d\r'
            b'"small_model":"\\ud83d\\ude00",}\r',
            f"{G}/mimocode.json": "",
            f"{G}/config.json": '{"$schema":"k","provider":{"a":{"models":{"m":{"limit":{'
            '"context":1e20,"output":-0.5,},},},},},}',
        },
    ),
)

REFUSED: Final = {
    "an unknown name": {"gonka": 1, "$comment": ""},
    "a root that is a list": [],
    "a model that is null": {"model": None},
    "half a limit": {"provider": {"a": {"models": {"m": {"limit": {"context": 5}}}}}},
    "a model named constructor": {"provider": {"a": {"models": {"constructor": {}}}}},
    "wrong types everywhere": {
        "$schema": 5,
        "model": 1,
        "small_model": False,
        "enabled_providers": "a",
        "disabled_providers": [1],
        "instructions": [None],
        "provider": {
            "a": [],
            "b": {"options": {"apiKey": 5, "setCacheKey": "false", "baseURL": {}}, "models": []},
            "c": {
                "models": {"m": {"limit": {"context": "1", "output": None}, "status": "zzz", "name": 1}},
                "npm": 1,
            },
        },
    },
}
SCHEMA: Final = (
    *(Scenario(f"{name} stops MiMoCode", files={USER: dump(value)}) for name, value in REFUSED.items()),
    Scenario(
        "a number without end stops MiMoCode",
        files={USER: '{"provider":{"a":{"models":{"m":{"limit":{"context":1e400,"output":1}}}}}}'},
    ),
    Scenario(
        "a fault in one layer leaves the layers before it edited",
        files={USER: "{}", BARE: '{"model":null}', "project/.mimocode/mimocode.json": "{}"},
    ),
)

SHAPES: Final = (
    "{}",
    '{"model":"a"}',
    '{\n  "model": "a", // why\n  "share": "manual" // that\n}\n',
    '{\n\t"share": "manual",\n\t"provider": {\n\t\t"a": {}\n\t}\n}',
    '{\r\n  "share": "manual",\r\n  "instructions": ["x",  "y"],\r\n}\r\n',
    '{"$schema":"https://opencode.ai/config.json","share":"manual"}',
    '{\n  "$schema" :   "",\n  "share": "manual" }',
    '{\n    "share": "manual" /* c */ , "model": "b"   }   // end',
    '// head\n{ // open\n  "provider": { "a": { "models": { "x": {}, "y": {} } } }\n  // tail\n}',
    '\ufeff{\n  "share": "manual"\n}\n',
    '{"instructions":[],"provider":{}, /* c\n d */ "model":"a"}',
    '{\n  "model": "a",\n\n  // above\n  "share": "auto",\n}',
    "{\n}\n",
    '  {\n    "share": "manual"\n  }',
    '{\n"provider": {"a": {"options": {"k": [1, 2, {"b": null}]}}}}',
    '{"model":"a"\n// c\n}',
    '{"share":"auto",\n"model":"x"}',
    '{ "provider": { "a": { "models": { "m": {} } } }, "share": "auto"\n}',
    '{"share":"auto" // c\r\n ,"model":"x" // d\r\n}\r\n',
    '{\n\t\t"share": "auto",\t"model":"x"}',
    '{"share":"auto","instructions":[\n"a",\n"b"\n]}',
    '/* h */ {"$schema":"https://opencode.ai/config.json" /* s */ ,"share":"auto"} // t\n',
)
CLAIM_SCHEMA: Final = "the schema line is written as carelessly into a file of any shape"
EFFECTS: Final = (
    Scenario(
        "a fresh home gets a starter",
        calls=(("--version",), ("debug", "paths"), CONFIG, MODELS),
        git=(),
        cwd="outside",
    ),
    Scenario("asking for the version leaves only folders", calls=(("--version",),)),
    Scenario(
        "another cache version empties the cache",
        files={"home/.cache/mimocode/version": "20", "home/.cache/mimocode/x/y": "z"},
        calls=(("--version",),),
    ),
    Scenario(CLAIM_SCHEMA, files=dict(zip(IN_GIT, SHAPES, strict=False)), cwd="project/mid/cwd", env=NAMED),
    Scenario(
        f"{CLAIM_SCHEMA}, by models too",
        files={
            **dict(zip(both("project", "project/sub", G), SHAPES[10:], strict=False)),
            "project/.git/info/exclude": "mine",
        },
        cwd="project/sub",
        calls=(MODELS, MODELS),
    ),
    Scenario(
        "files with another schema stay as they are",
        files={
            USER: '{"$schema":"https://mimo.xiaomi.com/mimocode/config.json"}',
            BARE: '{"$schema":"http://opencode.ai/config.json",}',
            "project/.mimocode/mimocode.json": '{"$schema":"{env:S}"}',
        },
        env={"S": "x"},
    ),
    Scenario(
        f"{CLAIM_SCHEMA}, and the last shapes",
        files=dict(zip(IN_GIT, reversed(SHAPES), strict=False)),
        cwd="project/mid/cwd",
        env=NAMED,
    ),
    Scenario(
        "a linked file is edited where it is",
        files={"outside/real.json": '{"share":"manual"}'},
        links={BARE: "@ROOT@/outside/real.json"},
    ),
    Scenario(
        "existing marks are kept",
        files={"project/.git/mimocode-project-id": "mine", "project/.mimocode/.gitignore": "x"},
    ),
)

GATED: Final[Mapping[str, Any]] = {
    "all": {"models": {"b": {}, "a": {}}},
    "off": {"models": {"a": {}}},
    "none": {"models": {}},
    "bare": {},
    "white": {"models": {"a": {}, "b": {}}, "whitelist": ["b"]},
    "white-none": {"models": {"a": {}}, "whitelist": []},
    "black": {"models": {"a": {}, "b": {}}, "blacklist": ["b"]},
    "status": {
        "models": {"a": {"status": "alpha"}, "b": {"status": "beta"}, "c": {"status": "deprecated"}, "d": {}}
    },
    "gpt": {"models": {"gpt-5-chat-latest": {}, "gpt-5": {}}},
    "alias": {"models": {"alias": {"id": "real/up"}}},
    "known": {"models": {"mine": {}, "theirs": {"name": "x"}}},
    "only": {"models": {"mine": {}}, "only_configured_models": True},
}
LIMITS: Final = (
    *(
        (0, 0),
        (0, 5),
        (-5, 1),
        (262144, 0),
        (262144, 32768),
        (131072, 1),
        (1048576, 0),
        (200000, 0),
        (999999, 0),
    ),
    *((999, 1), (1000, 1), (1500, 1), (1000000, 0), (1005000, 0), (1e20, 0), (40960.5, 1)),
)
IDS: Final = (
    *(
        "a",
        "B",
        "b",
        "A",
        "a-b",
        "a_b",
        "a/b",
        "a:b",
        "a.b",
        "ab",
        "a b",
        "1",
        "10",
        "2",
        "é",
        "e",
        "f",
        "É",
        "日本",
        "ß",
    ),
    *(
        "moonshotai/kimi-k2.6",
        "moonshotai/Kimi-K2",
        "deepseek-ai/DeepSeek-V3.2",
        "deepseek-ai/deepseek-r1",
        "x@y",
        "x+y",
    ),
    *(
        "x~y",
        "x#y",
        "x%y",
        "x(y",
        "x!y",
        "x'y",
        "x,y",
        "x;y",
        "x=y",
        "x$y",
        "x^y",
        "x|y",
        "x*y",
        "x&y",
        "aB",
        "Ab",
        "-a",
        "/a",
    ),
)
ALL_MODELS: Final = ("models", "")
MODEL_LISTS: Final = (
    Scenario(
        "providers and models pass the same gates",
        files={
            USER: dump({**KEPT, "disabled_providers": ["off", "xiaomi"], "provider": GATED}),
            "catalogue.json": dump(
                {
                    name: {
                        "id": name,
                        "name": name,
                        "env": [],
                        "npm": "@ai-sdk/openai-compatible",
                        "models": {
                            "theirs": {
                                "id": "theirs",
                                "name": "T",
                                "release_date": "2025-01-01",
                                "attachment": False,
                                "reasoning": False,
                                "temperature": True,
                                "tool_call": True,
                                "limit": {"context": 5000, "output": 100},
                                "options": {},
                            }
                        },
                    }
                    for name in ("known", "only", "unused")
                }
            ),
        },
        env={"MIMOCODE_MODELS_PATH": "@ROOT@/catalogue.json"},
        calls=(ALL_MODELS, ("models", "none"), ("models", "off")),
    ),
    Scenario(
        "only enabled providers are listed",
        files={USER: dump({**gonkagate(), "enabled_providers": ["mimo"]})},
        calls=(MODELS, ("models",)),
    ),
    Scenario(
        "an alpha model is seen by those who ask for it",
        files={USER: dump({**KEPT, "provider": {"gonkagate": {"models": {"a": {"status": "alpha"}}}}})},
        env={"MIMOCODE_ENABLE_EXPERIMENTAL_MODELS": "1"},
        calls=(MODELS,),
    ),
    Scenario(
        "windows are written alike",
        files={
            USER: dump(
                gonkagate(
                    models={f"m{c}-{o}": {"limit": {"context": c, "output": o}} for c, o in LIMITS}
                    | {"input": {"limit": {"context": 9, "input": 50000, "output": 1}}, "no limit": {}}
                )
            )
        },
        calls=(MODELS,),
    ),
    Scenario(
        "a budget lowers the window",
        files={USER: dump({**gonkagate(), "compaction": {"max_context": "50%"}})},
        calls=(MODELS,),
    ),
    Scenario(
        "a budget may come from a variable, and another ratio too",
        files={USER: dump(gonkagate())},
        env={"MIMOCODE_COMPACTION_MAX_CONTEXT": "100K", "MIMOCODE_COMPACTION_TRIGGER_RATIO": "0.5"},
        calls=(MODELS,),
    ),
    Scenario(
        "models are sorted alike",
        files={USER: dump(gonkagate(models={name: {} for name in IDS}))},
        calls=(MODELS,),
    ),
    Scenario(
        "an inherited name breaks the list and not the config",
        files={USER: dump(gonkagate(models={"toString": {}}))},
        calls=(CONFIG, MODELS),
    ),
)

PROGRAM: Final = (
    Scenario(
        "version, help and wrong usage answer alike",
        calls=(
            ("--version",),
            ("-v",),
            ("models", "-v"),
            ("bogus",),
            ("debug", "paths", "--nonsense"),
            ("--help",),
            ("-V",),
        ),
    ),
    Scenario(
        "XDG variables move the folders",
        env={
            "XDG_CONFIG_HOME": "@ROOT@/xdg c",
            "XDG_DATA_HOME": "@ROOT@/xd",
            "XDG_STATE_HOME": "",
            "XDG_CACHE_HOME": "@ROOT@/xc",
        },
        files={"xdg c/mimocode/mimocode.json": dump(gonkagate())},
        calls=(("debug", "paths"), CONFIG),
    ),
    Scenario(
        "MIMOCODE_HOME moves the folders and beats the XDG variables",
        env={"MIMOCODE_HOME": "@ROOT@/mh", "XDG_CONFIG_HOME": "@ROOT@/x"},
        files={"mh/config/mimocode.json": dump(gonkagate())},
        calls=(("debug", "paths"), CONFIG),
    ),
    Scenario("an empty MIMOCODE_HOME counts as none", env={"MIMOCODE_HOME": ""}, calls=(("debug", "paths"),)),
    Scenario(
        "a home with blanks and letters of any script works",
        home="home sweet héim",
        files={"home sweet héim/.config/mimocode/mimocode.json": dump(gonkagate())},
        calls=(("debug", "paths"), CONFIG),
    ),
    Scenario(
        "a broken credentials file stops it",
        files={"home/.local/share/mimocode/auth.json": "{"},
        calls=(CONFIG, MODELS, ("debug", "paths")),
    ),
    Scenario("an empty credentials file stops it", files={"home/.local/share/mimocode/auth.json": ""}),
    Scenario("a credentials file of null stops it", files={"home/.local/share/mimocode/auth.json": "null"}),
    Scenario(
        "a variable masks a broken credentials file",
        files={"home/.local/share/mimocode/auth.json": "{"},
        env={"MIMOCODE_AUTH_CONTENT": "{}"},
    ),
    Scenario(
        "a broken variable masks nothing",
        files={"home/.local/share/mimocode/auth.json": "[]"},
        env={"MIMOCODE_AUTH_CONTENT": "{"},
    ),
)

SCENARIOS: Final = (*LAYERS, *MERGING, *SUBSTITUTION, *SYNTAX, *SCHEMA, *EFFECTS, *MODEL_LISTS, *PROGRAM)

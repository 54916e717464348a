"""Which mimo a test runs against, and where the real one is.

``MIMO_UNDER_TEST`` is ``standin`` (when unset) or ``real``. The real one is kept in a cache folder outside of
the repository and fetched with npm when it is not there yet; not getting it is an error and never a reason to
skip.
"""

import os
import platform
import shutil
import subprocess
from pathlib import Path
from typing import Final, Literal, get_args

Mimo = Literal["standin", "real"]

REPOSITORY: Final = Path(__file__).parents[2]
STANDIN: Final = REPOSITORY / "fixtures" / "mimo_standin.py"
VERSION: Final = "0.1.15"


def mimo_under_test() -> Mimo:
    """Return the choice of ``MIMO_UNDER_TEST``."""
    chosen = os.environ.get("MIMO_UNDER_TEST") or "standin"
    for known in get_args(Mimo):
        if chosen == known:
            return known  # type: ignore[no-any-return]  # get_args forgets the type
    raise ValueError(f"MIMO_UNDER_TEST is {chosen!r}, it can be one of {get_args(Mimo)}")


def real_mimo() -> Path:
    """Return the real binary, fetched first when the cache does not hold it."""
    import fcntl  # noqa: PLC0415 - does not exist on Windows, where tests of pure functions can be run

    cache = os.environ.get("MIMO_CODE_SETUP_CACHE") or Path.home() / ".cache" / "mimo-code-setup-tests"
    folder = Path(cache) / f"mimo-{VERSION}"
    package = f"@mimo-ai/mimocode-{platform.system().lower()}-{_architecture()}"
    binary = folder / "node_modules" / package / "bin" / "mimo"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not binary.exists():
            _fetch(f"{package}@{VERSION}", folder)
    if not binary.exists():
        raise FileNotFoundError(binary)
    return binary


def _architecture() -> str:
    return {"x86_64": "x64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())


def _fetch(package: str, folder: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise FileNotFoundError(f"npm is needed once, to fetch {package} into {folder}")
    flags = ["--no-audit", "--no-fund", "--ignore-scripts", "--no-save"]
    command = [npm, "install", "--prefix", str(folder), *flags, package]
    run = subprocess.run(command, capture_output=True, text=True, timeout=280, check=False)
    if run.returncode:
        raise RuntimeError(f"{package} could not be fetched:\n{run.stderr}")

"""The program's version, in one place: read by the build, printed by `--version`, recorded in the state."""

__version__ = "0.1.0"

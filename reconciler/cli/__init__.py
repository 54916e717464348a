"""The command line: what people type, see and are asked, and exit codes. It decides nothing."""

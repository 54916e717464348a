"""`python -m reconciler`: the same program as the console command."""

from reconciler.cli.main import main

if __name__ == "__main__":
    main()

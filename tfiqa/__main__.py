"""Runs the console script: `python -m tfiqa COMMAND ...`."""

from tfiqa.cli.console import main

if __name__ == "__main__":
    main()

"""`python -m embla` is `embla`."""

from embla.cli import main

if __name__ == "__main__":
    main()

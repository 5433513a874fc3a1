"""`python -m aiopinecone`: the same as `aiopinecone`."""

import sys

from aiopinecone.cli import main

sys.exit(main())

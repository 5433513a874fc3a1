"""docs/cli.md, made from the code: `make docs` writes it, and a test holds it to be current."""

import re
import sys
from pathlib import Path

from aiopinecone.cli import auditing, comparing, doctor, metrics, shapes
from aiopinecone.cli.app import app

PATH = Path(__file__).parents[2] / "docs" / "cli.md"

_MORE = """
## Streams and exit status

{epilogue}

Where nobody reads stdout any more (`| head -1`), the program ends without a word, and its exit status says what it
found until then. `-o nagios` has exit statuses of its own, of wrong use too.

## What json and yaml hold

One object: `schema_version`, which is 1, and

| command | members |
|---|---|
| `describe`, `list`, `wait`, `watch` | `backups`: each in the form that Pinecone sends |
| `inventory` | `taken_at`, `backups`; what `Inventory.save` writes, and `diff` reads |
| `audit` | `taken_at`, `ok`, `worst` (a verdict, or null where all are exempt), `findings` |
| `diff` | {kinds}; {pairs} have `before` and `after` |
| `doctor` | `checks` |

A finding has {finding}; ages are seconds, backups are their ids, `project` is `default` for that of `PINECONE_API_KEY`.
A check has {check}. jsonl has the rows of these lists, one a line, without the object. Moments are ISO 8601 in UTC.

The keys of a backup in csv, and for `--sort-by`, are {backup}. A table of `inventory` sorts by {index}. csv of `diff`
has {change} more. Control characters are escapes in every format; in csv and name they look like `\\x1b`.

## Configuration

```toml
# $XDG_CONFIG_HOME/aiopinecone/config.toml, or ~/.config/aiopinecone/config.toml, or --config FILE
[projects.prod]
api_key_env = "PROD_PINECONE_KEY"   # the name of a variable; a file with a key in it is refused
host = "https://api.pinecone.io"    # may be left out

[projects.staging]
api_key_env = "STAGING_PINECONE_KEY"
```

A project whose variable isn't set is UNKNOWN in an audit.

## The policy of an audit

The fields of `AuditPolicy` as keys, those of `Override` under `[[overrides]]`; the first override that matches an index
is the one. `"none"` stands for None. The options `--max-age` and `--warn-age` win.

```toml
max_age = "26h"          # "none": as the schedule of each index asks
warn_age = "24h"
pending_limit = "6h"
max_shrink = 0.5         # "none": any
min_records = 1

[[overrides]]
index = "scratch-*"
exempt = true

[[overrides]]
tag = "tier=gold"
max_age = "6h"
```

## Metrics

`serve` exports, by project and index: {by_index}, and `{prefix}count` by status, too. By project: {by_project}.
Alert rules are in [examples/prometheus](../examples/prometheus/alerts.yml), a Grafana board in
[examples/grafana](../examples/grafana/pinecone-backups.json).
"""


def listed(names: object) -> str:
    """The names as code, with commas."""
    assert isinstance(names, tuple | list)
    return ", ".join(f"`{name}`" for name in names)


def text() -> str:
    """The whole page."""
    # cyclopts takes over a part of how it was started, where that is by `python -m`.
    made = re.sub(r"^(aiopinecone [a-z]+) -m \S+", r"\1", app.generate_docs().rstrip(), flags=re.MULTILINE)
    families = {family.name: family for family in metrics.Backups({}, lambda: 0.0).collect()}
    names = [f"{name}_total" if family.type == "counter" else name for name, family in families.items()]
    by_index = [f"{metrics.PREFIX}{name}" for name, _, _ in metrics.BY_INDEX]
    by_project = [name for name in names if name not in {*by_index, f"{metrics.PREFIX}count"}]
    return (
        "<!-- Made from the code by `make docs`. -->\n\n"
        + made
        + "\n"
        + _MORE.format(
            epilogue=(app.help_epilogue or "").strip(),
            kinds=listed(comparing.KINDS),
            pairs=listed(comparing.PAIRED),
            finding=listed(auditing.KEYS),
            check=listed(doctor.SHAPE.keys),
            backup=listed(shapes.KEYS),
            index=listed(shapes.indexes().keys),
            change=listed([key for key in comparing.SHAPE.keys if key not in shapes.KEYS]),
            by_index=listed(by_index),
            by_project=listed(by_project),
            prefix=metrics.PREFIX,
        )
    )


if __name__ == "__main__":
    PATH.write_text(text())
    sys.stdout.write(f"{PATH} is current.\n")

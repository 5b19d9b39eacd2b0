"""``quell schema``: the JSON Schema of study files.

An editor that is told of it (``# yaml-language-server: $schema=study.schema.json`` on top of a study file, for
instance) completes keys and marks what is wrong while one writes.
"""

from quell.cli.printing import print_json


def schema() -> None:
    """Print the JSON Schema of study files, so that an editor completes and checks them."""
    from quell.protocols.json_schema import study_json_schema

    print_json(study_json_schema())

"""The files of a model's text side, wherever they come from."""

from __future__ import annotations

from collections.abc import Collection

WANTED = {
    "text_encoder": ("config.json", "model.safetensors"),
    "tokenizer": (
        "vocab.json",
        "merges.txt",
        "vocab.txt",
        "tokenizer.json",
        "tokenizer_config.json",
        "special_tokens_map.json",
        "added_tokens.json",
    ),
}
"""Files of each part, as far as they are there."""


def missing_file(part: str, present: Collection[str]) -> str | None:
    """The file that a part cannot do without, or None: a text encoder needs all of its, a tokenizer at least one.

    Args:
        part: "text_encoder" or "tokenizer".
        present: those of `WANTED` that are there.
    """
    missing = next((name for name in WANTED[part] if name not in present), None)
    return missing if part == "text_encoder" or not present else None

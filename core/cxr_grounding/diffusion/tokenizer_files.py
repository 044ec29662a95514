"""The tokenizer in a model folder: read from the one file that holds it whole, and how that file is made.

transformers, around the tokenizers library, takes longer to import than a small model takes to answer. So a folder that
is made here holds `tokenizer.json`, which transformers wrote, and is opened with the tokenizers library alone. Every
other folder is opened by transformers, which reads each as its class does (docs/decisions/0052-tokenizer-json.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer, processors

from cxr_grounding.diffusion.components import FOREIGN_ERRORS, NEXT_STEP
from cxr_grounding.disk.json_file import read_object
from cxr_grounding.disk.sentences import reason
from cxr_grounding.errors import ModelError, OutputError

WHOLE, CONFIG, SPECIAL_MAP = "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"

BACKEND = "tokenizers"
"""The backend that transformers 5 names in `CONFIG` when it writes `WHOLE` beside it. Of what other programs and older
versions wrote there, its classes take the vocabulary alone."""

PASSING_SETTINGS = ("is_local", "local_files_only")
"""How the files were opened, which transformers would write down with the tokenizer."""


@dataclass(frozen=True)
class WholeTokenizer:
    """What `TextTokenizer` needs of one of transformers' tokenizers, by the same names.

    Args:
        backend_tokenizer: of the tokenizers library.
        pad_token_id, unk_token_id: of the padding and of what the vocabulary does not hold.
    """

    backend_tokenizer: Tokenizer
    pad_token_id: int
    unk_token_id: int

    def __len__(self) -> int:
        return int(self.backend_tokenizer.get_vocab_size())


@dataclass(frozen=True)
class Family:
    """A kind of tokenizer.

    Args:
        class_name: of transformers' class.
        load_class: imports it.
        files: each entry is a whole tokenizer. transformers makes up a tiny one where all are missing.
        ends: names of the special tokens that go around every text.
    """

    class_name: str
    load_class: Callable[[], Any]
    files: tuple[tuple[str, ...], ...]
    ends: tuple[str, str]

    def open(self, folder: Path) -> Any:
        """The tokenizer in a folder, as a `WholeTokenizer` or as transformers has it.

        Raises:
            ModelError: when there is none.
            Exception: where a file is damaged; see `tokenizer_errors`.
        """
        return self._read_whole(folder) or self._rebuild(folder)

    def write_whole(self, folder: Path) -> None:
        """Write what transformers makes of the files in a folder beside them: `WHOLE`, and `CONFIG` anew.

        Raises:
            ModelError: when there is no tokenizer, or it cannot be read.
            OutputError: when `WHOLE` cannot be written.
        """
        with tokenizer_errors(folder):
            tokenizer = self._rebuild(folder)
        for name in PASSING_SETTINGS:
            tokenizer.init_kwargs.pop(name, None)
        try:
            tokenizer.save_pretrained(folder)
        except Exception as error:
            # The tokenizers library's name for what the system says, a full disk above all.
            if type(error) is not Exception:
                raise
            raise OutputError(
                f"{folder / WHOLE} cannot be written ({reason(error)}). Check the free space of its folder."
            ) from error

    def _rebuild(self, folder: Path) -> Any:
        if not any(all((folder / name).is_file() for name in names) for names in self.files):
            missing = next(name for name in self.files[0] if not (folder / name).is_file())
            raise ModelError(f"The model has no tokenizer ({folder / missing} is missing). {NEXT_STEP}")
        return self.load_class().from_pretrained(folder, local_files_only=True)

    def _read_whole(self, folder: Path) -> WholeTokenizer | None:
        """None where transformers did not write the file, or not for this kind."""
        if not all((folder / name).is_file() for name in (WHOLE, CONFIG)):
            return None
        config = read_object(folder / CONFIG)
        if (config.get("backend"), config.get("tokenizer_class")) != (BACKEND, self.class_name):
            return None
        if (folder / SPECIAL_MAP).is_file():
            config |= read_object(folder / SPECIAL_MAP)
        tokenizer = Tokenizer.from_file(str(folder / WHOLE))
        first, last = (_special(tokenizer, config, name) for name in self.ends)
        # As transformers' classes do, whatever the file says of framing a text.
        tokenizer.post_processor = processors.TemplateProcessing(
            single=[first[0], "$A", last[0]], special_tokens=[first, last]
        )
        ids = (_special(tokenizer, config, name)[1] for name in ("pad_token", "unk_token"))
        return WholeTokenizer(tokenizer, *ids)


@contextmanager
def tokenizer_errors(folder: Path) -> Iterator[None]:
    """Turn what the libraries raise on the files of a tokenizer into one sentence.

    Raises:
        ModelError: in place of it.
    """
    try:
        yield
    except ModelError:
        raise
    except Exception as error:
        # The tokenizers library raises bare Exceptions; one of an unexpected class is a defect, not a bad file.
        if type(error) is not Exception and not isinstance(error, FOREIGN_ERRORS):
            raise
        raise ModelError(f"The tokenizer in {folder} cannot be read ({reason(error)}). {NEXT_STEP}") from error


def _special(tokenizer: Tokenizer, config: dict[str, Any], name: str) -> tuple[str, int]:
    """A special token's text, which may stand by itself or with flags, and its number.

    Raises:
        LookupError: when it is not named, or is none of the tokenizer's.
    """
    said = config.get(name)
    if not said:
        raise LookupError(f"it names no {name}")
    text = str(said["content"] if isinstance(said, dict) else said)
    number = tokenizer.token_to_id(text)
    if number is None:
        raise LookupError(f"it lacks the token {text!r}")
    return text, number


def _clip_tokenizer() -> Any:
    from transformers.models.clip.tokenization_clip import CLIPTokenizer

    return CLIPTokenizer


def _bert_tokenizer() -> Any:
    from transformers.models.bert.tokenization_bert import BertTokenizer

    return BertTokenizer


CLIP = Family("CLIPTokenizer", _clip_tokenizer, (("vocab.json", "merges.txt"), (WHOLE,)), ("bos_token", "eos_token"))
BERT = Family("BertTokenizer", _bert_tokenizer, (("vocab.txt",), (WHOLE,)), ("cls_token", "sep_token"))

FAMILIES = {"CLIPTextModel": CLIP, "BertModel": BERT, "CXRBertModel": BERT}
"""By the class that the text encoder's configuration names; the same names as `components.TEXT_ENCODERS`."""

"""How docs/ becomes a site: `make site` builds it, without the internet (docs/decisions/0087-a-site-of-the-pages.md).

The pages are plain Markdown, which a forge shows as well. What the site needs beside that is made here while they
are read: the navigation out of the lists of links, and a place to go to for links that leave docs/.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.ext.napoleon import Config, GoogleDocstring

import cxr_grounding

REPOSITORY = "https://github.com/cxrgrounding/SlicerCXRGrounding"
ROOT = Path(__file__).parents[1]

project = "CXRGrounding"
author = "The CXRGrounding founders"
project_copyright = author
version = release = cxr_grounding.__version__
language = "en-GB"
smartquotes_action = "D"  # quotes stand as they are written
extensions = ["myst_parser", "sphinx.ext.autodoc"]
root_doc = "index"
source_suffix = {".md": "markdown"}

myst_heading_anchors = 4
suppress_warnings = ["myst.header"]  # pages of the forge may begin below their first heading

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
toc_object_entries_show_parents = "hide"
python_maximum_signature_line_length = 100
python_use_unqualified_type_names = True
add_module_names = False
_INSIDE = "T|Task|Step|Image|Stage|Source|Space|Tokenizer|LatentDiffusionModel|LatentCache|StudyMap|Rival"
nitpick_ignore_regex = [
    ("py:.*", r"(numpy|pathlib|collections|pydicom|PIL)\..*"),
    ("py:class", rf"(.*\.)?({_INSIDE})"),
    ("py:class", r"tuple\[str"),
]
"""Types of other packages, and of the inside of this one."""

html_theme = "pydata_sphinx_theme"
html_title = "CXRGrounding"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_favicon = "../CXRGrounding/Resources/Icons/CXRGrounding.png"
html_copy_source = False
html_show_sourcelink = False
html_theme_options: dict[str, Any] = {
    "announcement": "Research use only: no medical device, no diagnosis.",
    "github_url": REPOSITORY,
    "header_links_before_dropdown": 5,
    "show_toc_level": 2,
    "navigation_with_keys": False,
    "logo": {"text": "CXRGrounding", "image_light": html_favicon, "image_dark": html_favicon, "alt_text": ""},
    "footer_start": ["copyright"],
    "footer_end": ["sphinx-version"],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}

NAVIGATION = {"index", "radiologists", "researchers", "developers", "reference", "api/index", "decisions/README"}
"""Pages whose lists are the navigation: a list item that begins with a link to a page has that page below this one."""

PAGES_OF_THE_ROOT = {
    "contributing": "CONTRIBUTING.md",
    "changelog": "CHANGELOG.md",
    "security": "SECURITY.md",
    "code-of-conduct": "CODE_OF_CONDUCT.md",
}
"""Pages that stand for a file of the repository's root, where a forge looks for it: the site shows that one."""

LISTED = re.compile(r"^- \[[^\]]+\]\(([\w./-]+)\.md\)", re.MULTILINE)
LINK = re.compile(r"\]\((?!\w+:|#|/)([^)\s#]+)(#[\w-]+)?\)")


def read_page(app: Sphinx, page: str, text: list[str]) -> None:
    """Give a page its part of the navigation, and links that leave docs/ a place to go to."""
    path = ROOT / "docs" / f"{page}.md"
    if page in PAGES_OF_THE_ROOT:
        path = ROOT / PAGES_OF_THE_ROOT[page]
        app.env.note_dependency(str(path))
        text[0] = path.read_text(encoding="utf-8")
    if page in NAVIGATION:
        listed = "\n".join(LISTED.findall(text[0]))
        text[0] += f"\n```{{toctree}}\n:hidden:\n\n{listed}\n```\n"
    text[0] = LINK.sub(lambda link: f"]({placed(path.parent / link[1])}{link[2] or ''})", text[0])


def placed(target: Path) -> str:
    """Where a relative link goes on the site: to a page or picture, or to the file in the repository."""
    name = target.resolve().relative_to(ROOT).as_posix()
    standing = [page for page, file in PAGES_OF_THE_ROOT.items() if file == name]
    if standing:
        return f"/{standing[0]}.md"
    if name == "README.md":
        return "/index.md"
    return f"/{name.removeprefix('docs/')}" if name.startswith("docs/") else f"{REPOSITORY}/blob/main/{name}"


class Docstring(GoogleDocstring):
    """A docstring whose section "Returns" is a text: types are in the hints, and a colon is a colon."""

    def _consume_returns_section(self, preprocess_types: bool = False) -> list[tuple[str, str, list[str]]]:
        return [("", "", self._dedent(self._consume_to_next_section()))]


def as_restructured(app: Sphinx, what: str, name: str, thing: object, options: object, lines: list[str]) -> None:
    """Turn a docstring, Google's sections with `code` in backticks, into what Sphinx reads.

    By napoleon's parser and not by its extension, which takes what stands before a colon in a property's first line
    for a type.
    """
    pieces = (re.split(r"(`[^`]+`)", line) for line in lines)
    marked = list(with_examples(["".join(map(marked_up, line)) for line in pieces]))
    kind = "method" if what in ("attribute", "property", "data") else what
    lines[:] = Docstring(marked, Config(), app, kind, name, thing, options).lines()


def marked_up(piece: str) -> str:
    """A piece of a line, which is code or has none."""
    return role_of(piece[1:-1]) if piece.startswith("`") else piece.replace("*", r"\*")


def with_examples(lines: list[str]) -> Iterator[str]:
    """Mark what is indented below a paragraph, outside of any section, as the code that it is."""
    before = ""
    for number, line in enumerate(lines):
        if line.startswith("    ") and not lines[number - 1] and before and not before.startswith(" "):
            yield from (".. code-block:: python", "")
        yield line
        before = line or before


def role_of(quoted: str) -> str:
    """What a quoted word of a docstring is in reStructuredText."""
    name = quoted.partition(".")[0]
    is_linked = name in cxr_grounding.__all__ and not name.isupper()  # constants stand there by their homes
    if is_linked and re.fullmatch(r"[\w.]+", quoted):
        return f":py:obj:`{quoted} <cxr_grounding.{name}>`"
    return f"``{quoted}``"


def exported(app: Sphinx, env: BuildEnvironment, node: pending_xref, contents: nodes.Node) -> nodes.Node | None:
    """Find what a type hint names by its home, cxr_grounding.radiograph.Radiograph, where it is exported."""
    name = node.get("reftarget", "").rpartition(".")[2]
    if node.get("refdomain") != "py" or name not in cxr_grounding.__all__:
        return None
    domain = env.get_domain("py")
    page = node.get("refdoc", env.docname)
    return domain.resolve_xref(env, page, app.builder, "obj", f"cxr_grounding.{name}", node, contents)


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.connect("source-read", read_page)
    app.connect("autodoc-process-docstring", as_restructured)
    app.connect("missing-reference", exported)

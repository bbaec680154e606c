"""The index over runs at the end of a run. What goes wrong with it is a sentence, and nothing of the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.errors import StimcertError
from harness.evidence.index_rows import Held
from harness.plugin.options import NO_INDEX

if TYPE_CHECKING:
    from harness.plugin.certification import Certification


def index_run(certification: Certification) -> None:
    """Enter a sealed run in its index; where that cannot be, say so and how it is made up for."""
    run, url = certification.directory.path, certification.definitions.options.index
    if url == NO_INDEX:
        return
    try:
        # SQLAlchemy alone takes longer to import than all that is needed until then.
        from harness.evidence.index import Index, url_beside  # noqa: PLC0415

        index = Index(url or url_beside(run.parent))
        try:
            index.add(run, Held(certification.directory.contents, certification.directory.taken))
        finally:
            index.close()
    except (StimcertError, ImportError, OSError) as error:
        named = f" --url {url}" if url else ""
        again = f"the run is whole; enter it later with stimcert index {run}{named}"
        certification.warnings.append(f"not in the index over runs: {error}; {again}")
    else:
        certification.beside.append(("index", index.name))

"""What people agreed to stays as they read it: another text is another edition."""

import hashlib
from types import ModuleType

import pytest

from app.medication import consents as to_be_filmed
from app.patients import consents as to_a_record

# Never change a line of it: a new text takes a new edition, which everybody is asked for again.
EDITIONS = {
    ("health_record", "2026-11b"): "f6446f9edd194af7",
    ("video_observation", "2026-11b"): "2cef4574a0d867da",
}


@pytest.mark.parametrize("document", [to_a_record, to_be_filmed])
def test_the_text_of_an_edition_never_changes(document: ModuleType) -> None:
    digest = hashlib.sha256(document.TEXT.encode()).hexdigest()[:16]

    assert digest == EDITIONS[document.PURPOSE, document.EDITION]

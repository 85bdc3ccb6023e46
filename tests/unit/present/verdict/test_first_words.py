from __future__ import annotations

from looked_first import first_words_text
from tidegate.present.verdict.first_words import FirstCase, FirstWords

CALM = FirstCase(
    title="as believed", collapses=False, recovery_s=14.0, crossing="edge",
    offered_peak_per_s=41e3, capacity_per_s=60e3, limit_at_s=None,
)  # fmt: skip
STORM = FirstCase(
    title="back-off fails", collapses=True, recovery_s=None, crossing="edge",
    offered_peak_per_s=312e3, capacity_per_s=60e3, limit_at_s=9.0,
)  # fmt: skip
WORDS = FirstWords(
    world="us_east_1_2021", activity="scale metadata-api", horizon_s=3600.0, cases=(CALM, STORM)
)


def test_first_words_are_marked_as_an_estimate() -> None:
    """The first words say what would be, and that the answer replaces them: good news is none yet."""
    expected = """\
us_east_1_2021 · scale metadata-api
First estimate, no verdict; the answer below replaces it: as believed, edge would
be asked for about 41 k new connections a second and can set up 60 k; service
would be normal again after 14 s.
If back-off fails, edge would be asked for about 312 k new connections a second
after 9 s and can set up 60 k; service would not recover within 60 min.
"""
    text = first_words_text(WORDS)
    assert expected.split() == text.split()
    assert max(len(line) for line in text.splitlines()) <= 80


def test_first_words_without_counter_beliefs_or_crossings() -> None:
    """A world with one case and no crossing still has first words."""
    bare = FirstCase(
        title="as believed", collapses=False, recovery_s=None, crossing="",
        offered_peak_per_s=0.0, capacity_per_s=None, limit_at_s=None,
    )  # fmt: skip
    words = FirstWords(world="w", activity="a", horizon_s=300.0, cases=(bare,))
    assert " ".join(first_words_text(words).split()).endswith("as believed, service would stay normal.")

"""What an activity's chance comes to in a year that is run again and again."""

from __future__ import annotations

import tidegate
from tidegate.evaluate.arithmetic.again import again_sentences
from tidegate.simulate.script import write_script


def test_a_chance_of_one_in_a_hundred_is_several_a_year_for_what_runs_every_night():
    """Said of the activity that is judged, and only where it is run more than once."""
    file = tidegate.load("gitlab_nat", {"activities.more_workers.every": "1d"})
    said = again_sentences(write_script(file, "more_workers"), "more_workers")
    assert ("It is run every 1d. Not to recover in 1 % of the runs is 3.6 times a year.",) == said
    assert () == again_sentences(write_script(file))
    assert () == again_sentences(write_script(tidegate.load("gitlab_nat"), "more_workers"), "more_workers")

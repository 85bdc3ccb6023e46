"""What did several devices or instances do together? Their series summed, and torn where one is not seen.

A counter of one that begins or ends, or is missing for a while, is no growth of them all. Where fewer are
seen than there are, their sum is no sum.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tidegate.fit.courses import Course, Flags, course_of
from tidegate.observe.samples import Series


def summed_course(
    parts: Sequence[Series], every_s: float, *, is_counter: bool, least_count: int, times_ratio: float = 1.0
) -> Course | str:
    """Return what series did together; else why nothing can be made of them, as the end of a sentence.

    Parameters
    ----------
    parts
        The series, whose samples stand at the same moments, as those of one query over a range.
    every_s
        How far apart samples are.
    is_counter
        Whether they only grow.
    least_count
        Of how many there must be one at each moment.
    times_ratio
        By what the sum is multiplied.
    """
    found = [course_of(one, every_s, is_counter=is_counter) for one in parts]
    courses = [one for one in found if isinstance(one, Course)]
    pairs = zip(found, parts, strict=True)
    wrong = [one for one, part in pairs if isinstance(one, str) and len(part.at_s) > 1]
    if wrong or not courses:
        return next((one for one in (*wrong, *found) if isinstance(one, str)), "has no samples")
    at_s = np.unique(np.concatenate([one.at_s for one in courses]))
    total, seen_count = np.zeros(len(at_s)), np.zeros(len(at_s), dtype=np.int64)
    in_gap, is_torn = np.zeros(len(at_s), dtype=np.bool_), np.zeros(len(at_s) - 1, dtype=np.bool_)
    for one in courses:
        here = np.isin(at_s, one.at_s)
        inside = (at_s >= one.at_s[0]) & (at_s <= one.at_s[-1])
        in_gap |= inside & ~here
        seen_count += here
        after = one.values[-1] if is_counter else 0.0
        total += np.interp(at_s, one.at_s, one.values, left=0.0, right=after)
        is_torn[np.flatnonzero(here)[:-1][one.is_torn]] = True
        if is_counter:
            is_torn |= here[:-1] != here[1:]  # one more, or one less, is no growth
    whole = ~in_gap & (seen_count >= least_count)
    if whole.sum() < 2:
        return f"is not seen of {least_count:,} at a time"
    return _kept(Course(at_s=at_s, values=total * times_ratio, is_torn=is_torn), whole)


def _kept(course: Course, whole: Flags) -> Course:
    """Return a course at the moments that are whole; a step over one that is not is torn."""
    kept = np.flatnonzero(whole)
    torn = np.concatenate([[0], np.cumsum(course.is_torn)])
    is_torn = (np.diff(kept) > 1) | (np.diff(torn[kept]) > 0)
    return Course(at_s=course.at_s[kept], values=course.values[kept], is_torn=is_torn)

from __future__ import annotations

import pytest

from schemas.words import Tone, Worded


def test_a_code_without_a_word_cannot_be_defined() -> None:
    with pytest.raises(TypeError, match=r"^the code 'late' has no word$"):

        class Mood(Worded):
            GOOD = "good", "好"
            LATE = "late"


def test_nor_with_an_empty_one() -> None:
    with pytest.raises(TypeError, match=r"^the code 'late' has no word$"):

        class Mood(Worded):
            LATE = "late", ""


def test_a_code_is_its_text_and_has_its_word_and_tone() -> None:
    class Mood(Worded):
        GOOD = "good", "好"
        LATE = "late", "晚", Tone.ALARM

    assert (str(Mood.LATE), Mood.LATE.word, Mood.LATE.tone) == ("late", "晚", Tone.ALARM)
    assert Mood("good") is Mood.GOOD
    assert Mood.GOOD.tone is Tone.PLAIN
    counts: dict[str, int] = {Mood.GOOD: 1}
    assert counts["good"] == 1

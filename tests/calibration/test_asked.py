"""What published observations ask of their virtual trials."""

import numpy as np
import pytest

from quell.calibration.asked import ask, askable
from quell.calibration.posterior import fitted
from quell.evidence.library import load_library
from quell.evidence.study_library import load_studies, load_study

LIBRARY = load_library()


def test_every_fitted_figure_of_a_rating_scale_can_be_asked() -> None:
    left_out = {x.id for s in load_studies().values() for x in s.observations if x.role == "fit" and not askable(s, x)}
    assert left_out == {
        "chowdhury2012.inverted_u",
        "milak2016.glx",
        "moghaddam1997.inverted_u",
        "moghaddam1997.none_at_50",
    }
    assert len(fitted(LIBRARY)) == 52


def asked(study: str, name: str):
    record = load_study(study)
    return ask(record, next(x for x in record.observations if x.name == name), LIBRARY)


def test_a_best_value_is_looked_for_after_every_dose_within_its_window() -> None:
    found = asked("glue2017", "responders")
    assert found.times_h == (169.0, 192.0, 240.0, 336.0, 337.0, 360.0, 408.0, 504.0)
    assert found.fall == 0.5


def test_on_the_day_of_the_dose_the_rater_asks_about_the_moment() -> None:
    assert asked("glue2017", "fq_1h").windows_h == (0.0,)
    assert asked("feder2014", "ies_r_24h").windows_h == (24.0,)


def test_windows_follow_time_whatever_the_order_of_the_figures() -> None:
    found = asked("kishimoto2016", "gone")
    assert found.times_h == (288.0, 24.0)
    assert found.windows_h == (168.0, 24.0)


def test_a_loss_of_response_is_followed_from_the_day_after_the_last_dose() -> None:
    found = asked("feder2021", "loss_of_response")
    assert found.times_h[0] == 264.0 + 24.0
    assert np.all(np.diff(found.times_h) > 0.0)
    assert (found.scale.name, found.fall) == ("CAPS-5", 0.3)


@pytest.mark.parametrize("statistic", ["words", "p value", "odds ratio", "concentration"])
def test_what_the_model_cannot_form_is_not_asked(statistic: str) -> None:
    some = [(s, x) for s in load_studies().values() for x in s.observations if x.statistic == statistic]
    assert some
    assert not any(askable(s, x) for s, x in some)

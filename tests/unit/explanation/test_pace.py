import time

import numpy as np
import pandas as pd

from specweave.explanation.given_subject import given_subject
from specweave.explanation.pace import paced, seconds_a_row, usual_questions

ROWS = pd.DataFrame(np.random.default_rng(0).normal(size=(400, 3)), columns=list("abc"))


def answering(seconds):
    def model(rows):
        time.sleep(seconds * len(rows))
        return rows["a"].to_numpy()

    return given_subject(model, ROWS, y_train=ROWS["a"].to_numpy(), task="regression")


def test_a_quick_model_is_asked_everything_and_nothing_is_said():
    subject = answering(0)
    assert paced(subject) is subject
    assert subject.less(2_500, 60) == 2_500


def test_a_slow_model_is_asked_less_and_that_is_said_with_the_time_it_would_take():
    subject = answering(0.01)
    assert seconds_a_row(subject) >= 0.01
    slow = paced(subject)
    assert slow.pace < 0.5
    assert slow.less(2_500, 60) < 2_500
    assert slow.less(100, 90) >= 90
    assert "rows a second" in slow.cautions[-1]
    assert "min" in slow.cautions[-1]
    assert usual_questions(subject) > 100_000

from __future__ import annotations

import pytest

from specweave.deployment.contract import guarded_by_key, tried

ROWS = [{"age": 30 + n, "name": f"n{n}"} for n in range(30)]
SHA = "ab" * 32
METRICS = "api_requests_total 1\napi_request_seconds_bucket 1\nmodel_window_rows 5\n"


class Service:
    """Answers as a generated service does; `other` replaces what a path answers."""

    def __init__(self, **other):
        self.other, self.asked = other, []

    def get(self, path):
        known = {
            "/health": (200, {}),
            "/ready": (200, {}),
            "/version": (200, {"source_model_sha256": SHA}),
            "/openapi.json": (200, {"paths": {"/predict": {}, "/predict/batch": {}, "/explain": {}}}),
            "/metrics": (200, METRICS),
        }
        return self._replaced(path, None, known[path])

    def post(self, path, body):
        self.asked.append((path, body))
        return self._replaced(path, body, self._said(path, body))

    def _replaced(self, path, body, said):
        name = path.strip("/").replace("/", "_").replace(".", "_")
        return self.other[name](body, said) if name in self.other else said

    def _said(self, path, body):
        if not isinstance(body, dict):
            return 422, {"error": "an object is expected"}
        if len(str(body)) > 1_000_000:
            return 413, {"error": "too large"}
        if isinstance(body.get("age"), list):
            return 422, {"error": {"column": "age", "value": body["age"]}}
        if path == "/predict/batch":
            return 200, {"predictions": [self._said("/predict", row)[1] for row in body["rows"]]}
        if path == "/explain":
            return 200, {"reasons": ["age"]}
        return 200, {"prediction": "yes", "probabilities": {"yes": body["age"] / 100}}


def broken(service):
    return [promise.name for promise in tried(service, ROWS, SHA) if not promise.kept]


def test_a_service_that_keeps_all_is_found_so():
    service = Service()
    promises = tried(service, ROWS, SHA)
    assert [promise.name for promise in promises if not promise.kept] == []
    assert len(promises) == 10
    assert all(promise.found for promise in promises)
    # All of the sample was asked singly, and once in a batch.
    assert [body for path, body in service.asked if path == "/predict/batch"] == [{"rows": ROWS[:20]}]
    assert all(row in [body for path, body in service.asked if path == "/predict"] for row in ROWS[:20])


def second_batch_answer_differs(body, said):
    status, answer = said
    answer["predictions"][1]["probabilities"]["yes"] += 0.001
    return status, answer


@pytest.mark.parametrize(
    ("path", "answer", "promise"),
    [
        ("ready", lambda body, said: (503, {}), "is alive and ready"),
        ("version", lambda body, said: (200, {"source_model_sha256": "cd" * 32}), "tells which model it serves"),
        ("version", lambda body, said: (200, {}), "tells which model it serves"),
        ("openapi_json", lambda body, said: (200, {"paths": {"/predict": {}}}), "describes itself"),
        ("predict_batch", second_batch_answer_differs, "a batch gives the same answers"),
        ("predict_batch", lambda body, said: (200, {"predictions": []}), "a batch gives the same answers"),
        ("explain", lambda body, said: (500, {"error": "no"}), "explains a prediction"),
        ("metrics", lambda body, said: (200, "api_requests_total 1"), "counts requests and drift for Prometheus"),
    ],
)
def test_each_broken_promise_is_the_only_one_named(path, answer, promise):
    assert broken(Service(**{path: answer})) == [promise]


def when(condition, instead):
    return lambda body, said: instead if condition(body) else said


def is_list(body):
    return isinstance(body, list)


def has_list(body):
    return isinstance(body, dict) and isinstance(body.get("age"), list)


def is_large(body):
    return "padding" in body


@pytest.mark.parametrize(
    ("condition", "instead", "promise"),
    [
        (has_list, (422, {"error": "a bad row"}), "refuses a wrong value, naming its column"),
        (has_list, (500, {"error": "age"}), "refuses a wrong value, naming its column"),
        (has_list, (200, {"prediction": "yes", "age": 1}), "refuses a wrong value, naming its column"),
        (is_list, (500, {}), "refuses what is no row"),
        (is_list, (200, {"prediction": "yes"}), "refuses what is no row"),
        (is_large, (200, {"prediction": "yes"}), "refuses a body that is too large"),
        (is_large, (502, {}), "refuses a body that is too large"),
    ],
)
def test_what_should_be_refused_and_is_not_is_told(condition, instead, promise):
    assert broken(Service(predict=when(condition, instead))) == [promise]


def test_a_row_that_is_refused_is_quoted():
    service = Service(predict=when(lambda body: body == ROWS[3], (422, {"error": "age 33 is odd"})))
    single = {promise.name: promise for promise in tried(service, ROWS, SHA)}["predicts one row"]
    assert not single.kept
    assert "19 of 20 rows" in single.found
    assert "age 33 is odd" in single.found


def test_a_service_that_falls_silent_stops_nothing():
    def silent(body, said):
        raise ConnectionResetError("reset by peer")

    promises = tried(Service(explain=silent), ROWS, SHA)
    assert [promise.found for promise in promises if not promise.kept] == ["ConnectionResetError: reset by peer"]
    assert len(promises) == 10


def test_a_key_must_be_asked_for_and_taken():
    closed = Service(predict=lambda body, said: (401, {}))
    assert guarded_by_key(closed, Service(), ROWS[0]).kept
    assert not guarded_by_key(Service(), Service(), ROWS[0]).kept
    assert guarded_by_key(closed, closed, ROWS[0]).found == "without a key 401, with it 401"
    assert not guarded_by_key(closed, closed, ROWS[0]).kept

"""Watching a deployed model: drift counted in the service, alerts and dashboards, a report from what was logged.

For the generated service
-------------------------
`monitor.py` is copied beside main.py (`files.monitor_source` gives its text); it needs numpy alone. `reference.json` is written from the
training rows. main.py holds one `Monitor(path_of_reference_json)` a process, calls
`monitor.observe(columns, scores, labels)` after each answer and appends `monitor.metrics_text()` to what /metrics says.
`columns` maps a column to its n values as they were asked (None is missing, dates are ISO texts); `scores` are n
probabilities of the positive class (with more classes: of the predicted one; regression: the predicted numbers);
`labels` are the n predicted classes, None for regression.

What the alerts read of the service besides: counter `api_requests_total{path, status}` (status as digits) and histogram
`api_request_seconds{path}`, both with the route as path ("/predict", "/predict/batch"). `files.write_monitoring(folder,
Watching(...))` writes deployment/monitoring/; `reference.reference_of(folder, record, model)` and `write_reference` make
reference.json.
"""

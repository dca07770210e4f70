"""Models in service: exported, wrapped in an API, put into containers, loaded, watched and tested against each other.

The folder `deployment/` of an increment::

    api/main.py          the routes; `uvicorn main:app` starts it in this folder
        service.py       limits, keys, counters and the log, around the routes
        settings.py      what the environment says
        models.py        request and answer, generated from the signature
        prediction.py    the model, from rows to answers and reasons
        monitor.py       drift, copied from `monitoring`
        model.onnx       preprocessing and model (model.skops where no export is possible)
        signature.json   the columns as training saw them, `signature.Signature`
        reference.json   what drift is measured against
    requirements.txt     exact versions with hashes
    Dockerfile, docker-compose.yml, k8s/, monitoring/, ab-test/, load-tests/, DEPLOYMENT.md

`export.export(folder, experiment)` gives an `Exported` (path, format, signature, equality, note), and
`api.generate_api(exported, target)` writes api/ and requirements.txt into `target` and gives their paths.

The service reads from its environment: API_KEYS (texts) or API_KEY_SHA256 (their hashes), both separated by commas and none
for a service open to all; MODEL, the model's file; MAX_ROWS of a batch; MAX_BYTES of a body; TIMEOUT in seconds; LOG_LEVEL.
PORT and WEB_CONCURRENCY belong to the command that starts it. It calls `Monitor(path).observe(columns, scores, labels)` after
each answer and appends `metrics_text()` to what /metrics says.
"""

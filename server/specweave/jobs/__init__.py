"""Long work in a process of its own, with a folder of plain files that outlives client, server and worker.

    from specweave import jobs
    job = jobs.start(workspace, "specweave.jobs.scripts:run_script", {"increment_id": "1", "path": "train.py"})
    jobs.wait(job, seconds=20)      # "finished", or still "running"
    job.result()

`.specweave/jobs/job-20261123-205901-k3f9/` holds job.json (what was asked and which process does it), progress.jsonl,
heartbeat, log, and at the end result.json, error.json or cancelled.json. The environment is never written there.
Importing this package needs the standard library only; psutil is loaded at first use.
"""

from specweave.jobs.control import MAX_WAIT_SECONDS, cancel, wait
from specweave.jobs.job import Job, JobState
from specweave.jobs.launch import resume, start
from specweave.jobs.listing import get, list_jobs

__all__ = ["MAX_WAIT_SECONDS", "Job", "JobState", "cancel", "get", "list_jobs", "resume", "start", "wait"]

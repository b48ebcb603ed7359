"""The steps of a collection, as plain functions: documents, readings, judgement, record. No Prefect here.

Each can be tested with nothing but a temporary home; ``flows.collect`` wraps them in tasks. ``job`` is what they hand
to each other; documents come from their agency (``fetching``) or are fed by hand, where what is wrong is found out
``ahead`` of a run; ``parsing``, ``judging``, ``publishing``; ``asking`` is about those who do not answer.
``collecting`` says the order of all.
"""

from flows.steps.ahead import preflight, read_files, replaced
from flows.steps.asking import JUST_NOW, ask_again, out_of_reach, postponed
from flows.steps.collecting import Broken, collected
from flows.steps.declaring import due
from flows.steps.fetching import archive, fetch, keyed
from flows.steps.job import Asked, Collected, Fed, Job, Validated
from flows.steps.judging import judged, validate
from flows.steps.parsing import parse, together
from flows.steps.publishing import ATTEMPTS, RECORDED, fail, publish

__all__ = [
    "ATTEMPTS",
    "JUST_NOW",
    "RECORDED",
    "Asked",
    "Broken",
    "Collected",
    "Fed",
    "Job",
    "Validated",
    "archive",
    "ask_again",
    "collected",
    "due",
    "fail",
    "fetch",
    "judged",
    "keyed",
    "out_of_reach",
    "parse",
    "postponed",
    "preflight",
    "publish",
    "read_files",
    "replaced",
    "together",
    "validate",
]

"""The pages start without what only training, sealing and reading of whole books need."""

import os
import subprocess
import sys

HEAVY = (
    "numba",
    "lightgbm",
    "sklearn",
    "scipy",
    "optbinning",
    "lifelines",
    "shap",
    "adbc_driver_manager",
    "altair",
    "opentelemetry",
    "fido2",
)
LOOK = (
    "import sys, django; django.setup(); import duecourse.web.urls; "
    "print(*({one.partition('.')[0] for one in sys.modules} & set(sys.argv[1:])))"
)


def test_the_pages_load_nothing_that_only_other_work_needs() -> None:
    env = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "duecourse.settings",
        "DATABASE_URL": "postgres://nobody@localhost/x",
    }
    told = subprocess.run([sys.executable, "-c", LOOK, *HEAVY], env=env, capture_output=True, text=True, check=True)
    assert told.stdout.split() == []

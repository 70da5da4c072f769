"""What the web server loads."""

import gc
import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from duecourse import clock, telemetry

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "duecourse.settings")
application = get_wsgi_application()
telemetry.begin(url=settings.OTLP, role="web", seconds=clock.seconds)
import_module("duecourse.web.urls")  # all that a page needs, so that the first visitor need not wait for it
gc.freeze()  # what was loaded stays: looking through it for rubbish made one page in twenty wait a third of a second
gc.set_threshold(50_000, 20, 50)

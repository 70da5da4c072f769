"""What the web server loads."""

import os
from importlib import import_module

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "duecourse.settings")
application = get_wsgi_application()
import_module("duecourse.web.urls")  # all that a page needs, so that the first visitor need not wait for it

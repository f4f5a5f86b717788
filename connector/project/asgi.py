"""The way in for an asynchronous web server; the site itself runs under WSGI (wsgi.py)."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "connector.project.settings")
application = get_asgi_application()

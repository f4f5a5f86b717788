#!/bin/sh
# Brings the database up to date where asked (MIGRATE=1, set for the site alone), then becomes the process it was given.
set -eu
if [ "${MIGRATE:-0}" = "1" ]; then
    python manage.py migrate --no-input --verbosity 0
fi
exec "$@"
